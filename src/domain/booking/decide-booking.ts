import { accept, refuse, type Decision } from '../decider.js';
import type { BookPlace, CancelBooking, ChangeBooking, ExtendHold, Refusal } from './commands.js';
import type { BookingData, BookingEvent, Instant } from './events.js';
import { activeBookingOf, latestBookingOf } from './bookings.js';
import type { Booking, HeldBooking, Ledger, Schedule } from './ledger.js';
import {
  LIMITS,
  canTake,
  ceilingOf,
  dueAt,
  freeSeats,
  hasStarted,
  isActive,
  isOnSale,
  salesHaveClosed,
  salesHaveOpened,
  seatLimit,
  userMayCancel,
} from './policy.js';
import { dataOf } from './settle.js';

type Answer = Decision<BookingEvent, Refusal>;

export function bookPlace(command: BookPlace, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  const closed = whyNotOnSale(ledger, schedule, now);
  if (closed !== null) return refuse(closed);
  const { bookingId, userId, seats, reference } = command;
  if (seats > seatLimit(schedule)) return refuse({ reason: 'TooManySeats', max: seatLimit(schedule) });
  const active = activeBookingOf(ledger, userId);
  if (active !== undefined) return refuse({ reason: 'AlreadyBooked', bookingId: active.bookingId });
  const ordinal = latestBookingOf(ledger, userId)?.ordinal ?? 0;
  if (ordinal >= LIMITS.bookingsPerUser) return refuse({ reason: 'TooManyBookings' });

  const createdAt = Math.max(now, ledger.occurredAt);
  // Copied last, below: V8 takes five times as long for `{ ...asked, status }`.
  const asked = {
    bookingId,
    userId,
    seats,
    ...(reference === undefined ? {} : { reference }),
    offer: false,
    createdAt,
  };
  if (!canTake(ledger, seats)) {
    if (!command.waitlist) return refuse(soldOut(ledger, seats));
    if (ledger.waitlist.length >= schedule.waitlistLimit) return refuse({ reason: 'WaitlistFull' });
    return accept({ type: 'BookingWaitlisted', data: { status: 'waitlisted', ...asked } });
  }
  if (!command.hold) return accept({ type: 'BookingConfirmed', data: { status: 'confirmed', ...asked } });
  if (command.holdsReached !== undefined) return refuse({ reason: 'TooManyHolds', max: command.holdsReached });
  const holdMs = (command.holdSeconds ?? schedule.holdSeconds) * 1_000;
  const expiresAt = dueAt(schedule, now + holdMs);
  const ceilingAt = now + LIMITS.holdCeilingMs;
  return accept({ type: 'BookingHeld', data: { status: 'held', expiresAt, ceilingAt, ...asked } });
}

export function confirmBooking(found: Booking, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  switch (found.status) {
    case 'confirmed':
      return accept();
    case 'waitlisted':
      return refuse({ reason: 'NotHeld' });
    case 'cancelled':
      return refuse({ reason: ledger.cancelled === null ? 'BookingEnded' : 'EventCancelled' });
    case 'held':
      if (now >= found.expiresAt) return refuse({ reason: 'HoldLapsed' });
      break;
    case 'expired': {
      const other = activeBookingOf(ledger, found.userId);
      if (other !== undefined) return refuse({ reason: 'AlreadyBooked', bookingId: other.bookingId });
      if (!canBeTakenAgain(found, ledger, schedule, now)) return refuse({ reason: 'HoldLapsed' });
      break;
    }
    default:
      return found satisfies never;
  }
  return accept({ type: 'BookingConfirmed', data: dataOf(found, 'confirmed') });
}

/** A late confirm takes the places again as a newcomer would; a lapsed offer has gone to the next in line. */
function canBeTakenAgain(lapsed: Booking, ledger: Ledger, schedule: Schedule, now: Instant): boolean {
  return ledger.cancelled === null && !lapsed.offer && isOnSale(schedule, now) && canTake(ledger, lapsed.seats);
}

