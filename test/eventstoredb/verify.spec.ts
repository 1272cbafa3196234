import { registerVerify } from '../../src/cli/verify.js';
import type { RecordedEvent } from '../../src/application/ports.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { Story } from '../projections/story.js';
import { ReadModel } from '../projections/tables.js';
import { run, type Printed } from '../support/cli.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { SECOND, book, cancel, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { onServer, silent } from '../support/postgres.js';

const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt());
for (const user of ['ann', 'bob', 'cyd']) {
  story.now += SECOND;
  story.ask('gala', book(user)).ask('quiz', book(user, { bookingId: `q-${user}` }));
  story.ask('gala', cancel(user));
}

let standIn: StandIn;
let log: OpenLog;
let model: ReadModel;
beforeAll(async () => {
  [standIn, model] = await Promise.all([StandIn.start({}), ReadModel.open()]);
  log = openEventStore(standIn.url, loadStoreConfig({}), silent);
  await log.store.identity();
  await write(standIn.url, story.log.records);
  const records: RecordedEvent[] = [];
  for await (const page of log.walk().pages())
    records.push(...page.map((stored) => log.codec.decode(stored) as RecordedEvent));
  await model.fold(records, [100]);
});
afterAll(async () => {
  await log.close();
  await Promise.all([standIn.stop(), model.close()]);
});

const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerVerify, { DATABASE_URL: model.url, EVENT_STORE_URL: standIn.url }, 'verify', ...words);

it('holdfast verify holds the tables against a log in EventStoreDB, and mends them from it', async () => {
  const fine = await holdfast();
  expect([fine.exitCode, fine.stdout.split('\n').at(-2)]).toEqual([null, 'every row is as the log says']);
  await onServer(model.url, (client) =>
    client.query(`SET session_replication_role = replica;
      DELETE FROM read_model_g1.bookings WHERE booking_id = 'q-bob';
      UPDATE read_model_g1.past_bookings SET seats = 7 WHERE booking_id = 'b-ann';
      INSERT INTO read_model_g1.users VALUES ('mallory');
      UPDATE projections.checkpoint SET revision = revision - 1`),
  );
  const wrong = await holdfast();
  expect(wrong.exitCode).toBe(3);
  expect(wrong.stdout.split('\n')).toEqual(
    expect.arrayContaining([
      'checkpoint: revision is 5, should be 6',
      ...['booking q-bob of bob, event quiz', '  bookings: the row is missing'],
      ...['booking b-ann of ann, event gala', '  past_bookings: seats is 7, should be 1'],
      ...['user mallory', '  users: the row is there and should not be'],
      '3 rows and the checkpoint are NOT as the log says',
    ]),
  );
  const mended = await holdfast('--repair');
  expect([mended.exitCode, mended.stdout.split('\n').at(-2)]).toEqual([null, 'every row is as the log says now']);
});

it('a stream that was truncated has nothing where its records were, not the first that is left', async () => {
  const at = (revision: number) => ({ stream: 'booking-quiz', revision });
  const before = await log.walk().linksAt([at(0), at(1), at(2), at(3)]);
  expect(before.map((link) => link?.revision)).toEqual([0, 1, 2, 3]);
  standIn.log.setMetadata('booking-quiz', { $tb: 2 });
  expect(await log.walk().linksAt([at(0), at(1), at(2), at(3)])).toEqual([null, null, before[2], before[3]]);
  // What a truncation hides is in the log until it is swept away: the tables are still a fold of it.
  expect((await holdfast()).exitCode).toBeNull();
});
