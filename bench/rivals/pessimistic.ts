import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { SalesTables, onConnection, openPool, scripted, type Rival } from './rival.js';

const SCHEMA = 'rival_pessimistic';
const BEGIN = { name: 'begin', text: 'BEGIN' };
const COMMIT = { name: 'commit', text: 'COMMIT' };
const LOCK = {
  name: 'lock',
  text: `SELECT capacity - seats_taken AS free FROM ${SCHEMA}.events WHERE event_id = $1 FOR UPDATE`,
};
/** Booking and counter in one statement; a user who has a booking already changes neither. */
const TAKE = {
  name: 'take',
  text: `
    WITH booking AS (
      INSERT INTO ${SCHEMA}.bookings (event_id, user_id, seats) VALUES ($1, $2, 1)
      ON CONFLICT (user_id, event_id) DO NOTHING
      RETURNING booking_id)
    UPDATE ${SCHEMA}.events e SET seats_taken = e.seats_taken + 1
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

/**
 * The answer most teams give: lock the event's row, look, write, commit. `classic` waits for the answer of each of the
 * four statements, as it is written with every driver and every ORM. `pipelined` is the harder rival, with two round
 * trips a booking, the fewest that leave the decision to the program: BEGIN travels with the SELECT, COMMIT with the
 * write.
 */
class Pessimistic implements Contender {
  private static readonly tables = new SalesTables(SCHEMA);

  private constructor(
    private readonly pool: pg.Pool,
    private readonly isPipelined: boolean,
  ) {}

  static async open(url: string, poolSize: number, isPipelined: boolean): Promise<Pessimistic> {
    await Pessimistic.tables.create(url);
    const settings = { poolSize, name: 'rival-pessimistic', ...(isPipelined && { pipeline: true as const }) };
    return new Pessimistic(await openPool(url, settings, prepare), isPipelined);
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Pessimistic.tables.schedule(this.pool, eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    const { isPipelined } = this;
    return onConnection(this.pool, (client) => (isPipelined ? pipelined : classic)(client, eventId, userId));
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Pessimistic.tables.booked(this.pool, eventId);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

type Locked = { readonly free: number };
type Taken = { readonly booking_id: string };

async function classic(client: pg.PoolClient, eventId: string, userId: string): Promise<Told> {
  await client.query(BEGIN);
  const locked = await client.query<Locked>({ ...LOCK, values: [eventId] });
  if (isFull(locked)) {
    await client.query(COMMIT);
    return { kind: 'sold-out' };
  }
  const taken = await client.query<Taken>({ ...TAKE, values: [eventId, userId] });
  await client.query(COMMIT);
  return toldOf(taken);
}

async function pipelined(client: pg.PoolClient, eventId: string, userId: string): Promise<Told> {
  const [, locked] = await Promise.all([client.query(BEGIN), client.query<Locked>({ ...LOCK, values: [eventId] })]);
  if (isFull(locked)) {
    await client.query(COMMIT);
    return { kind: 'sold-out' };
  }
  const take = client.query<Taken>({ ...TAKE, values: [eventId, userId] });
  const [taken] = await Promise.all([take, client.query(COMMIT)]);
  return toldOf(taken);
}

const isFull = ({ rows }: pg.QueryResult<Locked>): boolean => (rows[0]?.free ?? 0) < 1;

function toldOf({ rows }: pg.QueryResult<Taken>): Told {
  const bookingId = rows[0]?.booking_id;
  return bookingId === undefined ? { kind: 'already-booked' } : { kind: 'booked', bookingId };
}

const lock = `${scripted(LOCK.text, 'event')} \\gset`;
const take = scripted(TAKE.text, 'event', 'user');

export const pessimistic: Rival = {
  name: 'SELECT … FOR UPDATE',
  schema: SCHEMA,
  open: (url, poolSize) => Pessimistic.open(url, poolSize, false),
  script: `BEGIN;\n${lock}\n\\if :free > 0\n${take};\n\\endif\nCOMMIT;\n`,
};

export const pessimisticPipelined: Rival = {
  name: 'SELECT … FOR UPDATE, pipelined',
  schema: SCHEMA,
  open: (url, poolSize) => Pessimistic.open(url, poolSize, true),
  // pgbench cannot look at an answer inside a pipeline: it takes the place unseen, which the constraint allows.
  script: `\\startpipeline\nBEGIN;\n${scripted(LOCK.text, 'event')};\n\\endpipeline\n\\startpipeline\n${take};\nCOMMIT;\n\\endpipeline\n`,
};
