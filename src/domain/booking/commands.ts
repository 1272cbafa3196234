import type { Instant, ScheduleData, RulesChange } from './events.js';

/**
 * What the caller believes about the resource: the revision of the copy it holds, or merely that it exists.
 * A revision that cannot be (another resource's tag) is -1. Null: the caller said nothing.
 */
export type IfMatch = { readonly revision: number } | 'exists' | null;

/** Put an event up for booking. */
export interface ScheduleEvent {
  readonly type: 'ScheduleEvent';
  /** `waitlistLimit` absent: as many as there are places, within the house's bound. */
  readonly schedule: Omit<ScheduleData, 'waitlistLimit'> & { readonly waitlistLimit?: number };
}

/** Change what is said of an event. Absent = unchanged, null = cleared. */
export interface ChangeEvent {
  readonly type: 'ChangeEvent';
  readonly ifMatch: IfMatch;
  readonly title?: string;
  readonly startsAt?: Instant;
  readonly endsAt?: Instant | null;
  readonly capacity?: number;
  readonly rules: RulesChange;
}

/** Call an event off, and with it every booking. */
export interface CancelEvent {
  readonly type: 'CancelEvent';
  readonly ifMatch: IfMatch;
  readonly reason?: string;
}

/** Take places: at once, as a hold, or a turn in the line. */
export interface BookPlace {
  readonly type: 'BookPlace';
  readonly bookingId: string;
  readonly userId: string;
  readonly seats: number;
  /** Hold the places first instead of booking them. */
  readonly hold: boolean;
  /** Only with `hold`; absent: the event's own `holdSeconds`. */
  readonly holdSeconds?: number;
  /** Stand in line when no place can be had. */
  readonly waitlist: boolean;
  readonly reference?: string;
  /** The user has so many open holds already, over all events, and may have no more. Absent: may have one. */
  readonly holdsReached?: number;
}

/** What every command about an existing booking says of it. */
interface OnBooking {
  readonly bookingId: string;
  /** Only this user's booking counts as existing. Null: anybody's (the box office asks). */
  readonly owner: string | null;
  readonly ifMatch: IfMatch;
}

/** Turn a hold into a booking. */
export interface ConfirmBooking extends OnBooking {
  readonly type: 'ConfirmBooking';
}

/** Ask for more time: until `seconds` from now. */
export interface ExtendHold extends OnBooking {
  readonly type: 'ExtendHold';
  readonly seconds: number;
}

/** Give the places, or the turn in the line, back. */
export interface CancelBooking extends OnBooking {
  readonly type: 'CancelBooking';
  readonly reason?: string;
}

/** Change a booking. Absent = unchanged, null = cleared. */
export interface ChangeBooking extends OnBooking {
  readonly type: 'ChangeBooking';
  readonly seats?: number;
  readonly reference?: string | null;
}

/** Write what time and earlier commands have made due, and nothing else. */
export interface Settle {
  readonly type: 'Settle';
}

export type EventCommand = ScheduleEvent | ChangeEvent | CancelEvent;
export type ClaimCommand = BookPlace | ConfirmBooking | ExtendHold | CancelBooking | ChangeBooking;
export type BookingCommand = EventCommand | ClaimCommand | Settle;

/** Every business "no" there is. The reason is the name; what the caller needs to act on it is beside it. */
export type Refusal =
  | { readonly reason: 'NotFound' }
  | { readonly reason: 'PreconditionFailed' }
  | { readonly reason: 'PreconditionRequired' }
  | { readonly reason: 'KeyReused' }
  | { readonly reason: 'InvalidSettings'; readonly pointer: string; readonly expected: string }
  | { readonly reason: 'SoldOut'; readonly requested: number; readonly free: number; readonly waiting: number }
  | { readonly reason: 'AlreadyBooked'; readonly bookingId: string }
  | { readonly reason: 'HoldLapsed' }
  | { readonly reason: 'NotHeld' }
  | { readonly reason: 'BookingEnded' }
  | { readonly reason: 'HoldCeiling'; readonly ceilingAt: Instant }
  | { readonly reason: 'TooManySeats'; readonly max: number }
  | { readonly reason: 'TooManyBookings' }
  | { readonly reason: 'TooManyHolds'; readonly max: number }
  | { readonly reason: 'TooManyChanges' }
  | { readonly reason: 'EventStarted' }
  | { readonly reason: 'EventCancelled' }
  | { readonly reason: 'EventExists' }
  | { readonly reason: 'StartsInPast' }
  | { readonly reason: 'SalesNotOpen'; readonly salesOpenAt: Instant }
  | { readonly reason: 'SalesClosed' }
  | { readonly reason: 'CancellationClosed' }
  | { readonly reason: 'CapacityBelowTaken'; readonly taken: number }
  | { readonly reason: 'WaitlistFull' }
  | { readonly reason: 'WaitlistedOnlyShrinks' }
  | { readonly reason: 'NotExtendable' };
