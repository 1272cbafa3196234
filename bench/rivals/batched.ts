import pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { SalesTables, openPool, type Rival } from './rival.js';

const SCHEMA = 'rival_batched';
/** Between the parts of a list: several times cheaper than an array escaped element by element. */
const SEPARATOR = '\x1f';

/**
 * Any number of bookings of any number of events. Who has a booking already is left out; the others get places in the
 * order of their coming, as many as are free under the lock. `missed`: places that went to nobody because another process
 * booked for the same user in the meantime; then a "sold out" is not yet true, and is asked again.
 */
const TAKE = {
  name: 'take',
  text: `
    WITH asked AS MATERIALIZED (
      SELECT a.n, a.event_id, a.user_id
      FROM unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f')) WITH ORDINALITY a(event_id, user_id, n)
      WHERE NOT EXISTS (
        SELECT FROM ${SCHEMA}.bookings b WHERE b.user_id = a.user_id AND b.event_id = a.event_id)),
    locked AS MATERIALIZED (
      SELECT e.event_id, e.capacity - e.seats_taken AS free
      FROM ${SCHEMA}.events e WHERE e.event_id = ANY (string_to_array($3, E'\\x1f')) ORDER BY e.event_id FOR UPDATE),
    served AS MATERIALIZED (
      SELECT a.n, a.event_id, a.user_id, l.free,
             row_number() OVER (PARTITION BY a.event_id ORDER BY a.n) <= l.free AS fits
      FROM asked a JOIN locked l USING (event_id)),
    booking AS (
      INSERT INTO ${SCHEMA}.bookings (event_id, user_id, seats)
      SELECT event_id, user_id, 1 FROM served WHERE fits ORDER BY n
      ON CONFLICT (user_id, event_id) DO NOTHING
      RETURNING booking_id, event_id, user_id),
    sums AS (
      SELECT event_id, count(*)::int AS taken FROM booking GROUP BY event_id),
    counted AS (
      UPDATE ${SCHEMA}.events e SET seats_taken = e.seats_taken + s.taken FROM sums s WHERE e.event_id = s.event_id)
    SELECT s.n::int, b.booking_id, s.fits, s.free > coalesce(t.taken, 0) AS missed
    FROM served s LEFT JOIN booking b USING (event_id, user_id) LEFT JOIN sums t USING (event_id)`,
};
type Row = readonly [n: number, bookingId: string | null, fits: boolean, missed: boolean];

interface Call {
  readonly eventId: string;
  readonly userId: string;
  readonly resolve: (told: Told) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls in one statement, at most. */
const MAX_BATCH = 1_000;

/** One connection with one statement on the wire; what comes meanwhile goes into the next. */
class Lane {
  private queue: Call[] = [];
  private isBusy = false;

  constructor(private readonly client: pg.PoolClient) {}

  add(call: Call): void {
    this.queue.push(call);
    if (this.isBusy) return;
    this.isBusy = true;
    // Everything that arrives in this turn of the event loop goes into one statement.
    setImmediate(() => this.flush());
  }

  private flush(): void {
    const calls = this.take();
    this.isBusy = calls.length > 0;
    if (!this.isBusy) return;
    const join = (parts: readonly string[]): string => parts.join(SEPARATOR);
    const events = calls.map(({ eventId }) => eventId);
    const values = [join(events), join(calls.map(({ userId }) => userId)), join([...new Set(events)])];
    this.client.query<Row[]>({ ...TAKE, values, rowMode: 'array' }, (error: Error | null, result) => {
      if (error == null) this.answer(calls, result.rows as unknown as Row[]);
      else for (const { reject } of calls) reject(error);
      // After those who were answered have asked again: one commit then serves everybody who is there.
      setImmediate(() => this.flush());
    });
  }

  /** Nobody twice in one statement for one event: the second has to be told of the first. */
  private take(): Call[] {
    const names = new Set<string>();
    const calls: Call[] = [];
    const later: Call[] = [];
    for (const call of this.queue) {
      const name = call.eventId + SEPARATOR + call.userId;
      const isNext = calls.length < MAX_BATCH && !names.has(name);
      (isNext ? calls : later).push(call);
      names.add(name);
    }
    this.queue = later;
    return calls;
  }

  private answer(calls: readonly Call[], rows: readonly Row[]): void {
    const left = new Set(calls.keys());
    for (const [n, bookingId, fits, missed] of rows) {
      const call = calls[n - 1]!;
      left.delete(n - 1);
      if (bookingId !== null) call.resolve({ kind: 'booked', bookingId });
      else if (fits) call.resolve({ kind: 'already-booked' });
      else if (missed) this.queue.push(call);
      else call.resolve({ kind: 'sold-out' });
    }
    for (const n of left) calls[n]!.resolve({ kind: 'already-booked' });
  }
}

/**
 * The conditional statement, batched in the process: the strongest rival. Each event belongs to one connection, so that
 * no two statements of this process wait for one row.
 */
class Batched implements Contender {
  private static readonly tables = new SalesTables(SCHEMA);

  private constructor(
    private readonly pool: pg.Pool,
    private readonly clients: readonly pg.PoolClient[],
    private readonly lanes: readonly Lane[],
  ) {}

  static async open(url: string, poolSize: number): Promise<Batched> {
    await Batched.tables.create(url);
    const prepare = async (client: pg.PoolClient): Promise<void> =>
      void (await client.query({ ...TAKE, values: ['', '', ''] }));
    // One more for the questions that are asked beside the sale.
    const pool = await openPool(url, { poolSize: poolSize + 1, name: 'rival-batched' }, prepare);
    const clients = await Promise.all(Array.from({ length: poolSize }, () => pool.connect()));
    return new Batched(
      pool,
      clients,
      clients.map((client) => new Lane(client)),
    );
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Batched.tables.schedule(this.pool, eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    const lane = this.lanes[laneOf(eventId, this.lanes.length)]!;
    return new Promise((resolve, reject) => lane.add({ eventId, userId, resolve, reject }));
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Batched.tables.booked(this.pool, eventId);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.release();
    await this.pool.end();
  }
}

function laneOf(eventId: string, lanes: number): number {
  let sum = 0;
  for (let at = 0; at < eventId.length; at += 1) sum = (Math.imul(sum, 31) + eventId.charCodeAt(at)) >>> 0;
  return sum % lanes;
}

export const batched: Rival = {
  name: 'unique constraint, batched in process',
  schema: SCHEMA,
  // The fewer there are, the more goes into one commit.
  fewer: [1, 2],
  open: (url, poolSize) => Batched.open(url, poolSize),
  script: null,
};
