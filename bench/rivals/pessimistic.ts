import pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';

/**
 * Tables as a team would make them, with nothing that costs and is not needed here: the counter saves counting, the
 * unique constraint is the last guard against doubles, and a foreign key would only look up the row that is locked
 * anyway. The free space on the event's page keeps its updates there, out of the index.
 */
const SCHEMA = `
  CREATE SCHEMA IF NOT EXISTS rival_pessimistic;
  CREATE TABLE IF NOT EXISTS rival_pessimistic.events (
    event_id text PRIMARY KEY,
    capacity int NOT NULL,
    seats_taken int NOT NULL DEFAULT 0,
    CHECK (seats_taken BETWEEN 0 AND capacity)
  ) WITH (fillfactor = 20);
  CREATE TABLE IF NOT EXISTS rival_pessimistic.bookings (
    booking_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    user_id text NOT NULL,
    seats int NOT NULL,
    booked_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, event_id)
  );`;

const BEGIN = { name: 'begin', text: 'BEGIN' };
const COMMIT = { name: 'commit', text: 'COMMIT' };
const LOCK = {
  name: 'lock',
  text: 'SELECT capacity - seats_taken AS free FROM rival_pessimistic.events WHERE event_id = $1 FOR UPDATE',
};
/** Booking and counter in one statement; a user who has a booking already changes neither. */
const TAKE = {
  name: 'take',
  text: `
    WITH booking AS (
      INSERT INTO rival_pessimistic.bookings (event_id, user_id, seats) VALUES ($1, $2, 1)
      ON CONFLICT (user_id, event_id) DO NOTHING
      RETURNING booking_id)
    UPDATE rival_pessimistic.events e SET seats_taken = e.seats_taken + 1
    FROM booking WHERE e.event_id = $1
    RETURNING booking.booking_id`,
};

/** Runs every statement once, to no effect. */
async function prepare(client: pg.PoolClient): Promise<void> {
  await client.query(BEGIN);
  await client.query({ ...LOCK, values: [''] });
  await client.query({ ...TAKE, values: ['', ''] });
  await client.query('ROLLBACK');
  await client.query(BEGIN);
  await client.query(COMMIT);
}

const ACQUIRE_TIMEOUT_MS = 60_000;

/**
 * The answer most teams give: lock the event's row, look, write, commit. Two round trips a booking, the fewest that
 * leave the decision to the program: BEGIN travels with the SELECT, COMMIT with the write. Every statement is prepared
 * on every connection.
 */
export class PessimisticRival implements Contender {
  private readonly pool: pg.Pool;

  private constructor(url: string, poolSize: number) {
    const bounds = { connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS, query_timeout: ACQUIRE_TIMEOUT_MS };
    const pipelined = { connectionString: url, max: poolSize, min: poolSize, idleTimeoutMillis: 0, pipeline: true };
    this.pool = new pg.Pool({ ...pipelined, ...bounds, application_name: 'rival-pessimistic' });
    this.pool.on('error', () => undefined);
  }

  /** Ready to be measured: tables made, all connections open and every statement prepared on each. */
  static async open(url: string, poolSize: number): Promise<PessimisticRival> {
    const rival = new PessimisticRival(url, poolSize);
    await rival.pool.query(SCHEMA);
    const clients = await Promise.all(Array.from({ length: poolSize }, () => rival.pool.connect()));
    await Promise.all(clients.map(prepare));
    for (const client of clients) client.release();
    return rival;
  }

  async schedule(eventId: string, capacity: number): Promise<void> {
    const insert = 'INSERT INTO rival_pessimistic.events (event_id, capacity) VALUES ($1, $2)';
    await this.pool.query(insert, [eventId, capacity]);
  }

  async book(eventId: string, userId: string): Promise<Told> {
    const client = await this.pool.connect();
    try {
      const told = await this.transaction(client, eventId, userId);
      client.release();
      return told;
    } catch (error) {
      // Whatever state it is in: the server rolls back when the connection goes.
      client.release(true);
      throw error;
    }
  }

  private async transaction(client: pg.PoolClient, eventId: string, userId: string): Promise<Told> {
    const [, locked] = await Promise.all([
      client.query(BEGIN),
      client.query<{ free: number }>({ ...LOCK, values: [eventId] }),
    ]);
    const free = locked.rows[0]?.free ?? 0;
    if (free < 1) {
      await client.query(COMMIT);
      return { kind: 'sold-out' };
    }
    const take = client.query<{ booking_id: string }>({ ...TAKE, values: [eventId, userId] });
    const [taken] = await Promise.all([take, client.query(COMMIT)]);
    const bookingId = taken.rows[0]?.booking_id;
    return bookingId === undefined ? { kind: 'already-booked' } : { kind: 'booked', bookingId };
  }

  async booked(eventId: string): Promise<readonly Booked[]> {
    const { rows } = await this.pool.query<Booked & { counted: number }>(
      `SELECT b.booking_id::text AS "bookingId", b.user_id AS "userId", b.seats, e.seats_taken AS counted
       FROM rival_pessimistic.bookings b JOIN rival_pessimistic.events e USING (event_id)
       WHERE event_id = $1 ORDER BY b.booking_id`,
      [eventId],
    );
    if (rows.length > 0 && rows[0]!.counted !== rows.length) throw new Error(`the counter of ${eventId} is wrong`);
    return rows;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
