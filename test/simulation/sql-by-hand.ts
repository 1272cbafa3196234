import { keyOf, type Row, type Value } from './database.js';
import type { Program } from './sql-values.js';

/** The one statement that takes an event's bookings from table to table, known by its first words. */
export function endBookings(text: string): Program['run'] | null {
  if (!text.startsWith('WITH ended AS (DELETE FROM')) return null;
  return (transaction, [eventId, at, revision, actor]) => {
    const all = [...transaction.all('bookings')].filter(([, row]) => row['event_id'] === eventId);
    const now = at as string;
    for (const [key, row] of all) {
      transaction.delete('bookings', key);
      const ended = { ...row, status: 'cancelled', expires_at: null, waitlist_revision: null, updated_at: now };
      const past = { ...ended, revision: revision as number, ended_at: now, ended_reason: 'event-cancelled' };
      transaction.put('past_bookings', key, past);
      const open = `${key} ${String(row['revision'])}`;
      transaction.put('booking_history', open, { ...transaction.get('booking_history', open)!, valid_to: now });
      const { booking_id, event_id, user_id, seats, reference, offer } = row as Record<string, Value>;
      const state = { booking_id, event_id, user_id, seats, reference, offer, status: 'cancelled', expires_at: null };
      const change = { revision, change: 'EventCancelled', ended_reason: 'event-cancelled', actor };
      const history = { ...state, ...change, valid_from: now, valid_to: null } as Row;
      transaction.put('booking_history', keyOf('booking_history', history), history);
    }
    return { rows: [], rowCount: all.length };
  };
}

/** What the sweeper asks: events where something may be due, without the order of urgency. */
export function unsettled(text: string): Program['run'] | null {
  if (!text.startsWith('SELECT e.event_id, e.revision FROM ( SELECT event_id, min(due)')) return null;
  return (transaction, [now, limit]) => {
    const lines = new Map<string, Row[]>();
    const due = new Set<string>();
    const at = toText(now as Value | Date);
    for (const [, row] of transaction.all('bookings')) {
      const eventId = String(row['event_id']);
      if (row['status'] === 'held' && String(row['expires_at']) <= at) due.add(eventId);
      if (row['status'] === 'waitlisted') lines.set(eventId, [...(lines.get(eventId) ?? []), row]);
    }
    const events = [...transaction.all('events')].map(([, row]) => row);
    const isDue = (row: Row): boolean => {
      const line = lines.get(String(row['event_id'])) ?? [];
      const end = String(row['sales_close_at'] ?? row['starts_at']);
      const isOver = (end < String(row['starts_at']) ? end : String(row['starts_at'])) <= at;
      if (isOver && (line.length > 0 || (row['seats_held'] as number) > 0)) return true;
      const [first] = line.sort((a, b) => (a['waitlist_revision'] as number) - (b['waitlist_revision'] as number));
      const free = (row['capacity'] as number) - (row['seats_taken'] as number);
      if (first !== undefined && free >= (first['seats'] as number)) return true;
      return line.some(({ seats }) => (seats as number) > (row['capacity'] as number));
    };
    const asked = events.filter((row) => due.has(String(row['event_id'])) || isDue(row)).slice(0, limit as number);
    const rows = asked.map((row) => ({ event_id: row['event_id']!, revision: row['revision']! }));
    return { rows, rowCount: rows.length };
  };
}

const toText = (value: Value | Date): string => (value instanceof Date ? value.toISOString() : String(value));
