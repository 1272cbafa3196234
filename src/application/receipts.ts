import type { Refusal } from '../domain/booking/commands.js';
import type { BookingEvent, ClaimFact, Instant, ScheduleFact } from '../domain/booking/events.js';
import type { Booking, Ledger } from '../domain/booking/ledger.js';
import { takerOf } from '../domain/booking/taker.js';
import type { Refused } from '../domain/decider.js';
import type { BookingView, Position } from './ports.js';

/** What a booking command answers: the booking after it, built from its one fact, the first time and on replay alike. */
export type BookingReceipt = Omit<BookingView, 'waitlistPosition'>;

/** What an event command answers: where the event stands, and the data of the facts that the command wrote. */
export interface EventReceipt {
  readonly eventId: string;
  readonly status: 'scheduled' | 'cancelled';
  readonly revision: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A fact in its place, as far as a receipt needs it. */
export interface Placed<Fact extends BookingEvent = BookingEvent> {
  readonly event: Fact;
  readonly revision: number;
  readonly occurredAt: Instant;
}

/** How a command that was not refused ended. */
export interface Done<Receipt> {
  readonly receipt: Receipt;
  readonly position: Position;
  /** The answer of an earlier request with the same Idempotency-Key. */
  readonly replayed: boolean;
}

/** A refusal and what it rests on. */
export interface Denied extends Refused<Refusal> {
  /** Of the ledger on which it was decided. */
  readonly revision: number;
  /** Revision of the fact that had taken what was asked for; null where none had. */
  readonly takenAt: number | null;
  readonly decidedAt: Instant;
}

/** How a command ended: done (now or by an earlier request with the same key), or refused. Faults are thrown. */
export type Answer<Receipt> = ({ readonly accepted: true } & Done<Receipt>) | Denied;

export function deniedOn(ledger: Ledger, refusal: Refusal, decidedAt: Instant): Denied {
  return { accepted: false, refusal, revision: ledger.revision, takenAt: takerOf(refusal, ledger), decidedAt };
}

export function bookingReceipt(eventId: string, { event, revision, occurredAt }: Placed<ClaimFact>): BookingReceipt {
  const { bookingId, userId, seats, status, reference, expiresAt, offer, createdAt } = event.data;
  const reason = event.type === 'BookingCancelled' ? event.data.reason : undefined;
  const ended = status === 'cancelled' || status === 'expired';
  return {
    bookingId,
    eventId,
    userId,
    seats,
    status,
    reference: reference ?? null,
    expiresAt: expiresAt ?? null,
    offer,
    createdAt,
    updatedAt: occurredAt,
    endedReason: ended ? (reason ?? status) : null,
    revision,
  };
}

/** The booking as it is, for a command that had nothing to do. */
export function bookingAsItIs(eventId: string, booking: Booking): BookingReceipt {
  const { bookingId, userId, seats, status, reference, offer, createdAt, updatedAt, revision } = booking;
  const expiresAt = booking.status === 'held' ? booking.expiresAt : null;
  const endedReason = 'endedReason' in booking ? booking.endedReason : null;
  const claim = { bookingId, eventId, userId, seats, status, reference, expiresAt, offer };
  return { ...claim, createdAt, updatedAt, endedReason, revision };
}

/** `cancelledAt`: the revision at which the event was called off, so that a replay says what the first answer said. */
export function eventReceipt(
  eventId: string,
  facts: readonly Placed<ScheduleFact>[],
  cancelledAt: number | null,
): EventReceipt {
  const data: Record<string, unknown> = Object.assign({}, ...facts.map(({ event }) => event.data));
  const revision = facts.at(-1)?.revision ?? -1;
  const status = cancelledAt !== null && cancelledAt <= revision ? 'cancelled' : 'scheduled';
  return { eventId, status, revision, data };
}

export function eventAsItIs(eventId: string, ledger: Ledger): EventReceipt {
  const status = ledger.cancelled === null ? 'scheduled' : 'cancelled';
  return { eventId, status, revision: ledger.settingsRevision, data: {} };
}
