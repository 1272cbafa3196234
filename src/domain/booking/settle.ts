import type { BookingCommand } from './commands.js';
import type {
  BookingCancelled,
  BookingData,
  BookingHeld,
  BookingStatus,
  ClaimFact,
  HoldExpired,
  Instant,
} from './events.js';
import { earliest } from './holds.js';
import type { Booking, Ledger, Schedule } from './ledger.js';
import { dueAt, freeSeats, hasStarted, salesCloseAt, salesHaveClosed } from './policy.js';
import { firstTooLarge } from './waitlist.js';

/** How much of settle goes before a command. */
export type SettleScope = 'everything' | 'lapses' | 'nothing';

export interface Settlement {
  readonly fact: ClaimFact;
  /** The command that made it possible; where only time did, the booking itself. */
  readonly causationId: string;
}

/**
 * What settle has to write next at `now`, or nothing. One fact at a time, each over the ledger that the one before left:
 * first every hold that is due (the earliest first), then every turn in the line that can never be served, then offers
 * from the head of the line while the places fit. Ends: each fact takes away a hold or a turn, and an offer is never due
 * at the instant that makes it.
 */
export function nextSettlement(ledger: Ledger, now: Instant, scope: SettleScope): Settlement | null {
  const { schedule } = ledger;
  if (scope === 'nothing' || schedule === null || ledger.cancelled !== null) return null;
  const lapsed = nextLapse(ledger, schedule, now);
  if (lapsed !== null || scope === 'lapses') return lapsed;
  return nextEnd(ledger, schedule, now) ?? nextOffer(ledger, schedule, now);
}

/**
 * What is settled before a command is decided. Lowering the capacity comes before promotion, or the places that it
 * takes away would just have been offered to somebody; calling an event off ends holds and turns by itself.
 */
export function settleBefore(command: BookingCommand, ledger: Ledger): SettleScope {
  if (command.type === 'CancelEvent') return 'nothing';
  const lowers = command.type === 'ChangeEvent' && (command.capacity ?? Infinity) < (ledger.schedule?.capacity ?? 0);
  return lowers ? 'lapses' : 'everything';
}

function nextLapse(ledger: Ledger, schedule: Schedule, now: Instant): Settlement | null {
  const deadline = earliest(ledger.deadlines);
  if (deadline === undefined || now < dueAt(schedule, deadline.expiresAt)) return null;
  const booking = bookingOf(ledger, deadline.bookingId);
  const fact: HoldExpired = { type: 'HoldExpired', data: dataOf(booking, 'expired') };
  return { fact, causationId: booking.bookingId };
}

function nextEnd(ledger: Ledger, schedule: Schedule, now: Instant): Settlement | null {
  const { head } = ledger.waitlist;
  if (head === null) return null;
  if (hasStarted(schedule, now)) return end(ledger, head.bookingId, 'event-started', head.bookingId);
  if (salesHaveClosed(schedule, now)) return end(ledger, head.bookingId, 'sales-closed', head.bookingId);
  const tooLarge = firstTooLarge(ledger.waitlist, schedule.capacity);
  return tooLarge === null ? null : end(ledger, tooLarge.bookingId, 'no-longer-fits', ledger.cause);
}

function end(ledger: Ledger, bookingId: string, reason: string, causationId: string): Settlement {
  const data = { reason, ...dataOf(bookingOf(ledger, bookingId), 'cancelled') };
  const fact: BookingCancelled = { type: 'BookingCancelled', data };
  return { fact, causationId };
}

function nextOffer(ledger: Ledger, schedule: Schedule, now: Instant): Settlement | null {
  const { head } = ledger.waitlist;
  if (head === null || head.seats > freeSeats(ledger)) return null;
  const expiresAt = Math.min(now + schedule.offerSeconds * 1_000, salesCloseAt(schedule));
  const data: BookingData = { expiresAt, ...dataOf(bookingOf(ledger, head.bookingId), 'held'), offer: true };
  const fact: BookingHeld = { type: 'BookingHeld', data };
  return { fact, causationId: ledger.cause };
}

/** What every fact about this booking repeats, and the status that it has from then on. */
export function dataOf(booking: Booking, status: BookingStatus = booking.status): BookingData {
  const { bookingId, userId, seats, reference, offer, createdAt } = booking;
  return { bookingId, userId, seats, status, ...(reference === null ? {} : { reference }), offer, createdAt };
}

function bookingOf(ledger: Ledger, bookingId: string): Booking {
  const booking = ledger.bookings.get(bookingId);
  if (booking === undefined) throw new Error(`booking ${bookingId} is due but not in the ledger`);
  return booking;
}
