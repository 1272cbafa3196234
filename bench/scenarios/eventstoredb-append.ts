import { EventStoreDBClient, NO_STREAM, type AppendExpectedRevision, type JSONEventData } from '@eventstore/db-client';
import type { EventStore, Sealed } from '../../src/application/ports.js';
import { makeBatches, recordsIn, type Batch, type Grouping } from '../support/batches.js';
import { openLog, type EventStoreDbBench } from '../support/event-store-db.js';
import { plural } from '../support/print.js';
import { interleave, spreadOf } from '../support/measure.js';

const GROUPINGS: readonly Grouping[] = [
  { streams: 32, group: 1, appends: 60 },
  { streams: 8, group: 50, appends: 25 },
  { streams: 1, group: 50, appends: 120 },
];
const ROUNDS = 9;
const QUICK_ROUNDS = 3;
const TARGET_RATIO = 0.8;

/** Writes the batches of one stream, one after the other. What has to be made for that beforehand is not timed. */
type Writer = (batches: readonly Batch[]) => () => Promise<void>;

/**
 * A bare loop of the client, and our adapter in its place: the same records in the same grouping on the same server,
 * sealed beforehand. Bare on the path that the adapter takes, one call for each append, and, to inform, on the one long
 * call that the client prefers and the adapter avoids.
 */
export async function append(bench: EventStoreDbBench): Promise<void> {
  const client = EventStoreDBClient.connectionString(bench.server.url);
  const log = openLog(bench.server.url);
  try {
    for (const grouping of GROUPINGS)
      await compare(bench, grouping, log.store, {
        bare: bareWriter(client, { username: 'bench', password: 'bench', ...credentialsIn(bench.server.url) }),
        adapter: adapterWriter(log.store),
        batching: bareWriter(client, null),
      });
  } finally {
    await client.dispose();
    await log.close();
  }
}

async function compare(
  { report, server, quick }: EventStoreDbBench,
  grouping: Grouping,
  store: EventStore,
  writers: Readonly<Record<'bare' | 'adapter' | 'batching', Writer>>,
): Promise<void> {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const name = `${plural(grouping.streams, 'stream', 'streams')} × ${grouping.group}`;
  const run = (writer: Writer) => async (): Promise<number> => {
    const streams = makeBatches(grouping);
    const rate = await rateOf(writer, streams, recordsIn(grouping));
    for (const problem of await whatIsWrong(store, streams)) report.wrong(`append, ${name}: ${problem}`);
    return rate;
  };
  const order = [run(writers.bare), run(writers.adapter), run(writers.batching)];
  await interleave(1, order);
  const [bare = [], adapter = [], batching = []] = await interleave(rounds, order);

  const against = (others: readonly number[]) => spreadOf(adapter.map((rate, round) => rate / others[round]!));
  const common = { scenario: 'append', runs: rounds };
  const rate = { ...common, unit: '/s', note: server.caveat } as const;
  report.add({ ...rate, what: `${name}, the bare client, records`, figure: spreadOf(bare) });
  report.add({ ...rate, what: `${name}, our adapter, records`, figure: spreadOf(adapter) });
  report.add({ ...rate, what: `${name}, the bare client’s one long call, records`, figure: spreadOf(batching) });
  report.add({
    ...common,
    what: `${name}, our adapter against the bare client`,
    unit: '×',
    figure: against(bare),
    target: { atLeast: TARGET_RATIO },
    note: `of each round; ${against(batching).median.toFixed(2)}× of its one long call`,
  });
}

/** Records a second. */
async function rateOf(writer: Writer, streams: readonly (readonly Batch[])[], records: number): Promise<number> {
  const writing = streams.map(writer);
  const beganAt = performance.now();
  await Promise.all(writing.map((write) => write()));
  return (records / (performance.now() - beganAt)) * 1_000;
}

const adapterWriter =
  (store: EventStore): Writer =>
  (batches) =>
  async () => {
    for (const { stream, expectedRevision, sealed } of batches) {
      const { kind } = await store.append(stream, expectedRevision, sealed);
      if (kind !== 'appended') throw new Error('a conflict where nobody else writes');
    }
  };

/**
 * With credentials the client makes a call of its own for each append; without, it puts all of them into one long call.
 * Metadata are given as bytes, as the adapter gives them: the client is slower when it has to make JSON of them.
 */
const bareWriter =
  (client: EventStoreDBClient, credentials: Credentials | null): Writer =>
  (batches) => {
    const ready = batches.map(({ stream, expectedRevision, sealed }) => ({
      stream,
      expectedRevision: expectedRevision < 0 ? NO_STREAM : BigInt(expectedRevision),
      events: sealed.map(clientEvent),
    }));
    const identified = credentials === null ? {} : { credentials };
    return async () => {
      for (const { stream, expectedRevision, events } of ready)
        await client.appendToStream(stream, events, {
          expectedRevision: expectedRevision as AppendExpectedRevision,
          ...identified,
        });
    };
  };

const clientEvent = ({ id, type, data, metadata }: Sealed): JSONEventData => ({
  ...{ id, type, contentType: 'application/json' },
  data: JSON.parse(data) as Record<string, unknown>,
  metadata: new Uint8Array(Buffer.from(metadata)) as never,
});

interface Credentials {
  readonly username: string;
  readonly password: string;
}

function credentialsIn(url: string): Credentials | null {
  const [, username, password] = /^[a-z+]+:\/\/([^:@/?]+):([^@/?]+)@/.exec(url) ?? [];
  if (username === undefined || password === undefined) return null;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Every record is there, once, in its place: read back, and not believed. */
async function whatIsWrong(store: EventStore, streams: readonly (readonly Batch[])[]): Promise<string[]> {
  const problems: string[] = [];
  for (const batches of streams) {
    const { stream } = batches[0]!;
    const written = batches.flatMap(({ sealed }) => sealed.map(({ id }) => id));
    const found: string[] = [];
    for await (const page of store.read(stream, 0)) found.push(...page.map(({ id }) => id));
    if (found.join() !== written.join())
      problems.push(`${stream} has ${found.length} records, not the ${written.length} that were written`);
  }
  return problems;
}
