import type { Books, Data, Moment } from './books.js';

/** What was asked, as the checker understands it. */
export interface Asked {
  readonly type: string;
  readonly bookingId?: string;
  readonly userId?: string;
  readonly owner?: string | null;
  readonly seats?: number;
  /** The revision of the copy that the caller has. */
  readonly ifMatch?: { readonly revision: number } | 'exists' | null;
}

/** Which command may write what. */
export const CAUSES: Readonly<Record<string, readonly string[]>> = {
  ScheduleEvent: ['EventScheduled'],
  ChangeEvent: ['EventRenamed', 'EventRescheduled', 'CapacityChanged', 'EventRulesChanged'],
  CancelEvent: ['EventCancelled'],
  BookPlace: ['BookingConfirmed', 'BookingHeld', 'BookingWaitlisted'],
  ConfirmBooking: ['BookingConfirmed'],
  ExtendHold: ['HoldExtended'],
  CancelBooking: ['BookingCancelled'],
  ChangeBooking: ['BookingSeatsChanged', 'BookingReferenceChanged'],
};
export const QUIET = ['ConfirmBooking', 'CancelBooking', 'ChangeBooking', 'ChangeEvent', 'CancelEvent'];

/** How a booking must have stood for whoever is told this of it. */
export const STATUSES_OF: Readonly<Record<string, readonly string[]>> = {
  NotHeld: ['waitlisted', 'confirmed'],
  WaitlistedOnlyShrinks: ['waitlisted'],
  HoldLapsed: ['expired'],
  HoldCeiling: ['held'],
  NotExtendable: ['held'],
};

/** An event's own copy is meant by a command without a booking. */
export function isOutOfDate({ ifMatch, bookingId }: Asked, books: Books, moment: Moment): boolean {
  return typeof ifMatch === 'object' && ifMatch !== null && books.isStale(ifMatch.revision, bookingId, moment);
}

/** Who changes a booking cannot change a lapsed one either; who confirms or extends it is told otherwise. */
export const isEnded = (status: string, type: string): boolean =>
  status === 'cancelled' || (status === 'expired' && type === 'ChangeBooking');

/** A booking's record speaks of what the command named; one that begins a booking has its seats and its user. */
export function isAbout(asked: Asked, { bookingId, userId, seats }: Data): boolean {
  if (asked.bookingId !== bookingId) return false;
  if (asked.type === 'BookPlace') return asked.userId === userId && asked.seats === seats;
  return asked.owner == null || asked.owner === userId;
}
