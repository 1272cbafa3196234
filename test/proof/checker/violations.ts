export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I7' | 'I8' | 'I11';

/** A promise that did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  /** eventId; of a stream that is none of ours, its name. */
  readonly event: string;
  /** How it shows, in a sentence. */
  readonly what: string;
  /** Which call it was told to, where it was told. */
  readonly call?: string;
}

/** One broken promise can show a hundred thousand times. */
const KEPT = 200;

export class Violations {
  readonly kept: Violation[] = [];
  readonly counts: Partial<Record<Invariant, number>> = {};

  /** No more are kept: who still looks for the best name of one looks in vain. */
  get areMany(): boolean {
    return this.kept.length >= KEPT;
  }

  add(invariant: Invariant, event: string, what: string, call?: string): void {
    this.counts[invariant] = (this.counts[invariant] ?? 0) + 1;
    if (this.kept.length < KEPT) this.kept.push({ invariant, event, what, ...(call === undefined ? {} : { call }) });
  }
}
