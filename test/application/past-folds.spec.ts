import type { RecordedEvent } from '../../src/application/ports.js';
import { entriesOf } from '../../src/application/ledger-entries.js';
import { PastFolds, foldOn } from '../../src/application/queries/past-folds.js';
import { scheduleIt } from '../support/facts.js';
import { Story } from '../projections/story.js';

const [scheduled] = new Story().ask('opera', scheduleIt()).records() as [RecordedEvent];
const now = { at: Infinity };
/** Each is another ledger. */
const folded = (folds: PastFolds, stream: string) => foldOn(folds.take(stream, { position: 0n }), scheduled);
const revisionIn = (folds: PastFolds, stream: string) => folds.take(stream, now).until?.last.revision ?? null;

it('is lent to one at a time, and left for the next', () => {
  const folds = new PastFolds();
  folds.leave('a', folded(folds, 'a'));
  expect(revisionIn(folds, 'b')).toBeNull();
  const fold = folds.take('a', now);
  expect(revisionIn(folds, 'a')).toBeNull();
  folds.leave('a', fold);
  expect(folds.take('a', now)).toBe(fold);
});

it('takes up no more memory than its bound: the oldest are forgotten', () => {
  const folds = new PastFolds();
  const streams = Array.from({ length: 5_000 }, (_, n) => `stream-${n}`);
  for (const stream of streams) folds.leave(stream, folded(folds, stream));
  const left = streams.map((stream) => folds.take(stream, now));
  const forgotten = left.findIndex(({ until }) => until !== null);
  expect(left.slice(forgotten).every(({ until }) => until !== null)).toBe(true);
  expect(streams.length - forgotten).toBe(Math.floor(100_000 / entriesOf(left.at(-1)!.ledger)));
});
