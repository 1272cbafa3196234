import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { SalesTables, isTaken, onConnection, openPool, scripted, type Rival } from './rival.js';

const SCHEMA = 'rival_optimistic';
const LOOK = {
  name: 'look',
  text: `
    SELECT e.version, e.capacity - e.seats_taken AS free,
           EXISTS (SELECT 1 FROM ${SCHEMA}.bookings b WHERE b.user_id = $2 AND b.event_id = $1) AS booked
    FROM ${SCHEMA}.events e WHERE e.event_id = $1`,
};
/** Counter and booking together, or neither: the version has to be the one that was looked at. */
const TAKE = {
  name: 'take',
  text: `
    WITH moved AS (
      UPDATE ${SCHEMA}.events SET seats_taken = seats_taken + 1, version = version + 1
      WHERE event_id = $1 AND version = $3 RETURNING event_id)
    INSERT INTO ${SCHEMA}.bookings (event_id, user_id, seats)
    SELECT event_id, $2, 1 FROM moved RETURNING booking_id`,
};

/** A caller who loses so often has waited for minutes. */
const MAX_TRIES = 10_000;

async function prepare(client: pg.PoolClient): Promise<void> {
  await client.query({ ...LOOK, values: ['', ''] });
  await client.query({ ...TAKE, values: ['', '', 0] });
}

/**
 * A version column: look, decide, write if nobody wrote in between, else again. One statement looks and one writes, each
 * its own transaction; who lost looks again at once on the same connection, so that no more race than there are
 * connections.
 */
class Optimistic implements Contender {
  private static readonly tables = new SalesTables(SCHEMA);

  private constructor(private readonly pool: pg.Pool) {}

  static async open(url: string, poolSize: number): Promise<Optimistic> {
    await Optimistic.tables.create(url);
    return new Optimistic(await openPool(url, { poolSize, name: 'rival-optimistic' }, prepare));
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Optimistic.tables.schedule(this.pool, eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    return onConnection(this.pool, async (client) => {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const told = await attempt(client, eventId, userId);
        if (told !== null) return told;
      }
      throw new Error(`${userId} lost ${MAX_TRIES} times on ${eventId}`);
    });
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Optimistic.tables.booked(this.pool, eventId);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

/** Null when somebody else was faster. */
async function attempt(client: pg.PoolClient, eventId: string, userId: string): Promise<Told | null> {
  const looked = await client.query<{ version: number; free: number; booked: boolean }>({
    ...LOOK,
    values: [eventId, userId],
  });
  const event = looked.rows[0];
  if (event === undefined) throw new Error(`${eventId} is not on sale`);
  if (event.booked) return { kind: 'already-booked' };
  if (event.free < 1) return { kind: 'sold-out' };
  const take = client.query<{ booking_id: string }>({ ...TAKE, values: [eventId, userId, event.version] });
  const taken = await take.catch((error: unknown) => {
    if (isTaken(error)) return null;
    throw error;
  });
  if (taken === null) return { kind: 'already-booked' };
  const bookingId = taken.rows[0]?.booking_id;
  return bookingId === undefined ? null : { kind: 'booked', bookingId };
}

export const optimistic: Rival = {
  name: 'version column, retry',
  schema: SCHEMA,
  open: (url, poolSize) => Optimistic.open(url, poolSize),
  script: `${scripted(LOOK.text, 'event', 'user')} \\gset\n${scripted(TAKE.text, 'event', 'user', 'version')};\n`,
};
