import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { isTaken, onConnection, openPool, type Rival } from './rival.js';

const SCHEMA = 'rival_naive';
const TABLES = `
  CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.facts (
    stream text NOT NULL,
    revision int NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, revision)
  )`;
const LOAD = {
  name: 'load',
  text: `SELECT revision, type, data FROM ${SCHEMA}.facts WHERE stream = $1 ORDER BY revision`,
};
const APPEND = {
  name: 'append',
  text: `INSERT INTO ${SCHEMA}.facts (stream, revision, type, data) VALUES ($1, $2, $3, $4)`,
};

interface Fact {
  readonly revision: number;
  readonly type: 'scheduled' | 'booked';
  readonly data: { readonly capacity?: number; readonly userId?: string; readonly bookingId?: string };
}

/** A caller who loses so often has waited for minutes. */
const MAX_TRIES = 10_000;

async function prepare(client: pg.PoolClient): Promise<void> {
  await client.query({ ...LOAD, values: [''] });
  await client.query('BEGIN');
  await client.query({ ...APPEND, values: ['', 0, '', '{}'] });
  await client.query('ROLLBACK');
}

/**
 * Event sourcing as the tutorials have it: every request reads the whole stream, folds it, decides, and appends under the
 * next revision; the primary key refuses all but one, and the others begin anew.
 */
class NaiveEventSourcing implements Contender {
  private constructor(private readonly pool: pg.Pool) {}

  static async open(url: string, poolSize: number): Promise<NaiveEventSourcing> {
    const made = await openPool(url, { poolSize: 1, name: 'rival-naive' }, async (client) => {
      await client.query(TABLES);
    });
    await made.end();
    return new NaiveEventSourcing(await openPool(url, { poolSize, name: 'rival-naive' }, prepare));
  }

  async schedule(eventId: string, capacity: number): Promise<void> {
    await this.pool.query({ ...APPEND, values: [eventId, 0, 'scheduled', { capacity }] });
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

  async booked(eventId: string): Promise<readonly Booked[]> {
    const { rows } = await this.pool.query<Fact>({ ...LOAD, values: [eventId] });
    return rows
      .filter(({ type }) => type === 'booked')
      .map(({ data }) => ({ bookingId: data.bookingId!, userId: data.userId!, seats: 1 }));
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

/** Null when somebody else was faster. */
async function attempt(client: pg.PoolClient, eventId: string, userId: string): Promise<Told | null> {
  const { rows } = await client.query<Fact>({ ...LOAD, values: [eventId] });
  let capacity = 0;
  const users = new Set<string>();
  for (const { type, data } of rows) {
    if (type === 'scheduled') capacity = data.capacity!;
    else users.add(data.userId!);
  }
  if (users.has(userId)) return { kind: 'already-booked' };
  if (users.size >= capacity) return { kind: 'sold-out' };
  const bookingId = crypto.randomUUID();
  try {
    await client.query({ ...APPEND, values: [eventId, rows.length, 'booked', { bookingId, userId }] });
    return { kind: 'booked', bookingId };
  } catch (error) {
    if (isTaken(error)) return null;
    throw error;
  }
}

export const naiveEventSourcing: Rival = {
  name: 'naive event sourcing',
  schema: SCHEMA,
  open: (url, poolSize) => NaiveEventSourcing.open(url, poolSize),
  script: null,
};
