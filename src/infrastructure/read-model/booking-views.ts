import type pg from 'pg';
import type {
  After,
  AnyBookingFilter,
  BookingView,
  BookingViews,
  CalendarEntry,
  EventFilter,
  EventView,
  Occasion,
  Position,
  Shown,
} from '../../application/ports.js';
import type { BookingStatus, Instant } from '../../domain/booking/events.js';
import { askTables, type Value } from './ask.js';

/**
 * The read model asked through its stable views. Each answer and its position come from one statement, and so from one
 * snapshot: the checkpoint is joined to the rows, and is there also when no row is.
 */
export class PostgresBookingViews implements BookingViews {
  constructor(private readonly pool: pg.Pool) {}

  async event(eventId: string): Promise<Shown<EventView | null>> {
    const { rows, position } = await this.show<EventRow>(
      `SELECT ${EVENT} FROM read_model.events e WHERE event_id = $1`,
      [eventId],
    );
    return { value: rows[0] === undefined ? null : eventView(rows[0]), position };
  }

  async events(filter: EventFilter, limit: number, after: After | null): Promise<Shown<readonly EventView[]>> {
    const asked = new Conditions();
    if (filter.from !== undefined) asked.add('e.starts_at >= ?', at(filter.from));
    if (filter.to !== undefined) asked.add('e.starts_at < ?', at(filter.to));
    if (filter.resource !== undefined) asked.add('e.resource = ?', filter.resource);
    if (filter.status !== undefined) asked.add('e.status = ?', filter.status);
    if (filter.available !== undefined) asked.add(filter.available ? 'NOT e.is_booked' : 'e.is_booked');
    if (after !== null) asked.add('(e.starts_at, e.event_id) > (?, ?)', at(after.at), after.id);
    const { rows, position } = await this.show<EventRow>(
      `SELECT ${EVENT} FROM read_model.events e ${asked.where()} ORDER BY e.starts_at, e.event_id LIMIT ${asked.put(limit)}`,
      asked.values,
      'ORDER BY starts_at, event_id',
    );
    return { value: rows.map(eventView), position };
  }

  async booking(eventId: string, bookingId: string): Promise<Shown<BookingView | null>> {
    const { rows, position } = await this.show<BookingRow>(bookingWith(''), [eventId, bookingId]);
    return { value: rows[0] === undefined ? null : bookingView(rows[0]), position };
  }

  async calendarEntry(eventId: string, bookingId: string): Promise<Shown<CalendarEntry | null>> {
    const { rows, position } = await this.show<BookingRow & OccasionRow>(bookingWith(OCCASION), [eventId, bookingId]);
    const [row] = rows;
    return { value: row === undefined ? null : { event: occasion(row), booking: bookingView(row) }, position };
  }

  async bookings(filter: AnyBookingFilter, limit: number, after: After | null): Promise<Shown<readonly BookingView[]>> {
    const asked = new Conditions();
    if (filter.userId !== undefined) asked.add('b.user_id = ?', filter.userId);
    if (filter.eventId !== undefined) asked.add('b.event_id = ?', filter.eventId);
    if (filter.status !== undefined) asked.add('b.status = ?', filter.status);
    if (filter.reference !== undefined) asked.add('b.reference = ?', filter.reference);
    if (filter.offer !== undefined) asked.add(filter.offer ? 'b.offer' : 'NOT b.offer');
    if (after !== null) asked.add('(b.booking_time, b.booking_id) < (?, ?)', at(after.at), after.id);
    const most = asked.put(limit);
    // Both tables are walked along their index for no more than a page; the columns are fetched for that page only.
    const page = (table: string) =>
      `(SELECT * FROM read_model.${table} b ${asked.where()} ORDER BY b.booking_time DESC, b.booking_id DESC LIMIT ${most})`;
    const tables = [
      {
        isAsked: filter.status === undefined || !isPast(filter.status),
        text: `SELECT ${ACTIVE} FROM ${page('bookings')} b`,
      },
      {
        isAsked: filter.status === undefined || isPast(filter.status),
        text: `SELECT ${PAST} FROM ${page('past_bookings')} b`,
      },
    ];
    const { rows, position } = await this.show<BookingRow>(
      `SELECT * FROM (${tables
        .filter(({ isAsked }) => isAsked)
        .map(({ text }) => `${text} JOIN read_model.events e USING (event_id)`)
        .join(' UNION ALL ')}) b ORDER BY booking_time DESC, booking_id DESC LIMIT ${most}`,
      asked.values,
      'ORDER BY booking_time DESC, booking_id DESC',
    );
    return { value: rows.map(bookingView), position };
  }

