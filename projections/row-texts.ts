import type { BookingStatus, Instant, ScheduleData } from '../src/domain/booking/events.js';
import { flag, rowText, timestamp } from './canonical.js';
import { Poison } from './projection.js';

/** An event as its facts leave it. */
export interface EventState {
  data: ScheduleData | null;
  cancelled: boolean;
  scheduledAt: Instant;
  updatedAt: Instant;
  revision: number;
  taken: number;
  held: number;
  waiting: number;
  readonly active: Map<string, { readonly status: BookingStatus; readonly seats: number }>;
}

/** A booking after one of its facts. */
export interface State {
  readonly eventId: string;
  readonly userId: string;
  readonly seats: number;
  readonly status: BookingStatus;
  readonly reference: string | null;
  readonly offer: boolean;
  readonly bookingTime: Instant;
  readonly expiresAt: Instant | null;
  readonly waitlistRevision: number | null;
  readonly at: Instant;
  readonly revision: number;
  readonly endedReason: string | null;
  readonly change: string;
  readonly actor: string;
}

export const isActive = (status: BookingStatus): boolean => status !== 'cancelled' && status !== 'expired';

/** The row of `events`. */
export function eventText(eventId: string, state: EventState): string {
  const { data, cancelled, taken, held, waiting, scheduledAt, updatedAt, revision } = state;
  if (data === null) throw new Poison(`the stream of ${eventId} does not begin with EventScheduled`);
  const { startsAt, salesCloseAt = startsAt } = data;
  return rowText([
    ...[eventId, data.title, timestamp(startsAt), timestamp(data.endsAt), data.timeZone, data.resource ?? null],
    ...[`${data.capacity}`, `${taken}`, `${held}`, `${waiting}`, flag(taken === data.capacity)],
    ...[cancelled ? 'cancelled' : 'scheduled', `${data.holdSeconds}`, `${data.offerSeconds}`],
    ...[timestamp(data.salesOpenAt), timestamp(data.salesCloseAt), timestamp(data.cancelUntil)],
    ...[`${data.maxSeatsPerBooking}`, `${data.waitlistLimit}`, timestamp(Math.min(salesCloseAt, startsAt))],
    ...[timestamp(scheduledAt), timestamp(updatedAt), `${revision}`],
  ]);
}

/** The row of `bookings` or, once it has ended, of `past_bookings`. */
export function bookingText(bookingId: string, state: State): string {
  const { userId, eventId, seats, status, reference, offer, bookingTime, expiresAt, waitlistRevision } = state;
  const turn = waitlistRevision === null ? null : `${waitlistRevision}`;
  return rowText([
    ...[bookingId, userId, eventId, `${seats}`, status, reference, flag(offer), timestamp(bookingTime)],
    ...[timestamp(expiresAt), turn, timestamp(state.at), `${state.revision}`],
    ...(isActive(status) ? [] : [timestamp(state.at), state.endedReason]),
  ]);
}

/** The row of `booking_history`; `validTo` null while it is so. */
export function historyText(bookingId: string, state: State, validTo: Instant | null): string {
  const { revision, eventId, userId, change, seats, status, reference, offer, expiresAt, endedReason, actor } = state;
  return rowText([
    ...[bookingId, `${revision}`, eventId, userId, change, `${seats}`, status, reference, flag(offer)],
    ...[timestamp(expiresAt), endedReason, actor, timestamp(state.at), timestamp(validTo)],
  ]);
}
