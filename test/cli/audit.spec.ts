import { stripVTControlCharacters } from 'node:util';
import { registerAudit } from '../../src/cli/audit.js';
import { MINUTE, SECOND, book, callOff, change, changeEvent, scheduleIt, settle } from '../support/facts.js';
import { run } from '../support/cli.js';
import { write } from '../support/log.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { Story } from '../projections/story.js';

/** Long ago: what is asked about has to be in the past. */
const THEN = Date.UTC(2025, 2, 1);

let database: TestDatabase;
let logId: string;
beforeAll(async () => {
  database = await freshDatabase();
  const story = new Story();
  story.now = THEN;
  story.ask('gala', scheduleIt({ capacity: 2 })).ask('quiz', scheduleIt());
  story.now += SECOND;
  story.ask('gala', book('ann', { seats: 2, hold: true })).ask('gala', book('bob', { waitlist: true }));
  story.now += 11 * MINUTE;
  story.ask('gala', settle).ask('gala', change('bob', { reference: 'PO-1' }));
  story.now += SECOND;
  story.ask('gala', changeEvent({ title: 'Soirée', capacity: 3 })).ask('gala', callOff({ reason: 'storm' }));
  await write(database.url, story.log.records);
  logId = (await holdfast('gala', '--json')).match(/"position":"([0-9a-f]{8})-/)![1]!;
});
afterAll(() => database.drop());

async function holdfast(...words: string[]): Promise<string> {
  return (await run(registerAudit, { DATABASE_URL: database.url }, 'audit', ...words)).stdout;
}

it('tells who, when and why of every fact, what was so before and after, and what it follows from', async () => {
  const told = await holdfast('gala');
  const at = (ms: number): string => new Date(THEN + ms).toISOString();
  expect(told.split('\n\n').map((fact) => fact.split('\n').map((line) => line.trim()))).toEqual([
    [`#0 EventScheduled by ann: requested  ${at(0)}, position 1`, 'places   0 of 2 taken (2 free)'],
    [
      `#1 BookingHeld by ann: requested  ${at(SECOND)}, position 3`,
      'booking  b-ann of ann, 2 seats: nothing → held',
      'places   0 of 2 taken (2 free) → 2 of 2 taken (0 free, 2 held)',
    ],
    [
      `#2 BookingWaitlisted by ann: requested  ${at(SECOND)}, position 4`,
      'booking  b-bob of bob, 1 seat: nothing → waitlisted',
      'places   2 of 2 taken (0 free, 2 held) → 2 of 2 taken (0 free, 2 held, 1 waiting)',
    ],
    [
      `#3 HoldExpired by system:settle: lapsed  ${at(SECOND + 11 * MINUTE)}, position 5`,
      'booking  b-ann of ann, 2 seats: held → expired',
      'places   2 of 2 taken (0 free, 2 held, 1 waiting) → 0 of 2 taken (2 free, 1 waiting)',
      'because  of #1',
    ],
    [
      `#4 BookingHeld by system:settle: place-came-free  ${at(SECOND + 11 * MINUTE)}, position 6`,
      'booking  b-bob of bob, 1 seat: waitlisted → held',
      'places   0 of 2 taken (2 free, 1 waiting) → 1 of 2 taken (1 free, 1 held)',
      'because  of #3',
    ],
    [
      `#5 BookingReferenceChanged by ann: requested  ${at(SECOND + 11 * MINUTE)}, position 7`,
      'booking  b-bob of bob, 1 seat: held → held',
      'places   1 of 2 taken (1 free, 1 held)',
    ],
    [
      `#6 EventRenamed by ann: requested  ${at(2 * SECOND + 11 * MINUTE)}, position 8`,
      'places   1 of 2 taken (1 free, 1 held)',
    ],
    [
      `#7 CapacityChanged by ann: requested  ${at(2 * SECOND + 11 * MINUTE)}, position 9`,
      'places   1 of 2 taken (1 free, 1 held) → 1 of 3 taken (2 free, 1 held)',
    ],
    [
      `#8 EventCancelled by ann: storm  ${at(2 * SECOND + 11 * MINUTE)}, position 10`,
      'places   1 of 3 taken (2 free, 1 held) → 0 of 3 taken (3 free)',
    ],
    ['after revision 8, position 10: 0 of 3 taken (3 free)', ''],
  ]);
});

it('tells of one booking, up to a position or an instant, and every field that changed', async () => {
  const bobs = await holdfast('gala', '--booking', 'b-bob', '--diff');
  expect([...bobs.matchAll(/^#\d/gm)].map(([revision]) => revision)).toEqual(['#2', '#4', '#5', '#8']);
  expect(bobs).toMatch(/#5 [^#]*\n {3}\+ reference: PO-1\n/);
  expect(bobs).toMatch(/ {3}- status: waitlisted\n {3}\+ status: held\n/);
  for (const moment of ['4', `${logId}-${'4'.padStart(20, '0')}`, new Date(THEN + 2 * SECOND).toISOString()])
    expect(await holdfast('gala', '--as-of', moment)).toMatch(
      /^#0 [^]*^#2 [^]*\nafter revision 2, position 4: 2 of 2 taken \(0 free, 2 held, 1 waiting\)\n$/m,
    );
  expect(await holdfast('gala', '--as-of', '9', '--diff')).toContain('   - title: Matinee\n   + title: Soirée\n');
});

it('tells machines the same, as one document', async () => {
  const { facts, ...rest } = JSON.parse(await holdfast('gala', '--json', '--as-of', '6')) as Record<string, object[]>;
  const places = { capacity: 2, taken: 1, held: 1, waiting: 0, free: 1, isBooked: false };
  const position = `${logId}-${'6'.padStart(20, '0')}`;
  expect(rest).toEqual({ eventId: 'gala', places, asOf: { revision: 4, position, occurredAt: expect.any(String) } });
  expect(facts).toHaveLength(5);
  expect(facts![4]).toMatchObject({
    ...{ type: 'BookingHeld', revision: 4, actor: 'system:settle', reason: 'place-came-free', position },
    booking: { was: { status: 'waitlisted' }, is: { status: 'held', expiresAt: expect.stringMatching(/T.*Z$/) } },
    before: { waiting: 1, taken: 0 },
    after: { waiting: 0, taken: 1 },
  });
});

it.each([
  ['yesterday', /--as-of: expected a position, or an RFC 3339/],
  ['2999-01-01T00:00:00Z', /not in the future/],
  ['11', /position of this log, which ends at [0-9a-f]{8}-0{18}10/],
  ['00000000-00000000000000000001', /position of this log/],
  ['2001-01-01T00:00:00Z', /the event was scheduled, position [0-9a-f]{8}-0{19}1$/],
])('refuses the moment %s', async (moment, expected) => {
  await expect(holdfast('gala', '--as-of', moment)).rejects.toThrow(expected);
});

it('says that there is no such event, or no such booking of it', async () => {
  await expect(holdfast('nowhere')).rejects.toThrow('there is no stream booking-nowhere');
  await expect(holdfast('gala', '--booking', 'b-eve')).rejects.toThrow('no such booking of gala: b-eve');
});

it('uses colours where they are wanted, and never with NO_COLOR', async () => {
  const print = async (settings: Record<string, string>): Promise<string> =>
    (await run(registerAudit, { DATABASE_URL: database.url, ...settings }, 'audit', 'gala')).stdout;
  const coloured = await print({ FORCE_COLOR: '1' });
  expect(coloured).not.toBe(stripVTControlCharacters(coloured));
  expect(await print({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(stripVTControlCharacters(coloured));
});
