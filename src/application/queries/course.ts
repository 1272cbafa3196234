import type { Instant } from '../../domain/booking/events.js';
import type { Places, Step } from './replay.js';

/** How the places were after a fact. */
export interface PlacesThen extends Omit<Places, 'isBooked'> {
  readonly revision: number;
  readonly occurredAt: Instant;
}

/** More moments than a screen has columns would not be seen. */
const MOST = 1_200;

/** How the places of an event went: after every fact or, of a long stream, after every second, fourth … of them. */
export class Course {
  private kept: PlacesThen[] = [];
  private every = 1;
  private last: PlacesThen | null = null;

  add({ record, after: { capacity, taken, held, waiting, free } }: Step): void {
    const { revision, metadata } = record;
    this.last = { revision, occurredAt: metadata.occurredAt, capacity, taken, held, waiting, free };
    if (revision % this.every === 0) this.kept.push(this.last);
    if (this.kept.length < MOST) return;
    this.every *= 2;
    this.kept = this.kept.filter((each) => each.revision % this.every === 0);
  }

  /** In order; the last is after the last fact. */
  places(): readonly PlacesThen[] {
    return this.last === null || this.kept.at(-1) === this.last ? this.kept : [...this.kept, this.last];
  }
}
