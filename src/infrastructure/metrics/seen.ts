import type { Position } from '../../application/ports.js';
import type { Ranges } from './figure.js';

/** What the core counts; see `Tally` and `Standing` of the application. */
export interface Core {
  readonly appends: number;
  readonly events: number;
  readonly conflicts: number;
  readonly unknowns: number;
  readonly tailReads: number;
  readonly retries: number;
  readonly hits: number;
  readonly loads: number;
  readonly evictions: number;
  readonly results: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
  readonly asked: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly groups: Ranges;
  readonly lengths: Ranges;
  readonly appending: Ranges;
  readonly answering: Readonly<Record<string, Ranges>>;
}

export interface Standing {
  readonly ledgers: number;
  readonly entries: number;
  readonly waiting: number;
  readonly deepest: number;
  readonly oldestMs: number;
  readonly longest: number;
}

/** What HTTP counts; see `HttpTally`. */
export interface Http {
  readonly tally: {
    readonly shed: number;
    readonly answers: ReadonlyMap<string, number>;
    readonly problems: ReadonlyMap<string, number>;
    readonly took: Readonly<Record<string, Ranges>>;
  };
  readonly lanes: Readonly<Record<string, { readonly inFlight: number; readonly limit: number }>>;
}

/** Of the tables that readers see. */
export interface Claims {
  readonly held: number;
  readonly overdue: number;
  readonly waiting: number;
}

export interface Generation {
  readonly generation: number;
  readonly position: Position;
  readonly isLive: boolean;
  /** It is being made. */
  readonly isBare: boolean;
  readonly isHalted: boolean;
  readonly isPaused: boolean;
}

/** Where the tables stand, whoever folds them. */
export interface Followed {
  readonly head: Position;
  readonly generations: readonly Generation[];
  /** For how long the live tables have been behind; null: the projector is another process. */
  readonly lagMs: number | null;
  /** Positions are counted without a gap, so that a difference is a number of domain events. */
  readonly isGapless: boolean;
}

export interface Sent {
  readonly delivered: number;
  readonly failed: number;
  readonly givenUp: number;
  readonly disabled: number;
}

export interface Queue {
  readonly pending: number;
  readonly disabled: number;
}

export interface PoolUse {
  readonly name: string;
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Everything that one scrape shows; null is what nobody can tell now, or what this process has nothing to do with. */
export interface Seen {
  readonly version: string;
  readonly core: Core;
  readonly standing: Standing;
  /** Other processes of this service: all, and those that are away. */
  readonly peers: { readonly all: number; readonly away: number };
  readonly http: Http | null;
  /** What became of refusals. */
  readonly kept: { readonly kept: number; readonly lost: number } | null;
  readonly feed: { readonly clients: number; readonly dropped: number; readonly refused: number };
  readonly sent: Sent | null;
  readonly queue: Queue | null;
  readonly claims: Claims | null;
  readonly followed: (Followed & { readonly lagMs: number }) | null;
  readonly pools: readonly PoolUse[];
}