  async position(): Promise<Position> {
    const rows = await this.query<{ position: string }>(`SELECT position::text FROM read_model.checkpoint`, []);
    return BigInt(rows[0]!.position);
  }

  async unsettled(now: Instant, limit: number): Promise<readonly { eventId: string; revision: number }[]> {
    const rows = await this.query<{ event_id: string; revision: number }>(UNSETTLED, [at(now), limit]);
    return rows.map(({ event_id, revision }) => ({ eventId: event_id, revision }));
  }

  private async show<Row extends { found: true | null }>(
    text: string,
    values: readonly Value[],
    order = '',
  ): Promise<{ rows: Row[]; position: Position }> {
    const rows = await this.query<Row & { position: string }>(
      `SELECT c.position::text, v.* FROM read_model.checkpoint c LEFT JOIN LATERAL (${text}) v ON true ${order}`,
      values,
    );
    return { rows: rows.filter(({ found }) => found), position: BigInt(rows[0]!.position) };
  }

  private query<Row extends object>(text: string, values: readonly Value[]): Promise<Row[]> {
    return askTables<Row>(this.pool, text, values);
  }
}

/** Conditions and their parameters, gathered side by side. */
class Conditions {
  readonly values: Value[] = [];
  private readonly texts: string[] = [];

  add(text: string, ...values: Value[]): void {
    const next = values[Symbol.iterator]();
    this.texts.push(text.replaceAll('?', () => this.put(next.next().value as Value)));
  }

  put(value: Value): string {
    return `$${this.values.push(value)}`;
  }

  where(): string {
    return this.texts.length === 0 ? '' : `WHERE ${this.texts.join(' AND ')}`;
  }
}

const at = (instant: Instant): string => new Date(instant).toISOString();

const isPast = (status: BookingStatus): boolean => status === 'cancelled' || status === 'expired';

const EVENT = `true AS found, e.event_id, e.title, e.starts_at, e.ends_at, e.time_zone, e.resource, e.capacity,
  e.seats_taken, e.seats_held, e.waiting, e.is_booked, e.status, e.hold_seconds, e.offer_seconds, e.sales_open_at,
  e.sales_close_at, e.cancel_until, e.max_seats_per_booking, e.waitlist_limit, e.updated_at, e.revision`;

const BOTH = `true AS found, b.booking_id, b.event_id, b.user_id, b.seats, b.status, b.reference, b.offer,
  b.booking_time, b.updated_at, b.revision`;

/** A hold is due at the present end of sales, if that is earlier than what it was promised. */
const ACTIVE = `${BOTH}, CASE WHEN b.status = 'held' THEN least(b.expires_at, e.sales_end_at) END AS expires_at,
  NULL AS ended_reason,
  CASE WHEN b.status = 'waitlisted' THEN (
    SELECT count(*) FROM read_model.bookings w
    WHERE w.event_id = b.event_id AND w.status = 'waitlisted' AND w.waitlist_revision <= b.waitlist_revision
  ) END AS waitlist_position`;

const PAST = `${BOTH}, NULL::timestamptz AS expires_at, b.ended_reason, NULL::bigint AS waitlist_position`;

/** Of the event, under names that a booking does not have. */
const OCCASION = `, e.title, e.starts_at, e.ends_at, e.time_zone, e.resource, e.status AS event_status,
  e.updated_at AS event_updated_at, e.revision AS event_revision`;

/** One booking, wherever it stands, and more columns of its event. */
function bookingWith(more: string): string {
  const one = (table: string, columns: string) =>
    `SELECT ${columns}${more} FROM read_model.${table} b JOIN read_model.events e USING (event_id)
     WHERE b.booking_id = $2 AND b.event_id = $1`;
  return `${one('bookings', ACTIVE)} UNION ALL ${one('past_bookings', PAST)}`;
}

/**
 * The most overdue first. Holds by their own end; then by the event: its sales are over though it has holds or a line;
 * the first in line fits, or somebody in it asks for more than there will ever be.
 */
