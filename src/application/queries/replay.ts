import { SETTLE, isClaimFact, type Instant } from '../../domain/booking/events.js';
import { presentBooking } from '../../domain/booking/bookings.js';
import { evolve } from '../../domain/booking/evolve.js';
import { initial, type Booking, type Ledger, type Schedule } from '../../domain/booking/ledger.js';
import { freeSeats } from '../../domain/booking/policy.js';
import { StreamUnreadable } from '../errors.js';
import { recordedOf, type EventStore, type Position, type RecordedEvent } from '../ports.js';

/** A moment of the past, inclusive: all that was written up to a place in the log, or had happened by an instant. */
export type Moment = { readonly position: Position } | { readonly at: Instant };

export const isWithin = (record: RecordedEvent, moment: Moment): boolean =>
  'position' in moment ? record.position <= moment.position : record.metadata.occurredAt <= moment.at;

/**
 * Whether a stream was read up to a moment though it could not be read on: what stands in the way was written later. Of an
 * instant nobody can say that.
 */
export const isReadUpTo = (moment: Moment, error: unknown): boolean =>
  'position' in moment && error instanceof StreamUnreadable && (error.position ?? 0n) > moment.position;

/** The places of one event after some fact. */
export interface Places {
  readonly capacity: number;
  /** Held and confirmed seats. */
  readonly taken: number;
  readonly held: number;
  /** Turns in the line. */
  readonly waiting: number;
  readonly free: number;
  readonly isBooked: boolean;
}

export function placesOf(ledger: Ledger): Places {
  const capacity = ledger.schedule?.capacity ?? 0;
  const free = freeSeats(ledger);
  const { seatsTaken: taken, seatsHeld: held, waitlist } = ledger;
  return { capacity, taken, held, waiting: waitlist.length, free, isBooked: free === 0 };
}

/** One fact, and what was so before and after it. */
export interface Step {
  readonly record: RecordedEvent;
  /** Null before the first fact. */
  readonly before: Places | null;
  readonly after: Places;
  /** The booking that the fact is about; `was` is null when the fact is its first. Null for a fact about the event. */
  readonly booking: { readonly was: Booking | null; readonly is: Booking } | null;
  readonly schedule: { readonly was: Schedule | null; readonly is: Schedule | null };
  /** As it is after the fact, until the next step is asked for. */
  readonly ledger: Ledger;
}

/** The records of one stream, in order and one by one; nothing is kept. Throws as `EventStore.read` does. */
export async function* recordsOf(
  store: Pick<EventStore, 'read'>,
  stream: string,
  fromRevision = 0,
  maxCount?: number,
): AsyncGenerator<RecordedEvent, void> {
  for await (const page of store.read(stream, fromRevision, maxCount)) yield* page;
}

async function* upTo(moment: Moment, records: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent, void> {
  try {
    for await (const record of records) {
      if (!isWithin(record, moment)) return;
      yield record;
    }
  } catch (error) {
    if (!isReadUpTo(moment, error)) throw error;
  }
}

/** The facts of one stream up to a moment (null: all of them), each with what it changed, by the domain's own fold. */
export async function* replay(
  records: AsyncIterable<RecordedEvent>,
  moment: Moment | null,
): AsyncGenerator<Step, void> {
  const ledger = initial();
  let before: Places | null = null;
  for await (const record of moment === null ? records : upTo(moment, records)) {
    const { event } = record;
    const bookingId = isClaimFact(event) ? event.data.bookingId : null;
    const was = bookingId === null ? null : (presentBooking(ledger, bookingId) ?? null);
    const { schedule } = ledger;
    evolve(ledger, recordedOf(record));
    const after = placesOf(ledger);
    const is = bookingId === null ? undefined : presentBooking(ledger, bookingId);
    const booking = is === undefined ? null : { was, is };
    yield { record, before, after, booking, schedule: { was: schedule, is: ledger.schedule }, ledger };
    before = after;
  }
}

export interface HistoryFilter {
  readonly bookingId?: string;
  readonly userId?: string;
}

/**
 * Says of the records of one stream whether they are about a booking: those of the booking or of the user's, and the one
 * fact that called the event off, if it ended one of them. Without a filter: of every one. Asked in their order, from the
 * first one on or from one that is about a booking: a user has one active booking on an event at most.
 */
export function about({ bookingId, userId }: HistoryFilter): (record: RecordedEvent) => boolean {
  if (bookingId === undefined && userId === undefined) return () => true;
  const active = new Set<string>();
  return ({ event }) => {
    if (!isClaimFact(event)) return event.type === 'EventCancelled' && active.size > 0;
    const { data } = event;
    if ((bookingId ?? data.bookingId) !== data.bookingId || (userId ?? data.userId) !== data.userId) return false;
    if (data.status === 'cancelled' || data.status === 'expired') active.delete(data.bookingId);
    else active.add(data.bookingId);
    return true;
  };
}

/** Why it happened, as a code: the one that was given with it, else what kind of fact it is and who wrote it. */
export function reasonOf({ event, metadata }: RecordedEvent): string {
  if ((event.type === 'BookingCancelled' || event.type === 'EventCancelled') && event.data.reason !== undefined)
    return event.data.reason;
  if (event.type === 'HoldExpired') return 'lapsed';
  return metadata.actor === SETTLE ? 'place-came-free' : 'requested';
}
