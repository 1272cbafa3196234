import { EventStoreDBClient, NO_STREAM, jsonEvent } from '@eventstore/db-client';
import type { StreamHead } from '../../src/application/ports.js';
import { noStream, records } from '../contract/subject.js';
import { StandInProcess } from '../support/eventstoredb/process.js';
import { openStore, REAL_URL } from '../support/eventstoredb/subject.js';

/** How much of what the client can do is left when the adapter stands between: the same grouping, the same server. */

const PLANS = [
  { streams: 32, group: 1, rounds: 6 },
  { streams: 8, group: 50, rounds: 3 },
];
const TRIES = 4;
const ENOUGH = 0.8;

let server: StandInProcess | null = null;
let url: string;

beforeAll(async () => {
  if (REAL_URL === undefined) server = await StandInProcess.start({});
  url = REAL_URL ?? server!.url;
});
afterAll(() => server?.kill());

type Writer = (stream: string, group: number, rounds: number) => Promise<void>;

/** Records a second. */
async function rateOf(write: Writer, { streams, group, rounds }: (typeof PLANS)[number]): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: streams }, () => write(noStream().stream, group, rounds)));
  return (streams * group * rounds * 1_000) / (performance.now() - startedAt);
}

test.each(PLANS)('the adapter writes at four fifths of the bare client’s rate or more: %j', async (plan) => {
  const client = EventStoreDBClient.connectionString(url);
  const { store, feed, close } = openStore(url, { appendTimeoutMs: 20_000 });
  const credentials = { username: 'admin', password: 'changeit' };
  const bare: Writer = async (stream, group, rounds) => {
    for (let head: StreamHead = noStream(stream), round = 0; round < rounds; round++) {
      const sealed = records(head, group);
      const events = sealed.map(({ id, type, data, metadata }) =>
        jsonEvent({ id, type, data: JSON.parse(data), metadata: JSON.parse(metadata) }),
      );
      const expectedRevision = head.revision < 0 ? NO_STREAM : BigInt(head.revision);
      await client.appendToStream(stream, events, { expectedRevision, credentials });
      head = sealed.at(-1)!;
    }
  };
  const adapter: Writer = async (stream, group, rounds) => {
    for (let head: StreamHead = noStream(stream), round = 0; round < rounds; round++) {
      const sealed = records(head, group);
      expect(await store.append(stream, head.revision, sealed)).toMatchObject({ kind: 'appended' });
      head = sealed.at(-1)!;
    }
  };
  const from = await feed.head();
  await rateOf(bare, plan);
  const ratios: number[] = [];
  const said: string[] = [];
  // On a busy machine one of them may be held up by others.
  for (let n = 0; n < TRIES && Math.max(0, ...ratios) <= ENOUGH; n++) {
    const [alone, ours] = [await rateOf(bare, plan), await rateOf(adapter, plan)];
    ratios.push(ours / alone);
    said.push(`${Math.round(ours)} records/s through the adapter, ${Math.round(alone)} by the bare client`);
  }
  said.push(`${await feedRate(feed, from)} records/s read back by the feed`);
  console.log(said.join('\n'));
  await close();
  await client.dispose();
  expect(Math.max(...ratios)).toBeGreaterThan(ENOUGH);
});

async function feedRate(feed: ReturnType<typeof openStore>['feed'], from: bigint): Promise<number> {
  const head = await feed.head();
  const startedAt = performance.now();
  let count = 0;
  for await (const page of feed.after(from, new AbortController().signal)) {
    count += page.length;
    if (page.at(-1)!.position >= head) break;
  }
  return Math.round((count * 1_000) / (performance.now() - startedAt));
}
