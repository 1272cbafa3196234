import type { IfMatch } from './commands.js';
import type { Instant, Rules } from './events.js';
import type { Booking, Ledger, Schedule } from './ledger.js';

const HOUR_MS = 3_600_000;

/** The house's numbers. A range is inclusive at both ends. */
export const LIMITS = {
  capacity: { min: 1, max: 1_000_000, default: 1 },
  titleLength: { min: 1, max: 200 },
  seatsPerBooking: { min: 1, max: 1_000, default: 10 },
  waitlist: { min: 0, max: 10_000 },
  holdSeconds: { min: 30, max: 7_200, default: 600 },
  offerSeconds: { min: 300, max: 604_800, default: 14_400 },
  extendSeconds: { min: 1, max: 7_200 },
  /** A hold that the user keeps extending ends here, counted from when it began. */
  holdCeilingMs: 2 * HOUR_MS,
  extensionsPerHold: 50,
  /** Seat and reference changes one booking takes: with the two limits around it, it bounds the ledger. */
  changesPerBooking: 50,
  bookingsPerUser: 50,
  /** Domain events that one step of settle may write. */
  settleStep: 200,
} as const;

/** Nothing is sold, promoted or held from this instant on. Never after the start. */
export const salesCloseAt = (schedule: Schedule): Instant =>
  Math.min(schedule.salesCloseAt ?? schedule.startsAt, schedule.startsAt);

export const hasStarted = (schedule: Schedule, now: Instant): boolean => now >= schedule.startsAt;

export const salesHaveOpened = (schedule: Schedule, now: Instant): boolean =>
  schedule.salesOpenAt === undefined || now >= schedule.salesOpenAt;

export const salesHaveClosed = (schedule: Schedule, now: Instant): boolean => now >= salesCloseAt(schedule);

export const isOnSale = (schedule: Schedule, now: Instant): boolean =>
  salesHaveOpened(schedule, now) && !salesHaveClosed(schedule, now);

/** Users may cancel until then; the box office always. */
export const userMayCancel = (schedule: Schedule, now: Instant): boolean =>
  now < (schedule.cancelUntil ?? schedule.startsAt);

/** The most places one booking may ask for. */
export const seatLimit = (schedule: Schedule): number => Math.min(schedule.maxSeatsPerBooking, schedule.capacity);

export const defaultWaitlistLimit = (capacity: number): number => Math.min(capacity, LIMITS.waitlist.max);

/** Where the rules that always have a value start, and where clearing one takes it back to. */
export const defaultRules = (capacity: number): Rules => ({
  holdSeconds: LIMITS.holdSeconds.default,
  offerSeconds: LIMITS.offerSeconds.default,
  maxSeatsPerBooking: LIMITS.seatsPerBooking.default,
  waitlistLimit: defaultWaitlistLimit(capacity),
});

/** Places that nobody has, whoever may be waiting for them. */
export const freeSeats = (ledger: Ledger): number => (ledger.schedule?.capacity ?? 0) - ledger.seatsTaken;

/** First come, first served: while anybody waits, a newcomer gets no place. */
export const canTake = (ledger: Ledger, seats: number): boolean =>
  ledger.waitlist.length === 0 && seats <= freeSeats(ledger);

/** A hold or an offer is due at the earlier of its own end and the end of sales as it stands now. */
export const dueAt = (schedule: Schedule, expiresAt: Instant): Instant => Math.min(expiresAt, salesCloseAt(schedule));

/** Until when a hold may be extended. Only a hold of the user's own has a ceiling. */
export const ceilingOf = (schedule: Schedule, ceilingAt: Instant): Instant => dueAt(schedule, ceilingAt);

/** A booking that holds places or a turn in the line. */
export const isActive = (booking: Booking): boolean =>
  booking.status === 'waitlisted' || booking.status === 'held' || booking.status === 'confirmed';

/** Places that this booking keeps from others. */
export const seatsTakenBy = (booking: Booking | undefined): number =>
  booking?.status === 'held' || booking?.status === 'confirmed' ? booking.seats : 0;

/** Ids made from an Idempotency-Key are UUIDs of version 5: only those can come again, so only those are remembered. */
export const isMadeFromKey = (commandId: string): boolean => commandId.charAt(14) === '5';

/** The caller's copy of a resource is still good when nothing of that resource was written after it. */
export function isUnchanged(ifMatch: IfMatch, lastChange: number, ledger: Ledger): boolean {
  if (ifMatch === null || ifMatch === 'exists') return true;
  return lastChange <= ifMatch.revision && ifMatch.revision <= ledger.revision;
}
