import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { Connections, type Connection, type Row } from './connection.js';
import { SalesTables, openHelpers, scripted, type Rival } from './rival.js';

const SCHEMA = 'rival_pessimistic';
const BEGIN = { name: 'begin', text: 'BEGIN', parameters: 0 };
const COMMIT = { name: 'commit', text: 'COMMIT', parameters: 0 };
const LOCK = {
  name: 'lock',
  parameters: 1,
  text: `SELECT capacity - seats_taken AS free FROM ${SCHEMA}.events WHERE event_id = $1 FOR UPDATE`,
};
/** Booking and counter in one statement; a user who has a booking already changes neither. */
const TAKE = {
  name: 'take',
  parameters: 2,
  text: `
    WITH booking AS (
      INSERT INTO ${SCHEMA}.bookings (event_id, user_id, seats) VALUES ($1, $2, 1)
      ON CONFLICT (user_id, event_id) DO NOTHING
      RETURNING booking_id)
    UPDATE ${SCHEMA}.events e SET seats_taken = e.seats_taken + 1
    FROM booking WHERE e.event_id = $1
    RETURNING booking.booking_id`,
};

/**
 * The answer most teams give: lock the event's row, look, write, commit. `classic` waits for the answer of each of the
 * four statements, as it is written with every driver and every ORM. `pipelined` is the harder rival, with two round
 * trips a booking, the fewest that leave the decision to the program: BEGIN travels with the SELECT, COMMIT with the
 * write.
 */
class Pessimistic implements Contender {
  private static readonly tables = new SalesTables(SCHEMA);

  private constructor(
    private readonly connections: Connections,
    private readonly pool: pg.Pool,
    private readonly isPipelined: boolean,
  ) {}

  static async open(url: string, poolSize: number, isPipelined: boolean): Promise<Pessimistic> {
    await Pessimistic.tables.create(url);
    const connections = await Connections.open(url, poolSize, 'rival-pessimistic', [BEGIN, LOCK, TAKE, COMMIT]);
    return new Pessimistic(connections, openHelpers(url, 'rival-pessimistic'), isPipelined);
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Pessimistic.tables.schedule(this.pool, eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    const { isPipelined } = this;
    return this.connections.on((connection) => (isPipelined ? pipelined : classic)(connection, eventId, userId));
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Pessimistic.tables.booked(this.pool, eventId);
  }

  close(): Promise<void> {
    this.connections.close();
    return this.pool.end();
  }
}

async function classic(connection: Connection, eventId: string, userId: string): Promise<Told> {
  await connection.run([BEGIN]);
  const [locked] = await connection.run([LOCK, eventId]);
  if (isFull(locked)) {
    await connection.run([COMMIT]);
    return { kind: 'sold-out' };
  }
  const [taken] = await connection.run([TAKE, eventId, userId]);
  await connection.run([COMMIT]);
  return toldOf(taken);
}

async function pipelined(connection: Connection, eventId: string, userId: string): Promise<Told> {
  const [, locked] = await connection.run([BEGIN], [LOCK, eventId]);
  if (isFull(locked)) {
    await connection.run([COMMIT]);
    return { kind: 'sold-out' };
  }
  const [taken] = await connection.run([TAKE, eventId, userId], [COMMIT]);
  return toldOf(taken);
}

const isFull = (rows: readonly Row[] | undefined): boolean => Number(rows?.[0]?.[0] ?? 0) < 1;

function toldOf(rows: readonly Row[] | undefined): Told {
  const bookingId = rows?.[0]?.[0];
  return bookingId == null ? { kind: 'already-booked' } : { kind: 'booked', bookingId };
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
