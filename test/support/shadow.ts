import {
  SETTLE,
  isClaimFact,
  type BookingData,
  type ClaimFact,
  type ScheduleFact,
} from '../../src/domain/booking/events.js';
import { activeBookingOf } from '../../src/domain/booking/bookings.js';
import { withRules } from '../../src/domain/booking/evolve.js';
import type { Ledger, Schedule } from '../../src/domain/booking/ledger.js';
import { freeSeats } from '../../src/domain/booking/policy.js';
import type { Entry } from './desk.js';
import { lineBackwards, lineOf } from './dump.js';
import { HOUR, SECOND } from './facts.js';

interface Copy extends BookingData {
  readonly revision: number;
  /** By the clock that decided on it; only of a hold. */
  readonly heldSince: number;
}

const takes = (copy: Copy | undefined): number =>
  copy?.status === 'held' || copy?.status === 'confirmed' ? copy.seats : 0;
const isActive = ({ status }: Copy): boolean => status === 'waitlisted' || status === 'held' || status === 'confirmed';

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`broken: ${rule}`);
}

/**
 * A second reading of the log, kept apart from the ledger and as plain as can be: a map of the latest copies and an
 * array for the line. It holds every fact against the promises and the ledger against itself.
 */
export class Shadow {
  readonly copies = new Map<string, Copy>();
  line: string[] = [];
  schedule: Schedule | null = null;
  off = false;
  taken = 0;
  held = 0;
  holds = 0;
  /** Free places after each fact. */
  readonly frees: number[] = [];

  /** Reads one fact. Throws when no rule would have allowed it. */
  read({ recorded, now }: Entry): void {
    const { event, revision, actor } = recorded;
    if (isClaimFact(event)) this.#readClaim(event, revision, now, actor === SETTLE);
    else this.#readSchedule(event);
    this.frees.push(this.schedule!.capacity - this.taken);
  }

