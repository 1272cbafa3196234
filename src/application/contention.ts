import type { Instant } from '../domain/booking/events.js';
import { Durations } from './durations.js';
import type { Outcome } from './tally.js';

/** What is counted of the commands on one event, in one process. An observation is a few additions; it holds a kilobyte. */
export class Contention {
  /** Batches of this event that another process overtook, and commands that were decided again for it. */
  conflicts = 0;
  retries = 0;
  /** How commands ended, by what they ended with; and refusals, by their code. Settle's own are not in here. */
  readonly outcomes = new Map<Outcome, number>();
  readonly refusals = new Map<string, number>();
  /** From a command to its answer, in milliseconds. */
  readonly took = new Durations();

  /** `since`: from when on it is counted. */
  constructor(readonly since: Instant) {}

  ended(outcome: Outcome, tookMs: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    this.took.observe(tookMs);
  }

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
