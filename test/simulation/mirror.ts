import { Violation, type Data } from './books.js';
import type { Row, TableName, Value } from './database.js';

/** One record of the log as the checker reads it: from stored text. `data` is null where nobody can read it. */
export interface Fact {
  readonly eventId: string;
  readonly revision: number;
  readonly type: string;
  readonly data: Data | null;
  readonly actor: string;
  readonly occurredAt: string;
}

type Draft = Record<string, Value>;
/** What the tables must hold, by table and key; null: no row. */
export type Expected = Map<TableName, Map<string, Row | null>>;

const OPTIONAL = ['ends_at', 'resource', 'sales_open_at', 'sales_close_at', 'cancel_until'];
const COLUMN_OF: Readonly<Record<string, string>> = {
  title: 'title',
  startsAt: 'starts_at',
  endsAt: 'ends_at',
  timeZone: 'time_zone',
  resource: 'resource',
  capacity: 'capacity',
  holdSeconds: 'hold_seconds',
  offerSeconds: 'offer_seconds',
  salesOpenAt: 'sales_open_at',
  salesCloseAt: 'sales_close_at',
  cancelUntil: 'cancel_until',
  maxSeatsPerBooking: 'max_seats_per_booking',
  waitlistLimit: 'waitlist_limit',
};
const isActive = (status: Value | undefined): boolean =>
  status === 'waitlisted' || status === 'held' || status === 'confirmed';

interface Version {
  readonly position: number;
  readonly row: Row;
}

/**
 * What the tables must be after any number of records: a reading of the log that shares no code with the projection.
 * One record at a time, each row whole, every count counted from the bookings.
 */
export class Mirror {
  position = 0;
  private readonly events = new Map<string, Version[]>();
  /** The last row of each booking, of its history included. */
  private readonly bookings = new Map<string, Draft>();
  private readonly ofEvent = new Map<string, Set<string>>();
  private readonly latestHistory = new Map<string, Draft>();
  private readonly all: Expected = new Map();

  /** Folds the records up to a position; answers the rows that have changed. */
  advance(facts: readonly Fact[], to: number): Expected {
    const changed: Expected = new Map();
    while (this.position < to) {
      const fact = facts[this.position]!;
      this.position += 1;
      if (fact.data === null)
        throw new Violation('I6', `the tables passed record ${this.position}, which nobody can read`);
      this.fold(fact, fact.data, changed);
    }
    for (const [table, rows] of changed) {
      const whole = this.all.get(table) ?? new Map<string, Row | null>();
      this.all.set(table, whole);
      for (const [key, row] of rows)
        if (row === null) whole.delete(key);
        else whole.set(key, row);
    }
    return changed;
  }

  expected(table: TableName): ReadonlyMap<string, Row | null> {
    return this.all.get(table) ?? new Map();
  }

  /** The row of an event as the tables showed it at a position at which they stood; null before it began. */
  eventAt(eventId: string, position: number): Row | null {
    const versions = this.events.get(eventId) ?? [];
    for (let at = versions.length - 1; at >= 0; at -= 1)
      if (versions[at]!.position <= position) return versions[at]!.row;
    return null;
  }

  private fold(fact: Fact, data: Data, changed: Expected): void {
    const { eventId } = fact;
    const before = this.events.get(eventId)?.at(-1)?.row;
    const row: Draft = before === undefined ? begun(fact) : { ...before };
    if (data.bookingId !== undefined) this.claim(fact, data as Required<Data>, changed);
    else if (fact.type === 'EventCancelled') {
      row['status'] = 'cancelled';
      for (const bookingId of this.ofEvent.get(eventId) ?? [])
        if (isActive(this.bookings.get(bookingId)!['status'])) this.end(bookingId, fact, changed);
    } else {
      if (fact.type === 'EventRescheduled') row['ends_at'] = null;
      for (const [name, value] of Object.entries(data as Record<string, Value>)) row[COLUMN_OF[name]!] = value;
    }
    this.count(eventId, row);
    Object.assign(row, { updated_at: fact.occurredAt, revision: fact.revision });
    const versions = this.events.get(eventId) ?? [];
    this.events.set(eventId, versions);
    versions.push({ position: this.position, row });
    put(changed, 'events', eventId, row);
  }