const UNSETTLED = `
  SELECT e.event_id, e.revision FROM (
    SELECT event_id, min(due) AS due FROM (
      SELECT event_id, expires_at AS due FROM read_model.bookings WHERE status = 'held' AND expires_at <= $1
      UNION ALL
      SELECT event_id, sales_end_at FROM read_model.events
      WHERE sales_end_at <= $1 AND (seats_held > 0 OR waiting > 0)
      UNION ALL
      SELECT event_id, updated_at FROM read_model.events e
      WHERE waiting > 0 AND (
        capacity - seats_taken >= (
          SELECT seats FROM read_model.bookings b
          WHERE b.event_id = e.event_id AND b.status = 'waitlisted' ORDER BY b.waitlist_revision LIMIT 1)
        OR capacity < (
          SELECT max(seats) FROM read_model.bookings b WHERE b.event_id = e.event_id AND b.status = 'waitlisted'))
    ) something GROUP BY event_id
  ) unsettled JOIN read_model.events e USING (event_id)
  ORDER BY due, event_id LIMIT $2`;

/** As the driver gives them: `timestamptz` as Date, `int8` as number. */
interface EventRow {
  readonly found: true | null;
  readonly event_id: string;
  readonly title: string;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  readonly time_zone: string;
  readonly resource: string | null;
  readonly capacity: number;
  readonly seats_taken: number;
  readonly seats_held: number;
  readonly waiting: number;
  readonly is_booked: boolean;
  readonly status: 'scheduled' | 'cancelled';
  readonly hold_seconds: number;
  readonly offer_seconds: number;
  readonly sales_open_at: Date | null;
  readonly sales_close_at: Date | null;
  readonly cancel_until: Date | null;
  readonly max_seats_per_booking: number;
  readonly waitlist_limit: number;
  readonly updated_at: Date;
  readonly revision: number;
}

interface BookingRow {
  readonly found: true | null;
  readonly booking_id: string;
  readonly event_id: string;
  readonly user_id: string;
  readonly seats: number;
  readonly status: BookingStatus;
  readonly reference: string | null;
  readonly expires_at: Date | null;
  readonly offer: boolean;
  readonly booking_time: Date;
  readonly updated_at: Date;
  readonly ended_reason: string | null;
  readonly revision: number;
  readonly waitlist_position: number | null;
}

interface OccasionRow extends Pick<
  EventRow,
  'event_id' | 'title' | 'starts_at' | 'ends_at' | 'time_zone' | 'resource'
> {
  readonly event_status: EventRow['status'];
  readonly event_updated_at: Date;
  readonly event_revision: number;
}

const eventView = (row: EventRow): EventView => ({
  eventId: row.event_id,
  title: row.title,
  startsAt: row.starts_at.getTime(),
  endsAt: row.ends_at?.getTime() ?? null,
  timeZone: row.time_zone,
  resource: row.resource,
  capacity: row.capacity,
  seatsTaken: row.seats_taken,
  seatsHeld: row.seats_held,
  seatsFree: row.capacity - row.seats_taken,
  waiting: row.waiting,
  isBooked: row.is_booked,
  status: row.status,
  holdSeconds: row.hold_seconds,
  offerSeconds: row.offer_seconds,
  salesOpenAt: row.sales_open_at?.getTime() ?? null,
  salesCloseAt: row.sales_close_at?.getTime() ?? null,
  cancelUntil: row.cancel_until?.getTime() ?? null,
  maxSeatsPerBooking: row.max_seats_per_booking,
  waitlistLimit: row.waitlist_limit,
  updatedAt: row.updated_at.getTime(),
  revision: row.revision,
});

const occasion = (row: OccasionRow): Occasion => ({
  eventId: row.event_id,
  title: row.title,
  startsAt: row.starts_at.getTime(),
  endsAt: row.ends_at?.getTime() ?? null,
  timeZone: row.time_zone,
  resource: row.resource,
  status: row.event_status,
  updatedAt: row.event_updated_at.getTime(),
  revision: row.event_revision,
});

const bookingView = (row: BookingRow): BookingView => ({
  bookingId: row.booking_id,
  eventId: row.event_id,
  userId: row.user_id,
  seats: row.seats,
  status: row.status,
  reference: row.reference,
  expiresAt: row.expires_at?.getTime() ?? null,
  offer: row.offer,
  createdAt: row.booking_time.getTime(),
  updatedAt: row.updated_at.getTime(),
  endedReason: row.ended_reason,
  revision: row.revision,
  waitlistPosition: row.waitlist_position,
});
