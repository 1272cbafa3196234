import type { Instant, ScheduleData } from './events.js';
import type { Deadlines } from './holds.js';
import { emptyWaitlist, type Waitlist } from './waitlist.js';

export type Schedule = ScheduleData;

/** What bookings of every status have. */
export interface Claim {
  readonly bookingId: string;
  readonly userId: string;
  readonly seats: number;
  readonly reference: string | null;
  readonly offer: boolean;
  readonly createdAt: Instant;
  /** Of the latest fact about this booking. */
  readonly updatedAt: Instant;
  readonly revision: number;
  /** The how-many-eth booking of this user on this event it is. */
  readonly ordinal: number;
  readonly changes: number;
}

/** A booking is replaced, never changed, so that whoever holds one holds a snapshot. */
export type Booking =
  | (Claim & { readonly status: 'waitlisted' | 'confirmed' })
  | HeldBooking
  | (Claim & { readonly status: 'cancelled' | 'expired'; readonly endedReason: string });

export type HeldBooking = Claim & {
  readonly status: 'held';
  readonly expiresAt: Instant;
  /** Null for offers: they have no ceiling and cannot be extended. */
  readonly ceilingAt: Instant | null;
  readonly extensions: number;
};

/**
 * For every number of seats that one booking can ask for, from 1: the revision of the fact that last took the free places
 * from that many or more to fewer. Absent where that has never happened. What answers "who took the last place?" without a
 * look back.
 */
export type Takers = number[];

/** The folded state of one stream: everything a decision about one event may look at. */
export interface Ledger {
  /** Of the last fact; -1 when there is none. */
  revision: number;
  /** Of the last fact; empty when there is none. */
  hash: string;
  occurredAt: Instant;
  /** The command that last opened a way for somebody waiting: what settle names as the cause of a promotion. */
  cause: string;
  schedule: Schedule | null;
  /** Whether the event itself was called off: then no booking of it is active any more. */
  cancelled: { readonly revision: number; readonly at: Instant } | null;
  /** Of the last fact about the event itself. */
  settingsRevision: number;
  /** Held and confirmed. */
  seatsTaken: number;
  seatsHeld: number;
  holdsOpen: number;
  readonly takers: Takers;
  readonly bookings: Map<string, Booking>;
  /** The active booking of each user, or else the last one that ended. */
  readonly latestOf: Map<string, string>;
  waitlist: Waitlist;
  deadlines: Deadlines;
  /** commandId → revision of its first fact, for those that can come again. */
  readonly commands: Map<string, number>;
}

export const initial = (): Ledger => ({
  revision: -1,
  hash: '',
  occurredAt: 0,
  cause: '',
  schedule: null,
  cancelled: null,
  settingsRevision: -1,
  seatsTaken: 0,
  seatsHeld: 0,
  holdsOpen: 0,
  takers: [],
  bookings: new Map(),
  latestOf: new Map(),
  waitlist: emptyWaitlist(),
  deadlines: [],
  commands: new Map(),
});
