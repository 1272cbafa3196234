import { loadStoreConfig } from '../../../src/infrastructure/config.js';
import { WrongTarget } from '../../../src/infrastructure/event-store/log-import.js';
import type { DatedRecord } from '../../../src/infrastructure/event-store/log-walk.js';
import { openEventStore, type OpenLog } from '../../../src/infrastructure/event-store/open.js';
import { Story } from '../../projections/story.js';
import { StandIn } from '../../support/eventstoredb/server.js';
import { book, scheduleIt } from '../../support/facts.js';
import { write } from '../../support/log.js';
import { freshDatabase, silent } from '../../support/postgres.js';

const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt());
for (const user of ['ann', 'bob']) story.ask('gala', book(user)).ask('quiz', book(user));
const records: readonly DatedRecord[] = story.log.records.map((record) => ({
  ...record,
  recordedAt: '2027-01-01T00:00:00.123456Z',
}));
const intruder = new Story().ask('gala', scheduleIt({ title: 'Another' })).ask('ball', scheduleIt()).log.records;

const toClose: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function open(url: string): Promise<OpenLog> {
  const log = openEventStore(url, loadStoreConfig({}), silent);
  toClose.unshift(() => log.close());
  return log;
}

async function recordsIn(log: OpenLog): Promise<string[]> {
  const walk = log.walk();
  const found: string[] = [];
  for await (const page of walk.pages()) found.push(...page.map(({ id }) => id));
  await walk.close();
  return found;
}

const idsOf = (some: readonly { readonly id: string }[]): string[] => some.map(({ id }) => id);

describe.each([
  [
    'Postgres',
    async () => {
      const { url, drop } = await freshDatabase();
      toClose.unshift(drop);
      return url;
    },
    // Any record that somebody else has written.
    intruder.slice(1),
  ],
  [
    'EventStoreDB',
    async () => {
      const server = await StandIn.start({});
      toClose.unshift(() => server.stop());
      return server.url;
    },
    // One in a stream that is being filled; any other shows at the end.
    intruder.slice(0, 1),
  ],
] as const)('records taken by %s', (_, urlOf, others) => {
  it('are in their order, and those before them are found at their places', async () => {
    const log = await open(await urlOf());
    const intake = log.intake();
    toClose.unshift(() => intake.close());
    await intake.take(records.slice(0, 4), 0);
    const [first, none] = await intake.linksAt([
      { stream: 'booking-gala', revision: 1 },
      { stream: 'booking-gala', revision: 2 },
    ]);
    expect(first).toMatchObject({ revision: 1, hash: story.records()[2]!.metadata.hash });
    expect(none).toBeNull();
    await intake.take(records.slice(4), 4);
    expect(await recordsIn(log)).toEqual(idsOf(records));
  });

  it('are refused once somebody else has written, and what was written stays', async () => {
    const url = await urlOf();
    const log = await open(url);
    const intake = log.intake();
    toClose.unshift(() => intake.close());
    await write(url, others);
    await expect(intake.take(records, 0)).rejects.toThrow(WrongTarget);
    await expect(intake.take(records, 0)).rejects.toThrow(/somebody else writes to it/);
    expect(await recordsIn(log)).toEqual(idsOf(others));
  });
});

it('a text that EventStoreDB would store in another form is refused', async () => {
  const server = await StandIn.start({});
  toClose.unshift(() => server.stop());
  const log = await open(server.url);
  const intake = log.intake();
  const odd = { ...records[0]!, data: records[0]!.data.replace('{', '{ ') };
  await expect(intake.take([odd], 0)).rejects.toThrow(
    'position 1: EventStoreDB would not keep the text of this record',
  );
  expect(await recordsIn(log)).toEqual([]);
});
