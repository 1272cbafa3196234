import type { Entry } from '../history.js';
import { isRead, type Call } from './calls.js';
import { isKnown } from './log.js';
import type { Fact, Ledger } from './ledger.js';

/** What the run has been through: without contention and faults, no violations say nothing. */
export interface Counts {
  readonly records: number;
  readonly calls: number;
  readonly reads: number;
  /** Commands that were answered yes for the first time. */
  readonly acknowledged: number;
  /** No answer, or one that says that nobody knows. */
  readonly unknown: number;
  /** Calls by what they were told; "no end" for those whose client was gone. */
  readonly byCode: Readonly<Record<string, number>>;
  /** Keys under which an answer was told again. */
  readonly replayedKeys: number;
  /** The event with most commands, and how many of its other commands ran beside the median one. */
  readonly hotEvent: string | null;
  readonly medianOverlap: number;
  readonly promotions: number;
  readonly lapses: number;
  /** Places that fell back when a hold lapsed, and were taken again when no others were free. */
  readonly lapsedPlacesReused: number;
  readonly lateConfirms: { readonly taken: number; readonly lapsed: number };
  /** Events in whose line, at the end of the log, the first could be served: none, once settle has had its time. */
  readonly unserved: readonly string[];
  /** What was done to the system, by name. */
  readonly faults: Readonly<Record<string, number>>;
  /** The service counts these itself, at /metrics: for the harness to fill in. */
  revisionConflicts: number | null;
}

/** Counts what only the log shows, fact by fact. */
export class LogCounts {
  records = 0;
  promotions = 0;
  lapses = 0;
  lapsedPlacesReused = 0;
  confirmedLate = 0;
  private readonly lapsedFree = new Map<string, number>();

  /** Before the fact is folded. */
  add(fact: Fact, ledger: Ledger): void {
    this.records += 1;
    const { bookingId, seats = 0, offer } = fact.data;
    if (!isKnown(fact) || bookingId === undefined) return;
    const before = ledger.standing(bookingId, ledger.length);
    const held = before?.status === 'held' || before?.status === 'confirmed' ? before.seats : 0;
    const { settings, taken } = ledger.prefix(ledger.length);
    const free = (settings?.capacity ?? 0) - taken;
    const lapsed = Math.min(this.lapsedFree.get(fact.eventId) ?? 0, free);
    if (fact.type === 'HoldExpired') {
      this.lapses += 1;
      this.lapsedFree.set(fact.eventId, lapsed + seats);
    }
    if (fact.type === 'BookingHeld' && offer === true) this.promotions += 1;
    if (fact.type === 'BookingConfirmed' && before?.status === 'expired') this.confirmedLate += 1;
    const takes = fact.data.status === 'held' || fact.data.status === 'confirmed' ? seats - held : 0;
    const reused = Math.min(lapsed, Math.max(0, takes - (free - lapsed)));
    if (reused === 0) return;
    this.lapsedPlacesReused += reused;
    this.lapsedFree.set(fact.eventId, lapsed - reused);
  }
}

/** Whether the line stands still at the end, though its first could be served. */
function isUnserved(ledger: Ledger): boolean {
  const { settings, cancelled, taken, salesEnd, occurredAt } = ledger.prefix(ledger.length);
  const head = ledger.line.keys().next().value;
  if (settings === null || cancelled !== null || head === undefined || occurredAt >= salesEnd) return false;
  return ledger.standing(head, ledger.length)!.seats <= settings.capacity - taken;
}

export function countsOf(
  calls: readonly Call[],
  entries: readonly Entry[],
  log: LogCounts,
  ledgers: readonly Ledger[],
): Counts {
  const commands = calls.filter((call) => !isRead(call));
  const byCode: Record<string, number> = {};
  for (const { end } of calls) increase(byCode, end?.code ?? 'no end');
  const faults: Record<string, number> = {};
  for (const entry of entries) if (entry.kind === 'fault') increase(faults, entry.what);
  const told = commands.filter(({ kind }) => kind === 'ok');
  const replayed = told.filter(({ end }) => end?.replayed === true);
  const isLapsed = ({ invoke, end }: Call): boolean => invoke.operation === 'confirm' && end?.code === 'hold-lapsed';
  return {
    records: log.records,
    calls: calls.length,
    reads: calls.length - commands.length,
    acknowledged: told.length - replayed.length,
    unknown: commands.filter(({ kind }) => kind === 'unknown').length,
    byCode,
    replayedKeys: new Set(replayed.map(({ request }) => request)).size,
    ...hotOf(commands),
    promotions: log.promotions,
    lapses: log.lapses,
    lapsedPlacesReused: log.lapsedPlacesReused,
    lateConfirms: { taken: log.confirmedLate, lapsed: commands.filter(isLapsed).length },
    unserved: ledgers.filter(isUnserved).map(({ eventId }) => eventId),
    faults,
    revisionConflicts: null,
  };
}

/** A call whose end nobody saw counts for the moment of its beginning only. */
function hotOf(commands: readonly Call[]): Pick<Counts, 'hotEvent' | 'medianOverlap'> {
  const events = new Map<string, Call[]>();
  for (const call of commands) {
    const theirs = events.get(call.invoke.eventId);
    if (theirs === undefined) events.set(call.invoke.eventId, [call]);
    else theirs.push(call);
  }
  const [hotEvent, hot = []] = [...events].sort(([, a], [, b]) => b.length - a.length)[0] ?? [null];
  const endOf = ({ from, to }: Call): number => (to === Infinity ? from : to);
  const begins = Float64Array.from(hot, ({ from }) => from).sort();
  const ends = Float64Array.from(hot, endOf).sort();
  const overlaps = hot
    .map((call) => below(begins, endOf(call), true) - below(ends, call.from, false) - 1)
    .sort((a, b) => a - b);
  return { hotEvent, medianOverlap: overlaps[overlaps.length >> 1] ?? 0 };
}

/** How many of the sorted are less than a number, or equal to it where that counts. */
function below(sorted: Float64Array, number: number, orEqual: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBelow = orEqual ? sorted[middle]! <= number : sorted[middle]! < number;
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return low;
}

function increase(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
