import type { Booking, Claim, Ledger } from './ledger.js';
import { isActive, salesCloseAt } from './policy.js';

/** The user's active booking on this event, if there is one. */
export function activeBookingOf(ledger: Ledger, userId: string): Booking | undefined {
  if (ledger.cancelled !== null) return undefined;
  const booking = latestBookingOf(ledger, userId);
  return booking !== undefined && isActive(booking) ? booking : undefined;
}

export function latestBookingOf(ledger: Ledger, userId: string): Booking | undefined {
  const bookingId = ledger.latestOf.get(userId);
  return bookingId === undefined ? undefined : ledger.bookings.get(bookingId);
}

/**
 * A booking as it stands: ended when the event was called off (one fact ended them all), and due no later than sales
 * close. What a reader is shown.
 */
export function presentBooking(ledger: Ledger, bookingId: string): Booking | undefined {
  const booking = ledger.bookings.get(bookingId);
  if (booking === undefined || !isActive(booking)) return booking;
  if (ledger.cancelled !== null) {
    const { revision, at } = ledger.cancelled;
    return { ...claimOf(booking), status: 'cancelled', endedReason: 'event-cancelled', revision, updatedAt: at };
  }
  if (booking.status === 'held' && ledger.schedule !== null)
    return { ...booking, expiresAt: Math.min(booking.expiresAt, salesCloseAt(ledger.schedule)) };
  return booking;
}

function claimOf(booking: Booking): Claim {
  const { bookingId, userId, seats, reference, offer, createdAt, updatedAt, revision, ordinal, changes } = booking;
  return { bookingId, userId, seats, reference, offer, createdAt, updatedAt, revision, ordinal, changes };
}
