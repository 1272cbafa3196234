import { recordedOf, type RecordedEvent } from '../../src/application/ports.js';
import { evolve } from '../../src/domain/booking/evolve.js';
import { entriesOf } from '../../src/application/ledger-entries.js';
import { PastFolds } from '../../src/application/queries/past-folds.js';
import { scheduleIt } from '../support/facts.js';
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

it('takes up no more memory than its bound: the oldest are forgotten', () => {
  const folds = new PastFolds();
  const streams = Array.from({ length: 5_000 }, (_, n) => `stream-${n}`);
  for (const stream of streams) leave(folds, stream);
  const left = streams.map((stream) => folds.take(stream, now));
  const forgotten = left.findIndex(({ last }) => last !== null);
  expect(left.slice(forgotten).every(({ last }) => last !== null)).toBe(true);
  expect(streams.length - forgotten).toBe(Math.floor(100_000 / entriesOf(left.at(-1)!.ledger)));
});
