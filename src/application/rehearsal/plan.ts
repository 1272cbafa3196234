import type { TransactSettings } from '../transact.js';

export type Locking = TransactSettings['locking'];

/** What may be asked of a rehearsal, with what it does unless said. A range is inclusive at both ends. */
export const REHEARSAL = {
  /** Twice as many people come as there are places, and some ask twice: 15,000 commands of each strategy at most. */
  places: { min: 1, max: 5_000, default: 200 },
  /** Requests in flight at a time: more would queue in one mailbox, and say nothing new. */
  callers: { min: 1, max: 256, default: 64 },
  /** Of a hundred people so many hold first; three of four of them confirm. */
  holdPercent: { min: 0, max: 100, default: 30 },
  /** API processes that are played; each holds a connection of the store while it has the row, and there are eight. */
  processes: { min: 1, max: 4, default: 2 },
} as const;

/** Nobody new is let in after so long, with either strategy; in milliseconds. */
export const DEADLINE_MS = 60_000;

export const STRATEGIES = ['optimistic', 'pessimistic'] as const satisfies readonly Locking[];

/** What was asked for, within the ranges above. */
export interface RehearsalPlan {
  readonly places: number;
  readonly callers: number;
  readonly holdPercent: number;
  readonly processes: number;
  /** Played one after the other, each with an event of its own. */
  readonly strategies: readonly Locking[];
}

/** Scratch events are named so, and nothing else should be. */
export const SCRATCH_PREFIX = 'rehearsal-';

/** So many people ask for one place each. */
export const peopleOf = ({ places, callers }: RehearsalPlan): number => Math.max(2 * places, callers);
