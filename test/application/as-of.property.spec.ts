import fc from 'fast-check';
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
      for (const { position, metadata } of records)
        for (const eventId of EVENTS) {
          const upTo = records.filter((record) => record.position <= position);
          const token = positionToken(story.log.identity, position);
          expect(await shown(eventId, { token })).toEqual(foldOf(eventId, upTo));
          const at = metadata.occurredAt;
          const byThen = records.filter((record) => record.metadata.occurredAt <= at);
          expect(await shown(eventId, { at })).toEqual(foldOf(eventId, byThen));
        }
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
