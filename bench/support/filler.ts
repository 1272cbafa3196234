import type { Provenance, StreamHead } from '../../src/application/ports.js';
import type { BookingData, BookingEvent } from '../../src/domain/booking/events.js';
import type { OpenLog } from '../../src/infrastructure/event-store/open.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { onDatabase } from './postgres.js';

/** Records in one append. */
const GROUP = 500;
const A_YEAR_MS = 365 * 24 * 3_600_000;
const CAPACITY = 1_000_000;
const STEPS = ['BookingHeld', 'HoldExtended', 'BookingConfirmed', 'BookingCancelled'] as const;

/**
 * A stream with a long past, sealed and appended like any other: its event, and then bookings that were held, extended,
 * confirmed and cancelled, each by a command with a key of its own, until there are so many domain events.
 */
export async function writeLongStream(log: OpenLog, stream: string, domainEvents: number): Promise<void> {
  const sealer = new ChainSealer(log.codec);
  let head: StreamHead = { stream, revision: -1, hash: '' };
  const past = pastOf(domainEvents);
  for (let facts = take(past, GROUP); facts.length > 0; facts = take(past, GROUP)) {
    const sealed = facts.map((fact) => {
      const [record] = sealer.seal(head, [fact], provenance());
      return (head = record!) && record!;
    });
    const first = sealed[0]!.revision - 1;
    const result = await log.store.append(stream, first, sealed);
    if (result.kind !== 'appended') throw new Error(`${stream} was written by somebody else`);
  }
}

function* pastOf(domainEvents: number): Generator<BookingEvent> {
  const now = Date.now();
  const rules = { holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10, waitlistLimit: 10_000 };
  const schedule = { title: 'A long past', startsAt: now + A_YEAR_MS, timeZone: 'UTC', capacity: CAPACITY };
  yield { type: 'EventScheduled', data: { ...schedule, ...rules } };
  for (let written = 1; written < domainEvents; written += 1) {
    const booking = Math.floor((written - 1) / STEPS.length);
    yield step(booking, STEPS[(written - 1) % STEPS.length]!, now);
  }
}

function step(booking: number, type: (typeof STEPS)[number], now: number): BookingEvent {
  const bookingId = uuidV5Like(booking);
  const common = { bookingId, userId: `past-${booking}`, seats: 1, offer: false, createdAt: now };
  const held = { ...common, status: 'held', expiresAt: now + A_YEAR_MS, ceilingAt: now + A_YEAR_MS } as const;
  switch (type) {
    case 'BookingHeld':
    case 'HoldExtended':
      return { type, data: held };
    case 'BookingConfirmed':
      return { type, data: { ...common, status: 'confirmed' } satisfies BookingData };
    case 'BookingCancelled':
      return { type, data: { ...common, status: 'cancelled' } satisfies BookingData };
    default:
      return type satisfies never;
  }
}

/** In the form of an id made from a name, as those of commands with a key are: the ledger remembers such. */
const uuidV5Like = (n: number): string => `00000000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`;

let commands = 0;

function provenance(): Provenance {
  const commandId = `${crypto.randomUUID().slice(0, 14)}5${(commands += 1).toString(16).padStart(3, '0').slice(-3)}-8${crypto.randomUUID().slice(20)}`;
  const asked = { requestHash: '0'.repeat(64), actor: 'past', correlationId: commandId, causationId: commandId };
  return { commandId, ...asked, occurredAt: Date.now() };
}

function take<T>(from: Generator<T>, count: number): T[] {
  const items: T[] = [];
  while (items.length < count) {
    const { done, value } = from.next();
    if (done === true) break;
    items.push(value);
  }
  return items;
}

/** Rows in one statement. */
const FILL = 250_000;

/**
 * Makes a log longer by copies of its first records under the names of other streams, in the order of their positions:
 * bytes, indexes and counters are as if they had been appended, only their hashes are those of the originals. The
 * positions from 1 to `pattern` are copied until the log has `length` records.
 */
export async function fillLog(url: string, pattern: number, length: number): Promise<void> {
  await onDatabase(url, async (client) => {
    for (let copies = 1; copies > 0;) {
      const { rows } = await client.query<{ head: string }>('SELECT head::text FROM log.position');
      const head = Number(rows[0]!.head);
      copies = Math.min(Math.floor(FILL / pattern), Math.floor((length - head) / pattern));
      if (copies <= 0) break;
      const tag = head.toString().padStart(10, '0');
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
         SELECT p.position, 'booking-filler-' || $3 || '-' || lpad(c.n::text, 6, '0') || '-' || e.stream, e.revision,
                ('00000000-0000-8000-8000-' || lpad(to_hex(p.position), 12, '0'))::uuid, e.type, e.data, e.metadata
         FROM generate_series(1, $2::int) c(n) CROSS JOIN log.events e
         CROSS JOIN LATERAL (SELECT $4::bigint + (c.n - 1) * $1::bigint + e.position AS position) p
         WHERE e.position <= $1 ORDER BY p.position`,
        [pattern, copies, tag, head],
      );
      await client.query(
        `INSERT INTO log.streams (stream, revision)
         SELECT stream, max(revision) FROM log.events WHERE position > $1 GROUP BY stream`,
        [head],
      );
      await client.query('UPDATE log.position SET head = $1', [head + copies * pattern]);
      await client.query('COMMIT');
    }
    await client.query('ANALYZE log.events, log.streams');
  });
}
