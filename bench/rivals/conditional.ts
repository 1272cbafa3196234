import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { Connections, isTaken } from './connection.js';
import { SalesTables, openHelpers, scripted, type Rival } from './rival.js';

const SCHEMA = 'rival_conditional';
/** The counter moves only while a place is free, and the booking only if the counter moved. */
const TAKE = {
  name: 'take',
  parameters: 2,
  text: `
    WITH counted AS (
      UPDATE ${SCHEMA}.events SET seats_taken = seats_taken + 1
      WHERE event_id = $1 AND seats_taken < capacity RETURNING event_id)
    INSERT INTO ${SCHEMA}.bookings (event_id, user_id, seats)
    SELECT event_id, $2, 1 FROM counted RETURNING booking_id`,
};

/**
 * No decision in the program at all: one statement, one round trip, one transaction. The unique constraint refuses the
 * second booking of a user and takes the counter back with it.
 */
class Conditional implements Contender {
  private static readonly tables = new SalesTables(SCHEMA);

  private constructor(
    private readonly connections: Connections,
    private readonly pool: pg.Pool,
  ) {}

  static async open(url: string, poolSize: number): Promise<Conditional> {
    await Conditional.tables.create(url);
    return new Conditional(
      await Connections.open(url, poolSize, 'rival-conditional', [TAKE]),
      openHelpers(url, 'rival-conditional'),
    );
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Conditional.tables.schedule(this.pool, eventId, capacity);
  }

  async book(eventId: string, userId: string): Promise<Told> {
    try {
      const [rows] = await this.connections.on((connection) => connection.run([TAKE, eventId, userId]));
      const bookingId = rows?.[0]?.[0];
      return bookingId == null ? { kind: 'sold-out' } : { kind: 'booked', bookingId };
    } catch (error) {
      if (isTaken(error)) return { kind: 'already-booked' };
      throw error;
    }
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Conditional.tables.booked(this.pool, eventId);
  }

  close(): Promise<void> {
    this.connections.close();
    return this.pool.end();
  }
}

export const conditional: Rival = {
  name: 'unique constraint, one statement',
  schema: SCHEMA,
  open: (url, poolSize) => Conditional.open(url, poolSize),
  script: `${scripted(TAKE.text, 'event', 'user')};\n`,
};
