import pg from 'pg';
import type { Booked, Contender } from '../support/contender.js';

/** A way of selling places that a team would write instead of Holdfast. */
export interface Rival {
  readonly name: string;
  /** Where its tables are. */
  readonly schema: string;
  /** Connections that suit it beside the numbers that all are tried with. */
  readonly fewer?: readonly number[];
  /** Ready to be measured: tables made, all connections open and every statement prepared on each. */
  open(url: string, poolSize: number): Promise<Contender>;
  /**
   * The same statements as a script for pgbench (`:event` and `:user` are set), to see what the client
   * costs; null where the decision is not in the SQL.
   */
  readonly script: string | null;
}

const TIMEOUT_MS = 60_000;
const HELPERS = 8;

/** A pool with all its connections open. `prepare` runs on each of them, so that no plan is made while it is measured. */
export async function openPool(
  url: string,
  settings: { readonly poolSize: number; readonly name: string },
  prepare: (client: pg.PoolClient) => Promise<void>,
): Promise<pg.Pool> {
  const { poolSize, name } = settings;
  const bounds = { connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS, idleTimeoutMillis: 0 };
  const pool = new pg.Pool({
    ...{ connectionString: url, max: poolSize, min: poolSize, application_name: name },
    ...bounds,
  });
  pool.on('error', () => undefined);
  const clients = await Promise.all(Array.from({ length: poolSize }, () => pool.connect()));
  await Promise.all(clients.map(prepare));
  for (const client of clients) client.release();
  return pool;
}

/** For the questions that are asked beside the sale: as many connections as there are helpers in need of one. */
export function openHelpers(url: string, name: string): pg.Pool {
  const bounds = { connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS };
  const pool = new pg.Pool({ connectionString: url, max: HELPERS, application_name: name, ...bounds });
  pool.on('error', () => undefined);
  return pool;
}

/** Work on one connection of the pool. After an error the connection goes: the server rolls back whatever it was in. */
export async function onConnection<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** One user cannot have two bookings of one event: the tables' last guard has said no. */
export const isTaken = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';

/**
 * Tables as a team would make them, with nothing that costs and is not needed here: the counter saves counting, the
 * unique constraint is the last guard against doubles, and a foreign key would only look up the row that is locked
 * anyway. The free space on the event's page keeps its updates there, out of the index.
 */
export class SalesTables {
  constructor(private readonly schema: string) {}

  async create(url: string): Promise<void> {
    const { schema } = this;
    const client = new pg.Client({ connectionString: url, query_timeout: TIMEOUT_MS });
    await client.connect();
    try {
      await client.query(`
        CREATE SCHEMA IF NOT EXISTS ${schema};
        CREATE TABLE IF NOT EXISTS ${schema}.events (
          event_id text PRIMARY KEY,
          capacity int NOT NULL,
          seats_taken int NOT NULL DEFAULT 0,
          version int NOT NULL DEFAULT 0,
          CHECK (seats_taken BETWEEN 0 AND capacity)
        ) WITH (fillfactor = 20);
        CREATE TABLE IF NOT EXISTS ${schema}.bookings (
          booking_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          event_id text NOT NULL,
          user_id text NOT NULL,
          seats int NOT NULL,
          booked_at timestamptz NOT NULL DEFAULT now(),
          UNIQUE (event_id, user_id)
        )`);
    } finally {
      await client.end();
    }
  }

  async schedule(pool: pg.Pool, eventId: string, capacity: number): Promise<void> {
    await pool.query(`INSERT INTO ${this.schema}.events (event_id, capacity) VALUES ($1, $2)`, [eventId, capacity]);
  }

  /** Throws when the counter is not what was booked. */
  async booked(pool: pg.Pool, eventId: string): Promise<readonly Booked[]> {
    const { rows } = await pool.query<Booked & { counted: number }>(
      `SELECT b.booking_id::text AS "bookingId", b.user_id AS "userId", b.seats, e.seats_taken AS counted
       FROM ${this.schema}.bookings b JOIN ${this.schema}.events e USING (event_id)
       WHERE event_id = $1 ORDER BY b.booking_id`,
      [eventId],
    );
    if (rows.length > 0 && rows[0]!.counted !== rows.length) throw new Error(`the counter of ${eventId} is wrong`);
    return rows;
  }
}

/** Statements with $1, $2 … as a script, each named in order. */
export const scripted = (text: string, ...names: readonly string[]): string =>
  text
    .replace(/\$(\d)/g, (_, n: string) => `:${names[Number(n) - 1]}`)
    .replaceAll(/\s+/g, ' ')
    .trim();
