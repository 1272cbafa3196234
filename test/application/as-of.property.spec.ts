import fc from 'fast-check';
import { seededRandom, shuffle } from '../../bench/support/measure.js';
import type { Position } from '../../src/application/ports.js';
import { positionToken } from '../../src/application/position-token.js';
import type { AsOf } from '../../src/application/queries/as-of.js';
import {
  GetAvailabilityAsOf,
  GetAvailabilityAsOfHandler,
} from '../../src/application/queries/get-availability-as-of.js';
import { ReadPosition, ReadSettings } from '../../src/application/queries/read-position.js';
import { tablesAfter } from '../projections/oracle.js';
import { EVENTS, storyOf, streams } from '../projections/random-story.js';
import { steps } from '../support/asks.js';
import { FoldedViews } from '../support/folded-views.js';
import { SetTime } from '../support/service.js';

it('availability as of a moment is a fold of the prefix, at every position and at every instant', async () => {
  const seen = new Set<string>();
  const chance = seededRandom(20_270_302);
  await fc.assert(
    fc.asyncProperty(steps, async (asked) => {
      const story = storyOf(asked);
      const records = story.records();
      for (const { event } of records) seen.add(event.type);
      const time = new SetTime(story.now);
      const views = new FoldedViews(story.feed(), streams);
      const positions = new ReadPosition(story.store(), story.feed(), views, time, new ReadSettings(0));
      const handler = new GetAvailabilityAsOfHandler(story.store(), time, streams, positions);
      const shown = async (eventId: string, asOf: AsOf) => {
        const answer = await handler.execute(new GetAvailabilityAsOf(eventId, asOf, []));
        return 'expected' in answer ? null : { ...answer.value, asOf: answer.value.asOf.position };
      };
      const questions = records.flatMap(({ position, metadata: { occurredAt: at } }) =>
        EVENTS.flatMap((eventId) => {
          const upTo = records.filter((record) => record.position <= position);
          const byThen = records.filter((record) => record.metadata.occurredAt <= at);
          const token = positionToken(story.log.identity, position);
          return [
            { eventId, asOf: { token }, expected: foldOf(eventId, upTo) },
            { eventId, asOf: { at }, expected: foldOf(eventId, byThen) },
          ];
        }),
      );
      // To and fro in time, and several at once: an answer goes on where another one stopped.
      shuffle(questions, chance);
      for (let at = 0; at < questions.length; at += 3)
        await Promise.all(
          questions.slice(at, at + 3).map(async ({ eventId, asOf, expected }) => {
            expect(await shown(eventId, asOf)).toEqual(expected);
          }),
        );
    }),
    { numRuns: 25, seed: 20_270_301 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['HoldExpired', 'BookingWaitlisted', 'CapacityChanged']));
}, 20_000);

/** By the oracle, which shares nothing with the domain's fold. */
function foldOf(eventId: string, records: Parameters<typeof tablesAfter>[0]) {
  const row = tablesAfter(records).events.find(({ event_id }) => event_id === eventId);
  if (row === undefined) return null;
  const { capacity, seats_taken: taken, seats_held: held, waiting, is_booked: isBooked } = row;
  const last = records.filter(({ stream }) => stream === streams.of(eventId)).at(-1)!.position as Position;
  const free = (capacity as number) - (taken as number);
  return { eventId, capacity, taken, held, waiting, free, isBooked, asOf: last };
}
