import { evolve } from '../../domain/booking/evolve.js';
import { initial, type Ledger } from '../../domain/booking/ledger.js';
import type { Instant } from '../../domain/booking/events.js';
import { entriesOf } from '../ledger-entries.js';
import { recordedOf, type Position, type RecordedEvent } from '../ports.js';
import type { Moment } from './replay.js';

/** What the ledgers that are kept may have together: some 50 MB. */
const ENTRIES = 100_000;

/** How far a stream is folded. */
export interface PastFold {
  readonly ledger: Ledger;
  /** Null: nothing is folded yet. */
  readonly until: { readonly first: Position; readonly last: RecordedEvent; readonly latestAt: Instant } | null;
}

/**
 * Where answers about the past stopped to fold, so that a question about a later moment of the same event goes on from
 * there. What is in the log does not change, so that a fold is never wrong, it only ends too early. Whoever carries one on
 * has it alone, for a ledger is written into.
 */
export class PastFolds {
  /** Those that were left last are the last. */
  private kept: { readonly stream: string; readonly fold: PastFold }[] = [];

  /** Of what was left of this stream, the one that goes furthest and no further than the moment; else an empty one. */
  take(stream: string, moment: Moment): PastFold {
    const fit = this.kept.filter((each) => each.stream === stream && isBy(each.fold, moment));
    const [furthest] = fit.sort((a, b) => revisionOf(b.fold) - revisionOf(a.fold));
    if (furthest === undefined) return { ledger: initial(), until: null };
    this.kept = this.kept.filter((each) => each !== furthest);
    return furthest.fold;
  }

  /** For whoever asks next; the oldest are forgotten when there are too many. */
  leave(stream: string, fold: PastFold): void {
    this.kept.push({ stream, fold });
    let entries = this.kept.reduce((sum, { fold: { ledger } }) => sum + entriesOf(ledger), 0);
    while (entries > ENTRIES) entries -= entriesOf(this.kept.shift()!.fold.ledger);
  }
}

/** The fold with one more record, which is written into its ledger. */
export function foldOn({ ledger, until }: PastFold, record: RecordedEvent): PastFold {
  evolve(ledger, recordedOf(record));
  const { occurredAt } = record.metadata;
  const first = until?.first ?? record.position;
  const latestAt = until === null || occurredAt > until.latestAt ? occurredAt : until.latestAt;
  return { ledger, until: { first, last: record, latestAt } };
}

const revisionOf = ({ until }: PastFold): number => until?.last.revision ?? -1;

/** Clocks of several processes: the last fact need not be the latest. */
const isBy = ({ until }: PastFold, moment: Moment): boolean =>
  until !== null && ('position' in moment ? until.last.position <= moment.position : until.latestAt <= moment.at);
