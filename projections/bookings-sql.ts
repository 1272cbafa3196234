import type { BookingRow, ClosedRow, EventRow, HistoryRow, Settings, WholeEventRow } from './bookings.js';
import type { Statement } from './projection.js';
import { insertInto, update, type Column } from './table.js';

export const COUNT_COLUMNS: readonly Column<EventRow>[] = [
  { name: 'event_id', type: 'text', of: (row) => row.eventId },
  { name: 'seats_taken', type: 'integer', of: (row) => row.seatsTaken },
  { name: 'seats_held', type: 'integer', of: (row) => row.seatsHeld },
  { name: 'waiting', type: 'integer', of: (row) => row.waiting },
  { name: 'is_booked', type: 'boolean', of: (row) => row.seatsTaken === row.capacity },
  { name: 'updated_at', type: 'timestamptz', of: (row) => row.updatedAt },
  { name: 'revision', type: 'bigint', of: (row) => row.revision },
];

export const REVISED_COLUMNS: readonly Column<EventRow>[] = [
  { name: 'event_id', type: 'text', of: (row) => row.eventId },
  { name: 'revision', type: 'bigint', of: (row) => row.revision },
];

export const EVENT_COLUMNS: readonly Column<WholeEventRow>[] = [
  ...COUNT_COLUMNS,
  { name: 'status', type: 'text', of: (row) => row.status },
  { name: 'capacity', type: 'integer', of: (row) => row.capacity },
  { name: 'title', type: 'text', of: ({ settings }) => settings.title },
  { name: 'starts_at', type: 'timestamptz', of: ({ settings }) => settings.startsAt },
  { name: 'ends_at', type: 'timestamptz', of: ({ settings }) => settings.endsAt ?? null },
  { name: 'time_zone', type: 'text', of: ({ settings }) => settings.timeZone },
  { name: 'resource', type: 'text', of: ({ settings }) => settings.resource ?? null },
  { name: 'hold_seconds', type: 'integer', of: ({ settings }) => settings.holdSeconds },
  { name: 'offer_seconds', type: 'integer', of: ({ settings }) => settings.offerSeconds },
  { name: 'sales_open_at', type: 'timestamptz', of: ({ settings }) => settings.salesOpenAt ?? null },
  { name: 'sales_close_at', type: 'timestamptz', of: ({ settings }) => settings.salesCloseAt ?? null },
  { name: 'cancel_until', type: 'timestamptz', of: ({ settings }) => settings.cancelUntil ?? null },
  { name: 'max_seats_per_booking', type: 'integer', of: ({ settings }) => settings.maxSeatsPerBooking },
  { name: 'waitlist_limit', type: 'integer', of: ({ settings }) => settings.waitlistLimit },
  { name: 'scheduled_at', type: 'timestamptz', of: ({ settings }) => settings.scheduledAt },
];

export const BOOKING_COLUMNS: readonly Column<BookingRow>[] = [
  { name: 'booking_id', type: 'text', of: (row) => row.bookingId },
  { name: 'user_id', type: 'text', of: (row) => row.userId },
  { name: 'event_id', type: 'text', of: (row) => row.eventId },
  { name: 'seats', type: 'integer', of: (row) => row.seats },
  { name: 'status', type: 'text', of: (row) => row.status },
  { name: 'reference', type: 'text', of: (row) => row.reference },
  { name: 'offer', type: 'boolean', of: (row) => row.offer },
  { name: 'booking_time', type: 'timestamptz', of: (row) => row.bookingTime },
  { name: 'expires_at', type: 'timestamptz', of: (row) => row.expiresAt },
  { name: 'waitlist_revision', type: 'bigint', of: (row) => row.waitlistRevision },
  { name: 'updated_at', type: 'timestamptz', of: (row) => row.updatedAt },
  { name: 'revision', type: 'bigint', of: (row) => row.revision },
];

export const PAST_COLUMNS: readonly Column<BookingRow>[] = [
  ...BOOKING_COLUMNS,
  { name: 'ended_at', type: 'timestamptz', of: (row) => row.updatedAt },
  { name: 'ended_reason', type: 'text', of: (row) => row.endedReason },
];

export const HISTORY_COLUMNS: readonly Column<HistoryRow>[] = [
  { name: 'booking_id', type: 'text', of: ({ booking }) => booking.bookingId },
  { name: 'revision', type: 'bigint', of: ({ booking }) => booking.revision },
  { name: 'event_id', type: 'text', of: ({ booking }) => booking.eventId },
  { name: 'user_id', type: 'text', of: ({ booking }) => booking.userId },
  { name: 'change', type: 'text', of: ({ change }) => change },
  { name: 'seats', type: 'integer', of: ({ booking }) => booking.seats },
  { name: 'status', type: 'text', of: ({ booking }) => booking.status },
  { name: 'reference', type: 'text', of: ({ booking }) => booking.reference },
  { name: 'offer', type: 'boolean', of: ({ booking }) => booking.offer },
  { name: 'expires_at', type: 'timestamptz', of: ({ booking }) => booking.expiresAt },
  { name: 'ended_reason', type: 'text', of: ({ booking }) => booking.endedReason },
  { name: 'actor', type: 'text', of: ({ actor }) => actor },
  { name: 'valid_from', type: 'timestamptz', of: ({ booking }) => booking.updatedAt },
  { name: 'valid_to', type: 'timestamptz', of: ({ validTo }) => validTo },
];

