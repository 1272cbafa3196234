import type { BookingEvent } from '../domain/booking/events.js';
import { HoldfastError } from './errors.js';

/** How many values fell into each range; an observation is a few additions. In the unit of whoever observes. */
export class Buckets {
  /** By range, the last of them for what is above every bound. */
  readonly counts: number[];
  sum = 0;

  /** `bounds`: ascending, each the highest value of its range. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at += 1;
    counts[at]! += 1;
    this.sum += value;
  }
}

/** In milliseconds, from an append on a local disk to the longest that anybody is kept waiting. */
const DURATIONS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
/** Commands, and records of a stream. */
const GROUPS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];
const LENGTHS = [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

export const durations = (): Buckets => new Buckets(DURATIONS_MS);

/** How a command ended: with an answer, or with the code of what went wrong. */
export const OUTCOMES = [
  ...(['accepted', 'replayed', 'refused'] as const),
  ...(['overloaded', 'store-unavailable', 'outcome-unknown', 'stream-unreadable', 'clock-skew'] as const),
  ...(['request-in-flight', 'internal'] as const),
];
export type Outcome = (typeof OUTCOMES)[number];

/** What became of a batch that was sent to the log. */
export const APPEND_RESULTS = ['written', 'conflict', 'unavailable', 'unknown', 'failed'] as const;
export type AppendResult = (typeof APPEND_RESULTS)[number];

/** What is counted over all mailboxes since the process started, for operators. Plain numbers: whoever shows them reads them. */
export class Tally {
  appends = 0;
  events = 0;
  conflicts = 0;
  unknowns = 0;
  tailReads = 0;
  /** Commands that were decided anew. */
  retries = 0;
  /** Commands that another process was asked to decide, by whether it did; the others were decided here. */
  readonly asked = { answered: 0, away: 0, silent: 0 };
  /** Commands that found their ledger in memory, or had it loaded; ledgers that made room for others. */
  hits = 0;
  loads = 0;
  evictions = 0;
  readonly results = zeros(APPEND_RESULTS);
  /** Domain events that were written, by their type. */
  readonly types: Record<BookingEvent['type'], number> = {
    ...{ EventScheduled: 0, EventRenamed: 0, EventRescheduled: 0, CapacityChanged: 0, EventRulesChanged: 0 },
    ...{ EventCancelled: 0, BookingWaitlisted: 0, BookingHeld: 0, HoldExtended: 0, HoldExpired: 0 },
    ...{ BookingConfirmed: 0, BookingSeatsChanged: 0, BookingReferenceChanged: 0, BookingCancelled: 0 },
  };
  /** Refusals that were given, by their code. */
  readonly refusals: Record<string, number>;
  /** Commands in each append; 0: nothing but what settle owed. */
  readonly groups = new Buckets(GROUPS);
  /** Records of each stream that was loaded. */
  readonly lengths = new Buckets(LENGTHS);
  /** From sending a batch to its outcome, and from a command to its answer, in milliseconds. */
  readonly appending = durations();
  readonly answering = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, durations()])) as Readonly<
    Record<Outcome, Buckets>
  >;

  /** `codes`: of all refusals that there can be, so that each is shown before it is given. */
  constructor(codes: readonly string[]) {
    this.refusals = zeros(codes);
  }

  /** A batch that had something to write has ended. */
  ended(result: AppendResult, tookMs: number): void {
    this.results[result] += 1;
    this.appending.observe(tookMs);
  }

  /** It is in the log. `types`: of its records. */
  wrote(commands: number, records: readonly { readonly type: string }[]): void {
    this.appends += 1;
    this.events += records.length;
    this.groups.observe(commands);
    for (const { type } of records) this.types[type as BookingEvent['type']] += 1;
  }

  refused(code: string): void {
    this.refusals[code]! += 1;
  }
}

/** What an error counts as. */
export function outcomeOf(error: unknown): Outcome {
  const code = error instanceof HoldfastError ? error.code : 'internal';
  return (OUTCOMES as readonly string[]).includes(code) ? (code as Outcome) : 'internal';
}

/** What an append that ended with an error counts as. */
export function resultOf(error: unknown): AppendResult {
  const code = error instanceof HoldfastError ? error.code : null;
  return code === 'store-unavailable' ? 'unavailable' : code === 'outcome-unknown' ? 'unknown' : 'failed';
}

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
