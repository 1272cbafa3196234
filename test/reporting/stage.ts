import type pg from 'pg';
import { Story } from '../projections/story.js';
import { ReadModel } from '../projections/tables.js';
import { HOUR, MINUTE, NOW, SECOND, book, callOff, cancel, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';

/** Late in the evening in UTC, the next day in Berlin; the small hours in UTC, the day before in New York. */
const LATE = NOW + 35.5 * HOUR;
const EARLY = NOW + 14.5 * HOUR;

/** Four events in three zones, one of them called off; bookings in every status, cancellations around midnight. */
function busyStory(): Story {
  const berlin = { timeZone: 'Europe/Berlin', startsAt: LATE, resource: 'hall' };
  const story = new Story()
    .ask('gala', scheduleIt({ ...berlin, capacity: 4 }))
    .ask('late', scheduleIt({ ...berlin, capacity: 1 }))
    .ask('york', scheduleIt({ timeZone: 'America/New_York', startsAt: EARLY, capacity: 2 }))
    .ask('quiz', scheduleIt({ capacity: 5 }));
  const tick = (ms = SECOND) => (story.now += ms);
  tick();
  story
    .ask('gala', book('ann', { seats: 3 }))
    .ask('gala', book('bob', { hold: true }))
    .ask('gala', book('cyd', { seats: 2, waitlist: true }))
    .ask('gala', book('dan', { seats: 3, waitlist: true }))
    .ask('gala', book('eve', { waitlist: true }));
  tick();
  story.ask('late', book('ann', { bookingId: 'l-ann', reference: 'PO-1' }));
  story.ask('york', book('ann', { bookingId: 'y-ann', seats: 2 }));
  story.ask('quiz', book('bob', { bookingId: 'q-bob', seats: 4 })).ask('quiz', callOff());
  tick(MINUTE);
  story.ask('gala', cancel('eve', { reason: 'ill' }));
  // 23:30 in UTC on the first of March: the second in Berlin, still the first in New York.
  story.now = NOW + 11.5 * HOUR;
  return story
    .ask('late', cancel('ann', { bookingId: 'l-ann', reason: 'ill' }))
    .ask('york', cancel('ann', { bookingId: 'y-ann', reason: 'ill' }));
}

/** Of `gala`, `quiz`, an event that the tables do not know, and of too many events to tell which. */
const REFUSALS = `
  INSERT INTO refusals.facts (id, event_id, user_id, actor, command, code, requested, revision, refused_at, command_id, correlation_id)
  SELECT gen_random_uuid(), event_id, 'zoe', 'zoe', 'BookPlace', code, requested, 1, at::timestamptz, gen_random_uuid(), 'r'
  FROM (VALUES ('gala', 'sold-out', 2, '2027-03-01 23:30Z'), ('gala', 'sold-out', 3, '2027-03-02 01:00Z'),
               ('quiz', 'sold-out', 4, '2027-03-01 23:30Z'), ('quiz', 'not-held', NULL, '2027-03-01 23:30Z'),
               ('soon', 'sold-out', 1, '2027-03-01 23:30Z')) f (event_id, code, requested, at);
  INSERT INTO refusals.gaps (id, event_id, lost, from_at, until_at) VALUES
    (gen_random_uuid(), 'gala', 40, '2027-03-01 23:30Z', '2027-03-01 23:31Z'),
    (gen_random_uuid(), NULL, 2, '2027-03-01 23:30Z', '2027-03-01 23:31Z')`;

/** The story in log and tables of one database, and refusals beside it. */
export async function openStage(): Promise<{ model: ReadModel; story: Story }> {
  const [model, story] = [await ReadModel.open(), busyStory()];
  await write(model.url, story.log.records);
  await model.fold(story.records(), [4]);
  await model.pool.query(`${REFUSALS}; UPDATE projections.checkpoint SET log_id = (SELECT id FROM log.identity)`);
  return { model, story };
}

/** Rows as Postgres prints them, a line for each: columns between bars, nothing for null. */
export async function lines(on: pg.Pool, sql: string): Promise<string[]> {
  const as = { text: sql, rowMode: 'array' as const, types: { getTypeParser: () => (text: string) => text } };
  const { rows } = await on.query<(string | null)[]>(as as unknown as pg.QueryArrayConfig);
  return rows.map((row) => row.map((cell) => cell ?? '').join(' | '));
}