export const CLOSED_COLUMNS: readonly Column<ClosedRow>[] = [
  { name: 'event_id', type: 'text', of: (row) => row.eventId },
  { name: 'revision', type: 'bigint', of: (row) => row.revision },
  { name: 'booking_id', type: 'text', of: (row) => row.bookingId },
  { name: 'valid_to', type: 'timestamptz', of: (row) => row.validTo },
];

/** What is asked of and written to the tables of one generation, each by a list of keys or by arrays of columns. */
export function statementsFor(schema: string) {
  const claim = `b.booking_id AS "bookingId", b.user_id AS "userId", b.event_id AS "eventId", b.status, b.seats,
    b.waitlist_revision AS "waitlistRevision", b.revision`;
  const named = (name: string, text: string): Statement => ({ name: `${name} ${schema}`, text });
  return {
    counts: named(
      'counts',
      `SELECT event_id AS "eventId", NULL AS settings, status, capacity, seats_taken AS "seatsTaken",
         seats_held AS "seatsHeld", waiting, 0 AS "updatedAt", revision
       FROM ${schema}.events WHERE event_id = ANY ($1::text[])`,
    ),
    settings: named('settings', `SELECT * FROM ${schema}.events WHERE event_id = ANY ($1::text[])`),
    active: named(
      'active',
      `SELECT ${claim} FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS k(user_id, event_id)) k
       JOIN ${schema}.bookings b USING (user_id, event_id)`,
    ),
    past: named('past', `SELECT ${claim} FROM ${schema}.past_bookings b WHERE b.booking_id = ANY ($1::text[])`),
    insertUsers: named(
      'insert users',
      `INSERT INTO ${schema}.users (user_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`,
    ),
    insertEvents: insertInto(`${schema}.events`, EVENT_COLUMNS),
    updateEvents: update(`${schema}.events`, 1, EVENT_COLUMNS),
    countEvents: named('count', update(`${schema}.events`, 1, COUNT_COLUMNS).text),
    reviseEvents: named('revise', update(`${schema}.events`, 1, REVISED_COLUMNS).text),
    deleteActive: named('delete active', `DELETE FROM ${schema}.bookings WHERE booking_id = ANY ($1::text[])`),
    updateActive: update(`${schema}.bookings`, 1, BOOKING_COLUMNS),
    insertActive: insertInto(`${schema}.bookings`, BOOKING_COLUMNS),
    deletePast: named('delete past', `DELETE FROM ${schema}.past_bookings WHERE booking_id = ANY ($1::text[])`),
    insertPast: insertInto(`${schema}.past_bookings`, PAST_COLUMNS),
    closeHistory: update(`${schema}.booking_history`, 3, CLOSED_COLUMNS),
    insertHistory: insertInto(`${schema}.booking_history`, HISTORY_COLUMNS),
    endBookings: named(
      'end bookings',
      `WITH ended AS (DELETE FROM ${schema}.bookings WHERE event_id = $1 RETURNING *),
       past AS (
         INSERT INTO ${schema}.past_bookings (booking_id, user_id, event_id, seats, status, reference, offer,
           booking_time, updated_at, revision, ended_at, ended_reason)
         SELECT booking_id, user_id, event_id, seats, 'cancelled', reference, offer,
           booking_time, $2::timestamptz, $3::bigint, $2::timestamptz, 'event-cancelled' FROM ended),
       closed AS (
         UPDATE ${schema}.booking_history h SET valid_to = $2::timestamptz FROM ended
         WHERE h.event_id = ended.event_id AND h.revision = ended.revision AND h.booking_id = ended.booking_id)
       INSERT INTO ${schema}.booking_history (booking_id, revision, event_id, user_id, change, seats, status, reference,
         offer, ended_reason, actor, valid_from)
       SELECT booking_id, $3::bigint, event_id, user_id, 'EventCancelled', seats, 'cancelled', reference,
         offer, 'event-cancelled', $4, $2::timestamptz FROM ended`,
    ),
    cancelEvent: named(
      'cancel event',
      `UPDATE ${schema}.events SET status = 'cancelled', seats_taken = 0, seats_held = 0, waiting = 0, is_booked = false,
         updated_at = $2::timestamptz, revision = $3::bigint WHERE event_id = $1`,
    ),
  };
}

/** As the driver gives it: `timestamptz` as Date. */
export interface StoredSettings {
  readonly event_id: string;
  readonly title: string;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  readonly time_zone: string;
  readonly resource: string | null;
  readonly hold_seconds: number;
  readonly offer_seconds: number;
  readonly sales_open_at: Date | null;
  readonly sales_close_at: Date | null;
  readonly cancel_until: Date | null;
  readonly max_seats_per_booking: number;
  readonly waitlist_limit: number;
  readonly scheduled_at: Date;
}

export const settingsOf = (row: StoredSettings): Settings => ({
  title: row.title,
  startsAt: row.starts_at.getTime(),
  ...(row.ends_at === null ? {} : { endsAt: row.ends_at.getTime() }),
  timeZone: row.time_zone,
  ...(row.resource === null ? {} : { resource: row.resource }),
  holdSeconds: row.hold_seconds,
  offerSeconds: row.offer_seconds,
  ...(row.sales_open_at === null ? {} : { salesOpenAt: row.sales_open_at.getTime() }),
  ...(row.sales_close_at === null ? {} : { salesCloseAt: row.sales_close_at.getTime() }),
  ...(row.cancel_until === null ? {} : { cancelUntil: row.cancel_until.getTime() }),
  maxSeatsPerBooking: row.max_seats_per_booking,
  waitlistLimit: row.waitlist_limit,
  scheduledAt: row.scheduled_at.getTime(),
});
