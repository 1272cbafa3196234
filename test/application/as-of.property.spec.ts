import fc from 'fast-check';
import { seededRandom, shuffle } from '../../bench/support/measure.js';
import { StreamUnreadable } from '../../src/application/errors.js';
import type { Position } from '../../src/application/ports.js';
import { positionToken } from '../../src/application/position-token.js';
import type { AsOf } from '../../src/application/queries/as-of.js';
import {
  GetAvailabilityAsOf,
  GetAvailabilityAsOfHandler,
} from '../../src/application/queries/get-availability-as-of.js';
import { ReadPosition, ReadSettings } from '../../src/application/queries/read-position.js';
import { recordsOf, replay, type Moment } from '../../src/application/queries/replay.js';
import { tablesAfter } from '../projections/oracle.js';
import { EVENTS, storyOf, streams } from '../projections/random-story.js';
import { Story } from '../projections/story.js';
import { steps } from '../support/asks.js';
import { book, scheduleIt } from '../support/facts.js';
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

it('what was so before a record that cannot be read is told by position; by instant nobody knows', async () => {
  const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt()).ask('gala', book('ann'));
  story.ask('gala', book('bob')).ask('quiz', book('ann'));
  Object.assign(story.log.records[3]!, { type: 'Unheard' });
  const [store, feed, time] = [story.store(), story.feed(), new SetTime(story.now)];
  const positions = new ReadPosition(store, feed, new FoldedViews(feed, streams), time, new ReadSettings(0));
  const handler = new GetAvailabilityAsOfHandler(store, time, streams, positions);
  const ask = (asOf: AsOf) => handler.execute(new GetAvailabilityAsOf('gala', asOf, []));
  const at = (position: Position): AsOf => ({ token: positionToken(story.log.identity, position) });
  for (const position of [3n, 2n, 3n])
    expect(await ask(at(position))).toMatchObject({ value: { taken: position === 3n ? 1 : 0 } });
  for (const asOf of [at(4n), at(5n), { at: story.now }]) await expect(ask(asOf)).rejects.toThrow(StreamUnreadable);

  const takenAt = async (moment: Moment): Promise<number> => {
    let taken = 0;
    for await (const { after } of replay(recordsOf(store, streams.of('gala')), moment)) taken = after.taken;
    return taken;
  };
  expect(await takenAt({ position: 3n })).toBe(1);
  await expect(takenAt({ position: 4n })).rejects.toThrow(StreamUnreadable);
});

/** By the oracle, which shares nothing with the domain's fold. */
function foldOf(eventId: string, records: Parameters<typeof tablesAfter>[0]) {
  const row = tablesAfter(records).events.find(({ event_id }) => event_id === eventId);
  if (row === undefined) return null;
  const { capacity, seats_taken: taken, seats_held: held, waiting, is_booked: isBooked } = row;
  const last = records.filter(({ stream }) => stream === streams.of(eventId)).at(-1)!.position as Position;
  const free = (capacity as number) - (taken as number);
  return { eventId, capacity, taken, held, waiting, free, isBooked, asOf: last };
}
