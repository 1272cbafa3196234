import type { BookingEvent, BookingStatus } from '../../domain/booking/events.js';
import { StreamUnreadable } from '../errors.js';
import type { EventStore } from '../ports.js';

/** An answer that somebody was given: what it said has to stand in the log, where it said. */
export interface Acknowledged {
  readonly bookingId: string;
  readonly userId: string;
  readonly status: BookingStatus;
  readonly revision: number;
}

/** What the log itself says of one event: that it was never oversold, that nobody had two places, or where. */
export interface Evidence {
  /** Nothing was found. */
  readonly isSound: boolean;
  /** The revisions that were read: all of the stream, or those before one that is missing. Null: there were none. */
  readonly revisions: { readonly from: number; readonly to: number } | null;
  readonly capacity: number;
  /** Places taken after the last of them, and the most there ever were. */
  readonly taken: number;
  readonly mostTaken: number;
  /** Revisions after which more places were taken than there are, and the first of them. */
  readonly oversold: number;
  readonly oversoldAt: readonly number[];
  /** Users who had two bookings at a time, and the first of them with the revision at which they came to. */
  readonly usersTwice: number;
  readonly twice: readonly { readonly userId: string; readonly revision: number }[];
  /** Answers that were given, those of them that the log does not bear out, and the first of these. */
  readonly acknowledged: number;
  readonly missing: number;
  readonly missed: readonly Acknowledged[];
}

/** Of each finding so many are named. */
const NAMED = 10;

/**
 * Reads a stream from its beginning and counts, from the facts alone: not with the ledger that decided, which would say of
 * its own work that it is right. Behind a record that is missing, or cannot be read, nothing is borne out. Throws
 * StoreUnavailable.
 */
export async function evidenceIn(
  store: Pick<EventStore, 'read'>,
  stream: string,
  acknowledged: readonly Acknowledged[],
): Promise<Evidence> {
  const count = new Count();
  try {
    for await (const page of store.read(stream, 0)) for (const { event, revision } of page) count.take(event, revision);
  } catch (error) {
    if (!(error instanceof StreamUnreadable)) throw error;
  }
  const missed = acknowledged.filter((answer) => !count.bearsOut(answer));
  const { oversoldAt, twice } = count;
  return {
    isSound: oversoldAt.length === 0 && twice.length === 0 && missed.length === 0,
    revisions: count.last < 0 ? null : { from: 0, to: count.last },
    ...{ capacity: count.capacity, taken: count.taken, mostTaken: count.mostTaken },
    ...{ oversold: oversoldAt.length, oversoldAt: oversoldAt.slice(0, NAMED) },
    ...{ usersTwice: new Set(twice.map(({ userId }) => userId)).size, twice: twice.slice(0, NAMED) },
    ...{ acknowledged: acknowledged.length, missing: missed.length, missed: missed.slice(0, NAMED) },
  };
}

/** Who has which places after each fact. */
class Count {
  last = -1;
  capacity = 0;
  taken = 0;
  mostTaken = 0;
  readonly oversoldAt: number[] = [];
  readonly twice: { userId: string; revision: number }[] = [];
  private readonly places = new Map<string, { readonly userId: string; readonly seats: number }>();
  private readonly bookings = new Map<string, number>();
  /** By revision, what a booking was said to be there. */
  private readonly said = new Map<number, Omit<Acknowledged, 'revision'>>();

  take(event: BookingEvent, revision: number): void {
    this.last = revision;
    switch (event.type) {
      case 'EventScheduled':
      case 'CapacityChanged':
        this.capacity = event.data.capacity;
        break;
      case 'BookingHeld':
      case 'BookingConfirmed':
        this.have(event.data, revision);
        break;
      case 'BookingSeatsChanged':
        if (this.places.has(event.data.bookingId)) this.have(event.data, revision);
        break;
      case 'BookingCancelled':
      case 'HoldExpired':
        this.giveBack(event.data.bookingId);
        break;
      case 'EventCancelled':
        for (const bookingId of [...this.places.keys()]) this.giveBack(bookingId);
        break;
      case 'EventRenamed':
      case 'EventRescheduled':
      case 'EventRulesChanged':
      case 'BookingWaitlisted':
      case 'HoldExtended':
      case 'BookingReferenceChanged':
        break;
      default:
        event satisfies never;
    }
    if ('bookingId' in event.data) this.said.set(revision, event.data);
    this.mostTaken = Math.max(this.mostTaken, this.taken);
    if (this.taken > this.capacity) this.oversoldAt.push(revision);
  }

  bearsOut({ bookingId, userId, status, revision }: Acknowledged): boolean {
    const said = this.said.get(revision);
    return said?.bookingId === bookingId && said.userId === userId && said.status === status;
  }

  private have({ bookingId, userId, seats }: { bookingId: string; userId: string; seats: number }, at: number): void {
    const before = this.places.get(bookingId);
    this.places.set(bookingId, { userId, seats });
    this.taken += seats - (before?.seats ?? 0);
    if (before !== undefined) return;
    const theirs = (this.bookings.get(userId) ?? 0) + 1;
    this.bookings.set(userId, theirs);
    if (theirs > 1) this.twice.push({ userId, revision: at });
  }

  private giveBack(bookingId: string): void {
    const had = this.places.get(bookingId);
    if (had === undefined) return;
    this.places.delete(bookingId);
    this.taken -= had.seats;
    this.bookings.set(had.userId, this.bookings.get(had.userId)! - 1);
  }
}
