import type { RecordedEvent } from '../../src/application/ports.js';
import type { BookingData, ScheduleData } from '../../src/domain/booking/events.js';

type Row = Record<string, string | number | boolean | null>;
export type Tables = Record<'users' | 'events' | 'bookings' | 'past_bookings' | 'booking_history', Row[]>;

const ACTIVE = ['waitlisted', 'held', 'confirmed'];

interface Fact {
  readonly eventId: string;
  readonly revision: number;
  readonly at: number;
  readonly actor: string;
  readonly type: string;
  readonly data: Partial<BookingData & ScheduleData> & { readonly reason?: string };
}

/**
 * What the tables must hold after these records: a second reading of the log that shares nothing with the projection
 * and is as plain as can be. It keeps every state of every booking and counts everything anew.
 */
export function tablesAfter(records: readonly RecordedEvent[]): Tables {
  const facts = records.map(({ stream, revision, event, metadata }): Fact => ({
    ...{ eventId: stream.slice('booking-'.length), revision, at: metadata.occurredAt, actor: metadata.actor },
    ...{ type: event.type, data: event.data as Fact['data'] },
  }));
  const history: Row[] = [];
  const latest = new Map<string, Row>();
  const turns = new Map<string, number>();
  const put = (row: Row) => {
    const open = latest.get(row['booking_id'] as string);
    if (open) open['valid_to'] = row['valid_from']!;
    latest.set(row['booking_id'] as string, row);
    history.push(row);
  };
  for (const fact of facts) {
    if (fact.data.bookingId !== undefined) {
      if (fact.type === 'BookingWaitlisted') turns.set(fact.data.bookingId, fact.revision);
      put(stateOf(fact));
    } else if (fact.type === 'EventCancelled')
      for (const row of [...latest.values()])
        if (row['event_id'] === fact.eventId && ACTIVE.includes(row['status'] as string)) put(endOf(row, fact));
  }
  const bookings = [...latest.values()].map((row) => bookingRow(row, history, turns));
  return sorted({
    users: [...new Set(bookings.map((row) => row['user_id']!))].map((user_id) => ({ user_id })),
    events: [...new Set(facts.map(({ eventId }) => eventId))].map((eventId) =>
      eventRow(
        facts.filter((fact) => fact.eventId === eventId),
        [...latest.values()].filter((row) => row['event_id'] === eventId),
      ),
    ),
    bookings: bookings.filter((row) => ACTIVE.includes(row['status'] as string)),
    past_bookings: bookings
      .filter((row) => !ACTIVE.includes(row['status'] as string))
      .map((row) => ({
        ...row,
        ended_at: row['updated_at']!,
        ended_reason: latest.get(row['booking_id'] as string)!['ended_reason']!,
      })),
    booking_history: history,
  });
}

function stateOf({ eventId, revision, at, actor, type, data }: Fact): Row {
  const ended = data.status === 'cancelled' || data.status === 'expired';
  return {
    booking_id: data.bookingId!,
    revision,
    event_id: eventId,
    user_id: data.userId!,
    change: type,
    seats: data.seats!,
    status: data.status!,
    reference: data.reference ?? null,
    offer: data.offer!,
    expires_at: data.expiresAt ?? null,
    ended_reason: ended ? (data.reason ?? data.status!) : null,
    actor,
    valid_from: at,
    valid_to: null,
  };
}

const endOf = (row: Row, { revision, at, actor }: Fact): Row => ({
  ...row,
  ...{ revision, actor, change: 'EventCancelled', status: 'cancelled', expires_at: null },
  ...{ ended_reason: 'event-cancelled', valid_from: at, valid_to: null },
});

function bookingRow(row: Row, history: readonly Row[], turns: ReadonlyMap<string, number>): Row {
  const first = history.find((state) => state['booking_id'] === row['booking_id'])!;
  return {
    booking_id: row['booking_id']!,
    user_id: row['user_id']!,
    event_id: row['event_id']!,
    seats: row['seats']!,
    status: row['status']!,
    reference: row['reference']!,
    offer: row['offer']!,
    booking_time: first['valid_from']!,
    expires_at: row['expires_at']!,
    waitlist_revision: row['status'] === 'waitlisted' ? turns.get(row['booking_id'] as string)! : null,
    updated_at: row['valid_from']!,
    revision: row['revision']!,
  };
}

function eventRow(facts: readonly Fact[], bookings: readonly Row[]): Row {
  const now: Record<string, unknown> = {};
  for (const { type, data } of facts) {
    if (type === 'EventRescheduled') delete now['endsAt'];
    if (data.bookingId === undefined && type !== 'EventCancelled') Object.assign(now, data);
  }
  const setting = (name: keyof ScheduleData) => (now[name] ?? null) as string | number | null;
  const seats = (...statuses: string[]) =>
    bookings
      .filter((row) => statuses.includes(row['status'] as string))
      .reduce((sum, row) => sum + (row['seats'] as number), 0);
  const starts_at = setting('startsAt') as number;
  return {
    event_id: facts[0]!.eventId,
    title: setting('title'),
    starts_at,
    ends_at: setting('endsAt'),
    time_zone: setting('timeZone'),
    resource: setting('resource'),
    capacity: setting('capacity'),
    seats_taken: seats('held', 'confirmed'),
    seats_held: seats('held'),
    waiting: bookings.filter((row) => row['status'] === 'waitlisted').length,
    is_booked: seats('held', 'confirmed') === setting('capacity'),
    status: facts.some(({ type }) => type === 'EventCancelled') ? 'cancelled' : 'scheduled',
    hold_seconds: setting('holdSeconds'),
    offer_seconds: setting('offerSeconds'),
    sales_open_at: setting('salesOpenAt'),
    sales_close_at: setting('salesCloseAt'),
    cancel_until: setting('cancelUntil'),
    max_seats_per_booking: setting('maxSeatsPerBooking'),
    waitlist_limit: setting('waitlistLimit'),
    sales_end_at: Math.min((setting('salesCloseAt') as number | null) ?? starts_at, starts_at),
    scheduled_at: facts[0]!.at,
    updated_at: facts.at(-1)!.at,
    revision: facts.at(-1)!.revision,
  };
}

/** By the primary key, which is what the first columns are. */
function sorted(tables: Tables): Tables {
  const key = (row: Row) => {
    const revision = 'valid_from' in row ? String(row['revision']).padStart(9, '0') : '';
    return `${String(Object.values(row)[0])} ${revision}`;
  };
  const order = (a: Row, b: Row) => (key(a) < key(b) ? -1 : 1);
  for (const rows of Object.values(tables)) rows.sort(order);
  return tables;
}
