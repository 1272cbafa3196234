import { initial, type Ledger } from '../../domain/booking/ledger.js';
import { entriesOf } from '../ledger-entries.js';
import type { RecordedEvent } from '../ports.js';
import { isWithin, type Moment } from './replay.js';

/** What the ledgers that are kept may have together: some 50 MB. */
const ENTRIES = 100_000;

/** A ledger of the past, and the last record in it; null: it is empty. */
export interface PastFold {
  readonly ledger: Ledger;
  readonly last: RecordedEvent | null;
}

/**
 * Where answers about the past stopped to fold, so that a question about a later moment of the same event goes on from
 * there. What is in the log does not change, so that a fold is never wrong, it only ends too early. Whoever carries one on
 * has it alone, for a ledger is written into.
 */
export class PastFolds {
  /** Those that were left last are the last. */
  private kept: { readonly stream: string; readonly ledger: Ledger; readonly last: RecordedEvent }[] = [];

  /** Of what was left of this stream, the one that goes furthest and no further than the moment; else an empty one. */
  take(stream: string, moment: Moment): PastFold {
    const fit = this.kept.filter((each) => each.stream === stream && isWithin(each.last, moment));
    const [furthest] = fit.sort((a, b) => b.last.revision - a.last.revision);
    if (furthest === undefined) return { ledger: initial(), last: null };
    this.kept = this.kept.filter((each) => each !== furthest);
    return furthest;
  }

  /** For whoever asks next; the oldest are forgotten when there are too many. */
  leave(stream: string, ledger: Ledger, last: RecordedEvent): void {
    this.kept.push({ stream, ledger, last });
    let entries = this.kept.reduce((sum, each) => sum + entriesOf(each.ledger), 0);
    while (entries > ENTRIES) entries -= entriesOf(this.kept.shift()!.ledger);
  }
}
