import { recordedOf, type EventStore, type RecordedEvent } from '../../src/application/ports.js';
import { positionToken } from '../../src/application/position-token.js';
import {
  GetAvailabilityAsOf,
  GetAvailabilityAsOfHandler,
} from '../../src/application/queries/get-availability-as-of.js';
import { evolve } from '../../src/domain/booking/evolve.js';
import { entriesOf } from '../../src/application/ledger-entries.js';
import { PastFolds } from '../../src/application/queries/past-folds.js';
import { ReadPosition, ReadSettings } from '../../src/application/queries/read-position.js';
import { streams } from '../projections/random-story.js';
import { book, scheduleIt } from '../support/facts.js';
import { FoldedViews } from '../support/folded-views.js';
import { SetTime } from '../support/service.js';
import { Story } from '../projections/story.js';

const [scheduled] = new Story().ask('opera', scheduleIt()).records() as [RecordedEvent];
const now = { at: Infinity };
const leave = (folds: PastFolds, stream: string): void => {
  const { ledger } = folds.take(stream, { position: 0n });
  evolve(ledger, recordedOf(scheduled));
  folds.leave(stream, ledger, scheduled);
};

it('is lent to one at a time, and left for the next', () => {
  const folds = new PastFolds();
  leave(folds, 'a');
  expect(folds.take('b', now).last).toBeNull();
  const { ledger, last } = folds.take('a', now);
  expect(last).toBe(scheduled);
  expect(folds.take('a', now).last).toBeNull();
  folds.leave('a', ledger, scheduled);
  expect(folds.take('a', now).ledger).toBe(ledger);
});

it('is the one that goes furthest and no further than the moment, and only what came after it is read', async () => {
  const story = new Story().ask('opera', scheduleIt({ capacity: 9 }));
  for (const user of ['ada', 'bob', 'eve', 'joe']) story.ask('opera', book(user));
  const records = story.records();
  const store = story.store();
  const reads: number[] = [];
  const watched: EventStore = Object.assign(Object.create(store), {
    read: (stream: string, from: number) => (reads.push(from), store.read(stream, from)),
  });
  const time = new SetTime(story.now);
  const views = new FoldedViews(story.feed(), streams);
  const positions = new ReadPosition(store, story.feed(), views, time, new ReadSettings(0));
  const handler = new GetAvailabilityAsOfHandler(watched, time, streams, positions);
  for (const revision of [1, 3, 0, 4, 2, 4]) {
    const token = positionToken(story.log.identity, records[revision]!.position);
    const answer = await handler.execute(new GetAvailabilityAsOf('opera', { token }, []));
    expect(answer).toMatchObject({ value: { taken: revision, asOf: { revision } } });
  }
  // From the start; from 1; before both, so from the start; from 3, which goes further than 0; from 0; from 4.
  expect(reads).toEqual([0, 2, 0, 4, 1, 5]);
});

it('takes up no more memory than its bound: the oldest are forgotten', () => {
  const folds = new PastFolds();
  const streams = Array.from({ length: 5_000 }, (_, n) => `stream-${n}`);
  for (const stream of streams) leave(folds, stream);
  const left = streams.map((stream) => folds.take(stream, now));
  const forgotten = left.findIndex(({ last }) => last !== null);
  expect(left.slice(forgotten).every(({ last }) => last !== null)).toBe(true);
  expect(streams.length - forgotten).toBe(Math.floor(100_000 / entriesOf(left.at(-1)!.ledger)));
});
