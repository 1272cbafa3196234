import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { verifyLog, WALK_BOUNDS, type Head } from '../../src/infrastructure/event-store/log-walk.js';
import { Story } from '../projections/story.js';
import { book, cancel, scheduleIt } from '../support/facts.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { write } from '../support/log.js';
import { MemoryWalk } from '../support/memory-walk.js';
import { silent } from '../support/postgres.js';

const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt());
for (const user of ['ann', 'bob', 'cyd'])
  story.ask('gala', book(user)).ask('quiz', book(user)).ask('gala', cancel(user));

let standIn: StandIn;
let log: OpenLog;
beforeAll(async () => {
  standIn = await StandIn.start({});
  log = openEventStore(standIn.url, loadStoreConfig({}), silent);
  await log.store.identity();
});
afterAll(async () => {
  await log.close();
  await standIn.stop();
});

it('a log in EventStoreDB is walked like any other: chains, heads, and the digest that the same log has anywhere', async () => {
  await write(standIn.url, story.log.records);
  const { digest } = await verifyLog(new MemoryWalk(story.log.records), 0);
  for (const links of [50_000, 0]) {
    const report = await verifyLog(log.walk(), story.log.records.length, undefined, { ...WALK_BOUNDS, links });
    expect(report).toMatchObject({ records: story.log.records.length, wrong: 0 });
    expect([report.digest, report.digestThen]).toEqual([digest, digest]);
  }
  const heads: Head[] = [];
  for await (const page of log.walk().heads()) heads.push(...page);
  expect(heads).toMatchObject([
    { stream: 'booking-gala', revision: 6 },
    { stream: 'booking-quiz', revision: 3 },
  ]);
  expect(
    await log.walk().linksAt([
      { stream: 'booking-none', revision: 0 },
      { ...heads[1]!, revision: 4 },
    ]),
  ).toEqual([null, null]);
  const { id, type, data, metadata } = story.log.records[2]!;
  const sealed = { id, type, data, metadata, stream: 'booking-quiz', revision: 4, hash: '' };
  await log.store.append('booking-quiz', 3, [sealed]);
  const { wrong, findings } = await verifyLog(log.walk(), 0);
  expect([wrong, findings[0]]).toMatchObject([
    1,
    { stream: 'booking-quiz', revision: 4, what: expect.stringMatching('hash') },
  ]);
});

it('a stream that was buried has nothing where its records were', async () => {
  standIn.log.tombstone('booking-gala');
  expect(await log.walk().linksAt([{ stream: 'booking-gala', revision: 2 }])).toEqual([null]);
});
