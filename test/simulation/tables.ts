import type { RecordedEvent } from '../../src/application/ports.js';
import { BookingFold, type BookingRow, type Changes, type WholeEventRow } from '../../projections/bookings.js';
import { tablesAfter } from '../projections/oracle.js';
import { Violation } from './books.js';

const MOST_AT_ONCE = 60;

/** The tables of a projector that keeps them in memory: what the fold says of a batch is done as the statements do it. */
class MemoryTables {
  readonly events = new Map<string, WholeEventRow>();
  readonly active = new Map<string, BookingRow>();
  readonly past = new Map<string, BookingRow>();

  apply(batch: readonly RecordedEvent[]): void {
    const events = [...this.events.values()].map((row) => ({ ...row }));
    const fold = new BookingFold({ events, claims: [...this.active.values(), ...this.past.values()] }, 'booking-');
    for (const record of batch) fold.add(record);
    this.change(fold.takeChanges());
  }

  private change({ events, active, past }: Changes): void {
    for (const row of [...events.inserted, ...events.updated]) this.events.set(row.eventId, row);
    for (const bookingId of active.deleted) this.active.delete(bookingId);
    for (const bookingId of past.deleted) this.past.delete(bookingId);
    for (const row of [...active.inserted, ...active.updated]) this.active.set(row.bookingId, row);
    for (const row of past.inserted) this.past.set(row.bookingId, row);
  }
}

/**
 * I6: the projection's fold, in batches of changing size, gives the rows that a plain second reading of the log gives.
 * A called-off event is read up to there: its end is written by statements, which only a database can run.
 */
export function expectSameTables(log: readonly RecordedEvent[]): void {
  const ended = new Set<string>();
  const records = log.filter(({ stream, event }) => {
    if (event.type === 'EventCancelled') ended.add(stream);
    return !ended.has(stream);
  });
  const tables = new MemoryTables();
  for (let from = 0, size = 1; from < records.length; from += size, size = 1 + ((from * 31) % MOST_AT_ONCE))
    tables.apply(records.slice(from, from + size));
  const expected = tablesAfter(records);
  expectSame(expected.events, [...tables.events.values()].map(eventOf));
  expectSame(expected.bookings, [...tables.active.values()].map(bookingOf));
  const past = [...tables.past.values()];
  expectSame(
    expected.past_bookings,
    past.map((row) => ({ ...bookingOf(row), ended_at: row.updatedAt, ended_reason: row.endedReason })),
  );
}

/** In any order; columns that only one side has are left out of it. */
function expectSame(expected: readonly object[], found: readonly object[]): void {
  const [sample] = found as Record<string, unknown>[];
  const columns = Object.keys(sample ?? {}).sort();
  const linesOf = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row, columns)).sort();
  const lines = linesOf(found);
  if (expected.length !== lines.length) throw new Violation('I6', `${lines.length} rows, not ${expected.length}`);
  const wrong = linesOf(expected).find((line, at) => line !== lines[at]);
  if (wrong !== undefined) throw new Violation('I6', `no row is ${wrong}`);
}

const eventOf = ({ eventId, settings, ...row }: WholeEventRow): object => ({
  event_id: eventId,
  title: settings.title,
  starts_at: settings.startsAt,
  waitlist_limit: settings.waitlistLimit,
  capacity: row.capacity,
  seats_taken: row.seatsTaken,
  seats_held: row.seatsHeld,
  waiting: row.waiting,
  status: row.status,
  updated_at: row.updatedAt,
  revision: row.revision,
});

const bookingOf = (row: BookingRow): object => ({
  booking_id: row.bookingId,
  user_id: row.userId,
  event_id: row.eventId,
  seats: row.seats,
  status: row.status,
  reference: row.reference,
  offer: row.offer,
  booking_time: row.bookingTime,
  expires_at: row.expiresAt,
  waitlist_revision: row.waitlistRevision,
  updated_at: row.updatedAt,
  revision: row.revision,
});
