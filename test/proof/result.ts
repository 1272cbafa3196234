/** What one run of one row came to: one line of JSON in the folder of results. */
export interface Result {
  readonly row: string;
  readonly seed: number;
  readonly mode: Mode;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly tookMs: number;
  /** Calls that were made, and commands that were acknowledged: each key once. */
  readonly operations: number;
  readonly acknowledged: number;
  readonly kills: Kills;
  /** Calls without an answer or with "outcome unknown", and appends whose outcome the service had to look up. */
  readonly unknown: number;
  readonly violations: readonly Broken[];
  /** Why the run proves nothing; null: it does. */
  readonly void: string | null;
  /** Why it could not run at all; null: it did. */
  readonly notRun: string | null;
  /** From each kill until ready again, in milliseconds. */
  readonly recoveriesMs: readonly number[];
  readonly contention: Contention;
  /** Named points at which a process was killed, and how often. */
  readonly points: Readonly<Record<string, number>>;
  readonly longestMs: number;
}

export type Mode = 'quick' | 'full';

export interface Kills {
  api: number;
  projector: number;
  postgres: number;
  /** The stand-in for EventStoreDB. */
  standIn: number;
}

/** An invariant, or the row's own expectation, that did not hold. */
export interface Broken {
  readonly invariant: string;
  readonly what: string;
}

export interface Contention {
  /** Of the calls on the event that most wanted: how many others ran beside the median one; null: the row has no such event. */
  readonly overlap: number | null;
  readonly conflicts: number;
  readonly replayed: number;
  readonly promotions: number;
  /** Lapsed places that were taken again. */
  readonly reused: number;
  /** Confirmations of what had lapsed: the places taken again, or refused. */
  readonly lateConfirmed: number;
  readonly lateRefused: number;
}
