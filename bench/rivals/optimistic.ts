import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { Connections, isTaken, type Connection } from './connection.js';
import { SalesTables, openHelpers, scripted, type Rival } from './rival.js';

const SCHEMA = 'rival_optimistic';
const LOOK = {
  name: 'look',
  parameters: 2,
  text: `
    SELECT e.version, e.capacity - e.seats_taken AS free,
           EXISTS (SELECT 1 FROM ${SCHEMA}.bookings b WHERE b.user_id = $2 AND b.event_id = $1) AS booked
    FROM ${SCHEMA}.events e WHERE e.event_id = $1`,
};
/** Counter and booking together, or neither: the version has to be the one that was looked at. */
const TAKE = {
  name: 'take',
  parameters: 3,
  text: `
    WITH moved AS (
      UPDATE ${SCHEMA}.events SET seats_taken = seats_taken + 1, version = version + 1
      WHERE event_id = $1 AND version = $3 RETURNING event_id)
    INSERT INTO ${SCHEMA}.bookings (event_id, user_id, seats)
    SELECT event_id, $2, 1 FROM moved RETURNING booking_id`,
};

/** A caller who loses so often has waited for minutes. */
const MAX_TRIES = 10_000;

/**
 * A version column: look, decide, write if nobody wrote in between, else again. One statement looks and one writes, each
 * its own transaction; who lost looks again at once on the same connection, so that no more race than there are
 * connections.
 */
class Optimistic implements Contender {
  private static readonly tables = new SalesTables(SCHEMA);

  private constructor(
    private readonly connections: Connections,
    private readonly pool: pg.Pool,
  ) {}

  static async open(url: string, poolSize: number): Promise<Optimistic> {
    await Optimistic.tables.create(url);
    return new Optimistic(
      await Connections.open(url, poolSize, 'rival-optimistic', [LOOK, TAKE]),
      openHelpers(url, 'rival-optimistic'),
    );
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Optimistic.tables.schedule(this.pool, eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    return this.connections.on(async (connection) => {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const told = await attempt(connection, eventId, userId);
        if (told !== null) return told;
      }
      throw new Error(`${userId} lost ${MAX_TRIES} times on ${eventId}`);
    });
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Optimistic.tables.booked(this.pool, eventId);
  }

  close(): Promise<void> {
    this.connections.close();
    return this.pool.end();
  }
}

/** Null when somebody else was faster. */
async function attempt(connection: Connection, eventId: string, userId: string): Promise<Told | null> {
  const [looked] = await connection.run([LOOK, eventId, userId]);
  const [version, free, isBooked] = looked?.[0] ?? [];
  if (version == null) throw new Error(`${eventId} is not on sale`);
  if (isBooked === 't') return { kind: 'already-booked' };
  if (Number(free) < 1) return { kind: 'sold-out' };
  try {
    const [taken] = await connection.run([TAKE, eventId, userId, version]);
    const bookingId = taken?.[0]?.[0];
    return bookingId == null ? null : { kind: 'booked', bookingId };
  } catch (error) {
    if (isTaken(error)) return { kind: 'already-booked' };
    throw error;
  }
}

export const optimistic: Rival = {
  name: 'version column, retry',
  schema: SCHEMA,
  open: (url, poolSize) => Optimistic.open(url, poolSize),
  script: `${scripted(LOOK.text, 'event', 'user')} \\gset\n${scripted(TAKE.text, 'event', 'user', 'version')};\n`,
};
