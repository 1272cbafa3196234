import type { StreamNames } from '../../src/application/envelope.js';
import {
  recordedOf,
  type After,
  type AnyBookingFilter,
  type BookingView,
  type BookingViews,
  type CalendarEntry,
  type EventFeed,
  type EventFilter,
  type EventView,
  type Position,
  type Shown,
} from '../../src/application/ports.js';
import type { Instant } from '../../src/domain/booking/events.js';
import { presentBooking } from '../../src/domain/booking/bookings.js';
import { evolve } from '../../src/domain/booking/evolve.js';
import { initial, type Ledger } from '../../src/domain/booking/ledger.js';
import { freeSeats } from '../../src/domain/booking/policy.js';
import { nextSettlement } from '../../src/domain/booking/settle.js';

/**
 * The read model without tables: the domain's own fold of the whole log, one ledger for each event. Every question first
 * reads the log to its end, so that answers are up to date, unless `isPaused` says to lag behind.
 */
export class FoldedViews implements BookingViews {
  /** While true, answers show what was shown before. */
  isPaused = false;
  /** While set, every call throws it. */
  fault: Error | null = null;
  private readonly ledgers = new Map<string, Ledger>();
  private readonly changedAt = new Map<string, Instant>();
  private shown: Position = 0n;
  private catchingUp: Promise<void> = Promise.resolve();

  constructor(
    private readonly feed: EventFeed,
    private readonly streams: StreamNames,
  ) {}

  event(eventId: string): Promise<Shown<EventView | null>> {
    return this.ask(() => {
      const ledger = this.ledgers.get(eventId);
      return ledger === undefined ? null : this.eventView(eventId, ledger);
    });
  }

  events(filter: EventFilter, limit: number, after: After | null): Promise<Shown<readonly EventView[]>> {
    const isAfter = ({ startsAt, eventId }: EventView): boolean =>
      after === null || startsAt > after.at || (startsAt === after.at && eventId > after.id);
    return this.ask(() =>
      [...this.ledgers]
        .map(([eventId, ledger]) => this.eventView(eventId, ledger))
        .filter((event) => fits(event, filter) && isAfter(event))
        .sort((a, b) => a.startsAt - b.startsAt || (a.eventId < b.eventId ? -1 : 1))
        .slice(0, limit),
    );
  }

  booking(eventId: string, bookingId: string): Promise<Shown<BookingView | null>> {
    return this.ask(() => {
      const ledger = this.ledgers.get(eventId);
      return ledger === undefined ? null : bookingView(eventId, bookingId, ledger);
    });
  }

  calendarEntry(eventId: string, bookingId: string): Promise<Shown<CalendarEntry | null>> {
    return this.ask(() => {
      const ledger = this.ledgers.get(eventId);
      const booking = ledger === undefined ? null : bookingView(eventId, bookingId, ledger);
      return booking === null ? null : { event: this.eventView(eventId, ledger!), booking };
    });
  }

  bookings(filter: AnyBookingFilter, limit: number, after: After | null): Promise<Shown<readonly BookingView[]>> {
    const isAfter = ({ createdAt, bookingId }: BookingView): boolean =>
      after === null || createdAt < after.at || (createdAt === after.at && bookingId < after.id);
    const isWanted = (booking: BookingView): boolean =>
      Object.entries(filter).every(([name, value]) => booking[name as keyof BookingView] === value);
    return this.ask(() =>
      [...this.ledgers]
        .flatMap(([eventId, ledger]) => [...ledger.bookings.keys()].map((id) => bookingView(eventId, id, ledger)!))
        .filter((booking) => isWanted(booking) && isAfter(booking))
        .sort((a, b) => b.createdAt - a.createdAt || (b.bookingId < a.bookingId ? -1 : 1))
        .slice(0, limit),
    );
  }

  async position(): Promise<Position> {
    return (await this.ask(() => null)).position;
  }

  async unsettled(now: Instant, limit: number): Promise<readonly { eventId: string; revision: number }[]> {
    const due = await this.ask(() =>
      [...this.ledgers]
        .filter(([, ledger]) => nextSettlement(ledger, now, 'everything') !== null)
        .map(([eventId, { revision }]) => ({ eventId, revision })),
    );
    return due.value.slice(0, limit);
  }

  private eventView(eventId: string, ledger: Ledger): EventView {
    return eventView(eventId, ledger, this.changedAt.get(eventId)!);
  }

  private async ask<T>(answer: () => T): Promise<Shown<T>> {
    if (this.fault !== null) throw this.fault;
    if (!this.isPaused) {
      this.catchingUp = this.catchingUp.then(() => this.catchUp());
      await this.catchingUp;
    }
    return { value: answer(), position: this.shown };
  }

  private async catchUp(): Promise<void> {
    const head = await this.feed.head();
    if (this.shown >= head) return;
    const enough = new AbortController();
    for await (const page of this.feed.after(this.shown, enough.signal)) {
      for (const record of page) {
        if ('unreadable' in record) throw new Error(`record ${record.id} cannot be read`);
        const eventId = this.streams.eventIdOf(record.stream);
        const ledger = this.ledgers.get(eventId) ?? initial();
        evolve(ledger, recordedOf(record));
        this.ledgers.set(eventId, ledger);
        this.changedAt.set(eventId, record.metadata.occurredAt);
        this.shown = record.position;
      }
      if (this.shown >= head) break;
    }
    enough.abort();
  }
}

function eventView(eventId: string, ledger: Ledger, updatedAt: Instant): EventView {
  const { schedule, seatsTaken, seatsHeld, waitlist, cancelled, revision } = ledger;
  if (schedule === null) throw new Error(`event ${eventId} has no schedule`);
  const { endsAt, resource, salesOpenAt, salesCloseAt, cancelUntil, ...rest } = schedule;
  const seatsFree = freeSeats(ledger);
  return {
    eventId,
    ...rest,
    endsAt: endsAt ?? null,
    resource: resource ?? null,
    salesOpenAt: salesOpenAt ?? null,
    salesCloseAt: salesCloseAt ?? null,
    cancelUntil: cancelUntil ?? null,
    ...{ seatsTaken, seatsHeld, seatsFree },
    waiting: waitlist.length,
    isBooked: seatsFree === 0,
    status: cancelled === null ? 'scheduled' : 'cancelled',
    ...{ updatedAt, revision },
  };
}

function bookingView(eventId: string, bookingId: string, ledger: Ledger): BookingView | null {
  const booking = presentBooking(ledger, bookingId);
  if (booking === undefined) return null;
  const { userId, seats, status, reference, offer, createdAt, updatedAt, revision } = booking;
  return {
    ...{ bookingId, eventId, userId, seats, status, reference, offer, createdAt, updatedAt, revision },
    expiresAt: booking.status === 'held' ? booking.expiresAt : null,
    endedReason: 'endedReason' in booking ? booking.endedReason : null,
    waitlistPosition: booking.status === 'waitlisted' ? turnOf(bookingId, ledger) : null,
  };
}

function turnOf(bookingId: string, { waitlist }: Ledger): number {
  let turns = 1;
  for (let turn = waitlist.head; turn !== null && turn.bookingId !== bookingId; turn = turn.behind) turns += 1;
  return turns;
}

function fits(event: EventView, { from, to, resource, available, status }: EventFilter): boolean {
  return (
    (from === undefined || event.startsAt >= from) &&
    (to === undefined || event.startsAt < to) &&
    (resource === undefined || event.resource === resource) &&
    (available === undefined || event.seatsFree > 0 === available) &&
    (status === undefined || event.status === status)
  );
}
