import type { Clock } from '../history.js';
import type { Call } from './calls.js';
import { countWhile, type Fact, type Ledger } from './ledger.js';
import type { Violations } from './violations.js';

/** From one instant to another, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * When each record can have been committed, in `monotonicMs`: not before the call that asked for it was made, not after
 * somebody was told of it. The log is in the order of commits, so a record is also not before those before it, nor after
 * those after it. This is all that real time says of a history.
 */
export class Order {
  private readonly earliest: Float64Array;
  private readonly latest: Float64Array;
  private readonly ends: number;

  /** `from`: the position before the first of them. */
  constructor(
    private readonly facts: readonly Fact[],
    from: number,
  ) {
    this.earliest = new Float64Array(facts.length).fill(-Infinity);
    this.latest = new Float64Array(facts.length).fill(Infinity);
    this.ends = facts.at(-1)?.position ?? from;
  }

  /** The call that wrote it was made then. */
  asked(fact: Fact, at: number): void {
    this.earliest[fact.index] = at;
  }

  /** Somebody had heard of it then. */
  told(fact: Fact, at: number): void {
    this.latest[fact.index] = Math.min(this.latest[fact.index]!, at);
  }

  /** Somebody had heard then that the log reaches so far. False: it does not. */
  toldPosition(position: number, at: number): boolean {
    const known = countWhile(this.facts, (fact) => fact.position <= position);
    if (known > 0) this.told(this.facts[known - 1]!, at);
    return position <= this.ends;
  }

  /** When everything has been heard. I7: nothing was told before it was asked for. */
  close(violations: Violations): void {
    const { earliest, latest, facts } = this;
    for (let at = facts.length - 2; at >= 0; at -= 1) latest[at] = Math.min(latest[at]!, latest[at + 1]!);
    for (let at = 0; at < facts.length; at += 1) {
      const { eventId, type, revision, position } = facts[at]!;
      if (earliest[at]! > latest[at]!) {
        const what = `${type}@${revision} was asked for after somebody knew that the log had passed its position ${position}`;
        violations.add('I7', eventId, what);
        earliest[at] = -Infinity;
      }
      if (at > 0) earliest[at] = Math.max(earliest[at]!, earliest[at - 1]!);
    }
  }

  committed({ index }: Fact): Span {
    return { from: this.earliest[index]!, to: this.latest[index]! };
  }

  /** Which prefixes of the event's ledger can have been the present one at some moment of the call. */
  prefixes({ from, to }: Call, { facts }: Ledger): Span {
    const certain = countWhile(facts, ({ index }) => this.latest[index]! < from);
    const possible = countWhile(facts, ({ index }) => this.earliest[index]! <= to);
    return { from: certain, to: Math.max(certain, possible) };
  }
}

/** What the clocks of the service may have shown while something happened. */
export class WallTime {
  private readonly first: number;
  private readonly last: number;

  /** `skewMs`: how far such a clock may be from the machine's. */
  constructor(clocks: readonly Clock[], skewMs: number) {
    const offsets = clocks.map(({ at, wall }) => wall - at);
    this.first = offsets.length === 0 ? -Infinity : Math.min(...offsets) - skewMs;
    this.last = offsets.length === 0 ? Infinity : Math.max(...offsets) + skewMs;
  }

  during({ from, to }: Span): Span {
    return { from: from + this.first, to: to + this.last };
  }
}

/** What the deciding process took for now: a record bears that instant, or the one before it if that was later. */
export function decidedAt({ occurredAt }: Fact, before: number): Span {
  return { from: occurredAt > before ? occurredAt : -Infinity, to: occurredAt };
}
