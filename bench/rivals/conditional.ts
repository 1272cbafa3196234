import type pg from 'pg';
import type { Booked, Contender, Told } from '../support/contender.js';
import { SalesTables, isTaken, openPool, scripted, type Rival } from './rival.js';

const SCHEMA = 'rival_conditional';
/** The counter moves only while a place is free, and the booking only if the counter moved. */
const TAKE = {
  name: 'take',
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

  private constructor(private readonly pool: pg.Pool) {}

  static async open(url: string, poolSize: number): Promise<Conditional> {
    await Conditional.tables.create(url);
    const prepare = async (client: pg.PoolClient): Promise<void> =>
      void (await client.query({ ...TAKE, values: ['', ''] }));
    return new Conditional(await openPool(url, { poolSize, name: 'rival-conditional' }, prepare));
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return Conditional.tables.schedule(this.pool, eventId, capacity);
  }

  async book(eventId: string, userId: string): Promise<Told> {
    try {
      const { rows } = await this.pool.query<{ booking_id: string }>({ ...TAKE, values: [eventId, userId] });
      const bookingId = rows[0]?.booking_id;
      return bookingId === undefined ? { kind: 'sold-out' } : { kind: 'booked', bookingId };
    } catch (error) {
      if (isTaken(error)) return { kind: 'already-booked' };
      throw error;
    }
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return Conditional.tables.booked(this.pool, eventId);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

export const conditional: Rival = {
  name: 'unique constraint, one statement',
  schema: SCHEMA,
  open: (url, poolSize) => Conditional.open(url, poolSize),
  script: `${scripted(TAKE.text, 'event', 'user')};\n`,
};
