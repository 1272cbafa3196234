/** Milliseconds since 1970-01-01T00:00:00Z. The log stores the same instant as text (`2027-03-01T18:00:00.000Z`). */
export type Instant = number;

export type BookingStatus = 'waitlisted' | 'held' | 'confirmed' | 'cancelled' | 'expired';

/** The booking as it is after the fact, so that an answer can be built from one fact alone. */
export interface BookingData {
  /** Which booking: the id of the command that began it. */
  readonly bookingId: string;
  /** Whose it is: an opaque id, never a name. */
  readonly userId: string;
  /** How many places it is for. */
  readonly seats: number;
  /** Where it stands after this fact. */
  readonly status: BookingStatus;
  /** The caller's own reference, such as an order number. */
  readonly reference?: string;
  /** True when the hold came from the waitlist. */
  readonly offer: boolean;
  /** Only while held: when the places fall back. */
  readonly expiresAt?: Instant;
  /** When the booking began. */
  readonly createdAt: Instant;
}

/** How an event is sold. Everything in here can be changed until the event starts. */
export interface Rules {
  /** How long a hold keeps its places unless the caller says, in seconds. */
  readonly holdSeconds: number;
  /** How long an offer from the waitlist stands, in seconds. */
  readonly offerSeconds: number;
  /** Nothing is sold before; without it, at once. */
  readonly salesOpenAt?: Instant;
  /** Nothing is sold, promoted or held from then on; without it, from the start. */
  readonly salesCloseAt?: Instant;
  /** Until when users may cancel; without it, until the start. */
  readonly cancelUntil?: Instant;
  /** The most places that one booking may have. */
  readonly maxSeatsPerBooking: number;
  /** How many bookings may stand in line at once. */
  readonly waitlistLimit: number;
}

/** What is said of an event when it is put up for booking. */
export interface ScheduleData extends Rules {
  /** What it is called: the organiser's own words. */
  readonly title: string;
  /** When it starts. */
  readonly startsAt: Instant;
  /** When it ends; without it the end is open. */
  readonly endsAt?: Instant;
  /** The IANA time zone in which its times are meant to be shown. */
  readonly timeZone: string;
  /** How many places there are. */
  readonly capacity: number;
  /** The room, court or person that it takes up. */
  readonly resource?: string;
}

/** The rules that changed; `null` says that one was cleared. */
export type RulesChange = { readonly [Rule in keyof Rules]?: Rules[Rule] | null };

/** An event can be booked from now on. Always revision 0 of its stream. */
export interface EventScheduled {
  readonly type: 'EventScheduled';
  readonly data: ScheduleData;
}

/** The event has another title. The only change a started or cancelled event takes. */
export interface EventRenamed {
  readonly type: 'EventRenamed';
  readonly data: {
    /** What it is called from now on. */
    readonly title: string;
  };
}

/** The event takes place at another time; its bookings stay. Without `endsAt` the end is open. */
export interface EventRescheduled {
  readonly type: 'EventRescheduled';
  readonly data: {
    /** When it starts. */
    readonly startsAt: Instant;
    /** When it ends. */
    readonly endsAt?: Instant;
  };
}

/** The event has another number of places, never fewer than are taken. */
export interface CapacityChanged {
  readonly type: 'CapacityChanged';
  readonly data: {
    /** How many places there are now. */
    readonly capacity: number;
  };
}

/** The event is sold by other rules from now on. */
export interface EventRulesChanged {
  readonly type: 'EventRulesChanged';
  readonly data: RulesChange;
}

/** The event will not take place. One fact ends every booking and every waitlist entry. */
export interface EventCancelled {
  readonly type: 'EventCancelled';
  readonly data: {
    /** Why, as a code of the caller's own. */
    readonly reason?: string;
  };
}

/** A user stands in line: no place is taken yet. */
export interface BookingWaitlisted {
  readonly type: 'BookingWaitlisted';
  readonly data: BookingData;
}

/** Places are kept for a user until `expiresAt`. From the waitlist it is an offer and has no ceiling. */
export interface BookingHeld {
  readonly type: 'BookingHeld';
  readonly data: BookingData & {
    /** The latest end that the hold can be extended to; an offer has none. */
    readonly ceilingAt?: Instant;
  };
}

/** A hold was given more time. */
export interface HoldExtended {
  readonly type: 'HoldExtended';
  readonly data: BookingData & {
    /** The latest end that the hold can be extended to; an offer has none. */
    readonly ceilingAt?: Instant;
  };
}

/** Nobody confirmed in time: the places are free again. */
export interface HoldExpired {
  readonly type: 'HoldExpired';
  readonly data: BookingData;
}

/** The places belong to the user. */
export interface BookingConfirmed {
  readonly type: 'BookingConfirmed';
  readonly data: BookingData;
}

/** The booking is for another number of places. */
export interface BookingSeatsChanged {
  readonly type: 'BookingSeatsChanged';
  readonly data: BookingData;
}

/** The booking carries another reference of the caller's own. */
export interface BookingReferenceChanged {
  readonly type: 'BookingReferenceChanged';
  readonly data: BookingData;
}

/** The user, the box office or settle gave the places (or the turn in the line) back. */
export interface BookingCancelled {
  readonly type: 'BookingCancelled';
  readonly data: BookingData & {
    /** Why, as a code: the caller's own, or one of settle's. */
    readonly reason?: string;
  };
}

/** A fact about one booking. */
export type ClaimFact =
  | BookingWaitlisted
  | BookingHeld
  | HoldExtended
  | HoldExpired
  | BookingConfirmed
  | BookingSeatsChanged
  | BookingReferenceChanged
  | BookingCancelled;

/** A fact about the event itself. */
export type ScheduleFact =
  EventScheduled | EventRenamed | EventRescheduled | CapacityChanged | EventRulesChanged | EventCancelled;

/** Everything that can ever stand in a booking stream. Stored names never change meaning. */
export type BookingEvent = ScheduleFact | ClaimFact;

/** One fact in its place in the stream: what a fold needs to know of it. */
export interface Recorded {
  readonly event: BookingEvent;
  /** Position in the stream, from 0. */
  readonly revision: number;
  readonly commandId: string;
  readonly actor: string;
  readonly occurredAt: Instant;
  /** SHA-256 of the record, in hex: the link that the next record carries as its `prevHash`. */
  readonly hash: string;
}

/** The actor of everything that settle writes. */
export const SETTLE = 'system:settle';

/** True for a fact about one booking, false for one about the event. */
export function isClaimFact(event: BookingEvent): event is ClaimFact {
  switch (event.type) {
    case 'BookingWaitlisted':
    case 'BookingHeld':
    case 'HoldExtended':
    case 'HoldExpired':
    case 'BookingConfirmed':
    case 'BookingSeatsChanged':
    case 'BookingReferenceChanged':
    case 'BookingCancelled':
      return true;
    case 'EventScheduled':
    case 'EventRenamed':
    case 'EventRescheduled':
    case 'CapacityChanged':
    case 'EventRulesChanged':
    case 'EventCancelled':
      return false;
    default:
      return event satisfies never;
  }
}
