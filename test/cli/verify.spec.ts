import { registerVerify } from '../../src/cli/verify.js';
import { Story } from '../projections/story.js';
import { ReadModel } from '../projections/tables.js';
import { run, type Printed } from '../support/cli.js';
import { SECOND, book, cancel, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';

let model: ReadModel;
const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt());
for (const user of ['ann', 'bob', 'cyd']) {
  story.now += SECOND;
  story
    .ask('gala', book(user))
    .ask('quiz', book(user, { bookingId: `q-${user}` }))
    .ask('gala', cancel(user));
}
beforeAll(async () => {
  model = await ReadModel.open();
  await write(model.url, story.log.records);
  await model.fold(story.records(), [100]);
});
afterAll(() => model.close());

const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerVerify, { DATABASE_URL: model.url }, 'verify', ...words);

it('holdfast verify compares the tables with the log, names what differs, and mends it when told to', async () => {
  const fine = await holdfast();
  expect(fine.exitCode).toBeNull();
  expect(fine.stdout).toMatch(
    /^generation 1, folded from 11 records up to position 11\n {2}users +3 rows\n {2}events +2 rows\n {2}bookings +3 rows\n {2}past_bookings +3 rows\n {2}booking_history +9 rows\n {2}checksum +[0-9a-f]{64}\nevery row is as the log says\n$/,
  );
  const { checksum } = JSON.parse((await holdfast('--json')).stdout) as { checksum: string };
  expect(fine.stdout).toContain(checksum);

  await model.pool.query(`
    DELETE FROM read_model_g1.booking_history WHERE booking_id = 'q-bob';
    UPDATE read_model_g1.bookings SET seats = 2 WHERE booking_id = 'q-bob';
    UPDATE read_model_g1.events SET title = 'Other' WHERE event_id = 'gala';
    UPDATE projections.checkpoint SET position = 12`);
  const wrong = await holdfast();
  expect(wrong.exitCode).toBe(3);
  const lines = wrong.stdout.split('\n');
  expect(lines).toEqual([
    'checkpoint: position is 12, should be 11',
    'event gala',
    '  events: title is Other, should be Matinee',
    'booking q-bob of bob, event quiz',
    '  bookings: seats is 2, should be 1',
    expect.stringMatching(/^ {2}booking_history, revision 2: the row is missing$/),
    ...['generation 1, folded from 11 records up to position 11', '  users            3 rows'],
    ...['  events           2 rows', '  bookings         3 rows', '  past_bookings    3 rows'],
    '  booking_history  8 rows, should be 9',
    expect.stringMatching(/^ {2}checksum {9}[0-9a-f]{64}$/),
    `  should be        ${checksum}`,
    ...['3 rows and the checkpoint are NOT as the log says', ''],
  ]);
  const json = await holdfast('--json');
  expect(json.exitCode).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, different: 3, expectedChecksum: checksum });

  const mended = await holdfast('--repair');
  expect(mended.exitCode).toBeNull();
  expect(mended.stdout.split('\n').slice(-6)).toEqual([
    'mended: the checkpoint is at position 11, revision 6 of booking-gala',
    'mended: rewritten events gala',
    'mended: rewritten bookings q-bob',
    'mended: inserted booking_history q-bob, revision 2',
    ...['every row is as the log says now', ''],
  ]);
  await model.expectTables(story.records());
  const again = await holdfast('--repair', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, checksum, mended: [], after: { ok: true, checksum } });
  expect(again.exitCode).toBeNull();
});