  private count(eventId: string, row: Draft): void {
    const counts = { held: 0, confirmed: 0, waiting: 0 };
    for (const bookingId of this.ofEvent.get(eventId) ?? []) {
      const { status, seats } = this.bookings.get(bookingId)! as { status: string; seats: number };
      if (status === 'held' || status === 'confirmed') counts[status] += seats;
      if (status === 'waitlisted') counts.waiting += 1;
    }
    const taken = counts.held + counts.confirmed;
    const isBooked = taken === row['capacity'];
    Object.assign(row, { seats_taken: taken, seats_held: counts.held, waiting: counts.waiting, is_booked: isBooked });
  }

  private claim({ eventId, revision, type, actor, occurredAt }: Fact, data: Required<Data>, changed: Expected): void {
    const { bookingId, userId, seats, status, offer } = data;
    const before = this.bookings.get(bookingId);
    const row: Draft = {
      booking_id: bookingId,
      user_id: userId,
      event_id: eventId,
      seats,
      status,
      reference: data.reference ?? null,
      offer,
      booking_time: before?.['booking_time'] ?? occurredAt,
      expires_at: status === 'held' ? data.expiresAt : null,
      waitlist_revision: status === 'waitlisted' ? (before?.['waitlist_revision'] ?? revision) : null,
      updated_at: occurredAt,
      revision,
    };
    const reason = isActive(status) ? null : (data.reason ?? status);
    put(changed, 'users', userId, { user_id: userId });
    this.place(bookingId, row, reason, changed);
    this.remember(row, { change: type, actor, ended_reason: reason }, changed);
  }

  private end(bookingId: string, { revision, actor, occurredAt }: Fact, changed: Expected): void {
    const ended = { status: 'cancelled', expires_at: null, waitlist_revision: null, updated_at: occurredAt, revision };
    const row = { ...this.bookings.get(bookingId)!, ...ended };
    this.place(bookingId, row, 'event-cancelled', changed);
    this.remember(row, { change: 'EventCancelled', actor, ended_reason: 'event-cancelled' }, changed);
  }

  private place(bookingId: string, row: Draft, reason: string | null, changed: Expected): void {
    this.bookings.set(bookingId, row);
    const eventId = String(row['event_id']);
    const ofEvent = this.ofEvent.get(eventId) ?? new Set();
    this.ofEvent.set(eventId, ofEvent.add(bookingId));
    const past = { ...row, ended_at: row['updated_at']!, ended_reason: reason };
    put(changed, 'bookings', bookingId, reason === null ? row : null);
    put(changed, 'past_bookings', bookingId, reason === null ? null : past);
  }

  private remember(row: Draft, change: Draft, changed: Expected): void {
    const bookingId = String(row['booking_id']);
    const open = this.latestHistory.get(bookingId);
    if (open !== undefined) {
      const closed = { ...open, valid_to: row['updated_at']! };
      put(changed, 'booking_history', `${bookingId} ${String(open['revision'])}`, closed);
    }
    const { booking_id, revision, event_id, user_id, seats, status, reference, offer, expires_at } =
      row as Required<Draft>;
    const state = { booking_id, revision, event_id, user_id, seats, status, reference, offer, expires_at } as Draft;
    const now = { ...state, ...change, valid_from: row['updated_at']!, valid_to: null };
    this.latestHistory.set(bookingId, now);
    put(changed, 'booking_history', `${bookingId} ${String(revision)}`, now);
  }
}

function begun({ eventId, occurredAt }: Fact): Draft {
  const none = Object.fromEntries(OPTIONAL.map((column) => [column, null]));
  return { event_id: eventId, status: 'scheduled', scheduled_at: occurredAt, ...none };
}

function put(changed: Expected, table: TableName, key: string, row: Row | null): void {
  let rows = changed.get(table);
  if (rows === undefined) changed.set(table, (rows = new Map()));
  rows.set(key, row);
}