  #readSchedule(event: ScheduleFact): void {
    must(!this.off || event.type === 'EventRenamed', 'a cancelled event is only renamed');
    if (event.type === 'EventCancelled') {
      this.off = true;
      this.line = [];
      this.taken = this.held = this.holds = 0;
    } else if (event.type === 'EventRulesChanged') {
      this.schedule = withRules(this.schedule!, event.data);
    } else {
      const { endsAt: _before, ...kept } = this.schedule ?? ({} as Schedule);
      this.schedule = { ...(event.type === 'EventRescheduled' ? kept : this.schedule!), ...event.data };
    }
    must(this.taken <= this.schedule!.capacity, 'capacity is never lowered below the seats taken');
  }

  #readClaim({ type, data }: ClaimFact, revision: number, now: number, bySettle: boolean): void {
    const before = this.copies.get(data.bookingId);
    const heldSince = before?.status === 'held' ? before.heldSince : now;
    const after: Copy = { ...data, revision, heldSince };
    const more = takes(after) - takes(before);
    must(!this.off, 'nothing is written on bookings of a cancelled event');
    if (more > 0) {
      const served =
        before?.status === 'waitlisted' ? this.line[0] === data.bookingId && bySettle : this.line.length === 0;
      must(served, `${data.bookingId} overtakes ${this.line.join()}`);
      must(now < this.salesCloseAt(), 'nothing is taken once sales have closed');
    }
    if (type === 'BookingHeld' || type === 'HoldExtended') this.#checkHold(after, now);
    if (type === 'HoldExpired' || (bySettle && type === 'BookingCancelled')) this.#checkEnd(before, bySettle, now);
    if (isActive(after))
      for (const other of this.copies.values())
        must(
          other.userId !== after.userId || other.bookingId === after.bookingId || !isActive(other),
          `${after.userId} has ${other.bookingId} and ${after.bookingId}`,
        );
    this.#follow(before, after);
    this.copies.set(data.bookingId, after);
    this.taken += more;
    this.held += (after.status === 'held' ? after.seats : 0) - (before?.status === 'held' ? before.seats : 0);
    this.holds += Number(after.status === 'held') - Number(before?.status === 'held');
    must(0 <= this.taken && this.taken <= this.schedule!.capacity, `${this.taken} of ${this.schedule!.capacity} taken`);
  }

  #checkHold({ offer, expiresAt = Infinity, heldSince }: Copy, now: number): void {
    const longest = offer ? now + this.schedule!.offerSeconds * SECOND : heldSince + 2 * HOUR;
    must(now < expiresAt && expiresAt <= longest, 'a hold outlives its ceiling');
    must(expiresAt <= this.salesCloseAt(), 'a hold outlives sales');
  }

  /** Only settle ends what nobody gave back, and only for cause. */
  #checkEnd(before: Copy | undefined, bySettle: boolean, now: number): void {
    const closed = now >= this.salesCloseAt();
    const due = before?.status === 'held' && now >= (before.expiresAt ?? now);
    const useless = before?.status === 'waitlisted' && before.seats > this.schedule!.capacity;
    must(bySettle && (closed || due || useless), `${before?.bookingId} is ended without cause`);
  }

  #follow(before: Copy | undefined, after: Copy): void {
    if (after.status === 'waitlisted' && before === undefined) {
      this.line.push(after.bookingId);
      must(this.line.length <= this.schedule!.waitlistLimit, 'the line is longer than allowed');
    } else if (before?.status === 'waitlisted') {
      if (after.status !== 'waitlisted') this.line.splice(this.line.indexOf(after.bookingId), 1);
      else must(after.seats <= before.seats, 'a turn in the line only shrinks');
    }
  }

  salesCloseAt(): number {
    const { startsAt, salesCloseAt = startsAt } = this.schedule!;
    return Math.min(startsAt, salesCloseAt);
  }

  /** The numbers of the ledger are those of the log. Cheap enough for every fact of a long run. */
  compareCounts(ledger: Ledger): void {
    const { seatsTaken, seatsHeld, holdsOpen, deadlines, waitlist } = ledger;
    must(seatsTaken === this.taken, `ledger says ${seatsTaken} taken, the log ${this.taken}`);
    must(seatsHeld === this.held, `ledger says ${seatsHeld} held, the log ${this.held}`);
    must(holdsOpen === this.holds, `ledger says ${holdsOpen} holds, the log ${this.holds}`);
    must(waitlist.length === this.line.length, `ledger says ${waitlist.length} wait, the log ${this.line.length}`);
    must(deadlines.length <= 2 * holdsOpen + 1_000, 'deadlines pile up');
  }

  /** Everything of the ledger that can be counted again from the latest copies. */
  compare(ledger: Ledger): void {
    this.compareCounts(ledger);
    const copies = this.off ? [] : [...this.copies.values()];
    const sum = (status: string) =>
      copies.reduce((seats, copy) => seats + (copy.status === status ? copy.seats : 0), 0);
    const capacity = this.schedule?.capacity ?? 0;
    must(sum('confirmed') + sum('held') + freeSeats(ledger) === capacity, 'capacity = confirmed + held + free');

    const line = this.line.map((bookingId) => [bookingId, this.copies.get(bookingId)!.seats]);
    must(JSON.stringify(lineOf(ledger)) === JSON.stringify(line), 'the line is in order of joining');
    must(JSON.stringify(lineBackwards(ledger)) === JSON.stringify(line.reverse()), 'the line reads the same backwards');

    const holds = copies.filter(({ status }) => status === 'held');
    const due = ({ expiresAt = 0 }: Copy) => expiresAt;
    const first = holds.sort((a, b) => due(a) - due(b) || a.revision - b.revision)[0];
    const { bookingId, expiresAt } = ledger.deadlines[0] ?? {};
    must(bookingId === first?.bookingId && expiresAt === first?.expiresAt, 'the earliest deadline is on top');
    for (const { userId } of this.copies.values()) {
      const active = copies.find((copy) => copy.userId === userId && isActive(copy));
      must(activeBookingOf(ledger, userId)?.bookingId === active?.bookingId, `the active booking of ${userId}`);
    }
  }

  /** The fact that last left fewer free than `seats` where there had been enough; else the last that took any at all. */
  takerOf(seats: number): number {
    const before = (revision: number): number => this.frees[revision - 1] ?? 0;
    const crossed = this.frees.findLastIndex((free, revision) => before(revision) >= seats && free < seats);
    return crossed >= 0 ? crossed : this.frees.findLastIndex((free, revision) => free < before(revision));
  }

  /** After settle: nothing is due, and whoever is first in line could not be served. */
  checkSettled(now: number): void {
    if (this.schedule === null || this.off) return;
    const close = this.salesCloseAt();
    for (const { status, expiresAt = 0, bookingId } of this.copies.values())
      must(status !== 'held' || now < Math.min(expiresAt, close), `${bookingId} is still held`);
    const free = this.schedule.capacity - this.taken;
    for (const bookingId of this.line)
      must(this.copies.get(bookingId)!.seats <= this.schedule.capacity, `${bookingId} waits for more than there is`);
    const head = this.copies.get(this.line[0] ?? '');
    must(head === undefined || (head.seats > free && now < close), `${head?.bookingId} waits for nothing`);
  }
}
