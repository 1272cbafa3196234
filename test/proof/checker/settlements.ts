import type { Fact, Ledger } from './ledger.js';
import { decidedAt } from './order.js';

export interface SettlementFault {
  readonly invariant: 'I4' | 'I7';
  readonly what: string;
}

/**
 * Why settle may not have written this where it stands; null when it was due. Settle lapses what is due, ends what can
 * never be served, and promotes the head of the line: nothing else, and nothing on a cancelled event.
 */
export function faultOfSettlement(fact: Fact, ledger: Ledger): SettlementFault | null {
  const { type, data, occurredAt, causationId } = fact;
  const { bookingId = '' } = data;
  const { settings, cancelled, salesEnd, startsAt, occurredAt: before } = ledger.prefix(ledger.length);
  const found = ledger.standing(bookingId, ledger.length);
  if (cancelled !== null || found === undefined) return notDue('there was nothing to settle');
  switch (type) {
    case 'HoldExpired':
      if (found.status !== 'held') return notDue(`${bookingId} was ${found.status}`);
      return occurredAt < Math.min(found.expiresAt, salesEnd) ? notDue(`${bookingId} had time left`) : null;
    case 'BookingCancelled': {
      if (found.status !== 'waitlisted') return notDue(`${bookingId} was ${found.status}`);
      const isDue =
        data.reason === 'no-longer-fits'
          ? found.seats > (settings?.capacity ?? 0)
          : occurredAt >= (data.reason === 'event-started' ? startsAt : salesEnd);
      return isDue ? null : notDue(`${bookingId} was taken out of the line for ${data.reason}`);
    }
    case 'BookingHeld': {
      if (found.status !== 'waitlisted' || data.offer !== true) return notDue(`${bookingId} was ${found.status}`);
      const head = ledger.line.keys().next().value;
      if (head !== bookingId) return { invariant: 'I7', what: `${bookingId} overtakes ${head}` };
      if (!ledger.has(causationId)) return notDue(`no command ${causationId} stands before it`);
      return decidedAt(fact, before).from >= salesEnd ? notDue('sales were over') : null;
    }
    default:
      return notDue('settle writes no such thing');
  }
}

const STATUS_AFTER: Readonly<Record<string, string>> = {
  BookingWaitlisted: 'waitlisted',
  BookingHeld: 'held',
  HoldExtended: 'held',
  HoldExpired: 'expired',
  BookingConfirmed: 'confirmed',
  BookingCancelled: 'cancelled',
};

/** What is wrong with a fact about a booking, seen beside the booking before it: it may change what it is about, and no more. */
export function faultOfClaim({ type, data }: Fact, ledger: Ledger): string | null {
  if (data.bookingId === undefined) return null;
  const before = ledger.standing(data.bookingId, ledger.length);
  const { status, userId, seats, reference = null, offer, createdAt = '' } = data;
  if (status !== (STATUS_AFTER[type] ?? before?.status)) return `the booking is ${status} after it`;
  if (before === undefined) return offer === false ? null : 'an offer out of nothing';
  if (userId !== before.userId || Date.parse(createdAt) !== before.createdAt) return 'it is another booking after it';
  if (seats !== before.seats && type !== 'BookingSeatsChanged') return `it has ${seats} seats, not ${before.seats}`;
  if (reference !== before.reference && type !== 'BookingReferenceChanged') return 'it has another reference';
  const isOffer = type === 'BookingHeld' ? true : before.offer;
  return offer === isOffer ? null : 'it came from the line, or it did not';
}

const notDue = (what: string): SettlementFault => ({ invariant: 'I4', what });