export function extendHold(
  command: ExtendHold,
  found: Booking,
  ledger: Ledger,
  schedule: Schedule,
  now: Instant,
): Answer {
  switch (found.status) {
    case 'waitlisted':
    case 'confirmed':
      return refuse({ reason: 'NotHeld' });
    case 'cancelled':
      return refuse({ reason: ledger.cancelled === null ? 'BookingEnded' : 'EventCancelled' });
    case 'expired':
      return refuse({ reason: 'HoldLapsed' });
    case 'held':
      return extend(command, found, schedule, now);
    default:
      return found satisfies never;
  }
}

function extend({ seconds }: ExtendHold, held: HeldBooking, schedule: Schedule, now: Instant): Answer {
  if (now >= held.expiresAt) return refuse({ reason: 'HoldLapsed' });
  if (held.ceilingAt === null || held.extensions >= LIMITS.extensionsPerHold)
    return refuse({ reason: 'NotExtendable' });
  const ceilingAt = ceilingOf(schedule, held.ceilingAt);
  const expiresAt = Math.min(now + seconds * 1_000, ceilingAt);
  if (expiresAt <= held.expiresAt) return refuse({ reason: 'HoldCeiling', ceilingAt });
  return accept({ type: 'HoldExtended', data: { expiresAt, ceilingAt: held.ceilingAt, ...dataOf(held) } });
}

export function cancelBooking(command: CancelBooking, found: Booking, schedule: Schedule, now: Instant): Answer {
  if (!isActive(found)) return accept();
  if (command.owner !== null && !userMayCancel(schedule, now)) return refuse({ reason: 'CancellationClosed' });
  const reason = command.reason === undefined ? {} : { reason: command.reason };
  return accept({ type: 'BookingCancelled', data: { ...reason, ...dataOf(found, 'cancelled') } });
}

export function changeBooking(
  command: ChangeBooking,
  found: Booking,
  ledger: Ledger,
  schedule: Schedule,
  now: Instant,
): Answer {
  if (!isActive(found)) return refuse({ reason: ledger.cancelled === null ? 'BookingEnded' : 'EventCancelled' });
  const { seats = found.seats } = command;
  const reference = command.reference === undefined ? found.reference : command.reference;
  const facts: BookingEvent[] = [];
  let data = withDeadline(found);
  if (seats !== found.seats) {
    const no = whyNotSeats(seats, found, ledger, schedule, now);
    if (no !== null) return refuse(no);
    data = { ...data, seats };
    facts.push({ type: 'BookingSeatsChanged', data });
  }
  if (reference !== found.reference) {
    const { reference: _before, ...rest } = data;
    data = reference === null ? rest : { ...rest, reference };
    facts.push({ type: 'BookingReferenceChanged', data });
  }
  if (found.changes + facts.length > LIMITS.changesPerBooking) return refuse({ reason: 'TooManyChanges' });
  return accept(...facts);
}

/** Fewer places are always possible. More are a booking of their own: on sale, free, and nobody waiting. */
function whyNotSeats(seats: number, found: Booking, ledger: Ledger, schedule: Schedule, now: Instant): Refusal | null {
  const more = seats - found.seats;
  if (more < 0) return null;
  if (found.status === 'waitlisted') return { reason: 'WaitlistedOnlyShrinks' };
  const closed = whyNotOnSale(ledger, schedule, now);
  if (closed !== null) return closed;
  if (seats > seatLimit(schedule)) return { reason: 'TooManySeats', max: seatLimit(schedule) };
  return canTake(ledger, more) ? null : soldOut(ledger, more);
}

function whyNotOnSale(ledger: Ledger, schedule: Schedule, now: Instant): Refusal | null {
  if (ledger.cancelled !== null) return { reason: 'EventCancelled' };
  if (hasStarted(schedule, now)) return { reason: 'EventStarted' };
  if (!salesHaveOpened(schedule, now)) return { reason: 'SalesNotOpen', salesOpenAt: schedule.salesOpenAt ?? now };
  return salesHaveClosed(schedule, now) ? { reason: 'SalesClosed' } : null;
}

const soldOut = (ledger: Ledger, requested: number): Refusal => ({
  reason: 'SoldOut',
  requested,
  free: freeSeats(ledger),
  waiting: ledger.waitlist.length,
});

const withDeadline = (found: Booking): BookingData =>
  found.status === 'held' ? { expiresAt: found.expiresAt, ...dataOf(found) } : dataOf(found);
