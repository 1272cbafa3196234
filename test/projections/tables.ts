import type pg from 'pg';
import type { RecordedEvent } from '../../src/application/ports.js';
import { createPool } from '../../src/infrastructure/postgres/pool.js';
import { BookingsProjection } from '../../projections/bookings-tables.js';
import { Checkpoints, type Checkpoint } from '../../projections/checkpoint.js';
import type { FeedRecord } from '../../projections/projection.js';
import { tablesAfter, type Tables } from './oracle.js';
import { freshDatabase, silent, type TestDatabase } from '../support/postgres.js';

const LONG = { statementTimeoutMs: 10_000, queryTimeoutMs: 11_000 };
const NAMES = ['users', 'events', 'bookings', 'past_bookings', 'booking_history'] as const;

/** The read model of one test, in a database of its own. */
export class ReadModel {
  readonly projection = new BookingsProjection(1, 'booking-');
  readonly checkpoints: Checkpoints;

  private constructor(
    readonly pool: pg.Pool,
    private readonly database: TestDatabase,
  ) {
    this.checkpoints = new Checkpoints(pool, this.projection, LONG);
  }

  static async open(): Promise<ReadModel> {
    const database = await freshDatabase();
    return new ReadModel(poolOf(database.url), database);
  }

  get url(): string {
    return this.database.url;
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
  }

  /** Back to the beginning of the log. */
  async clear(): Promise<void> {
    // Rows are few: deleting them is ten times faster than giving every table and index a new file.
    const emptied = [...NAMES].reverse().map((name) => `DELETE FROM read_model_g1.${name};`);
    await this.pool.query(`
      ${emptied.join(' ')} DELETE FROM projections.checkpoint;
      INSERT INTO projections.checkpoint (projection, generation, live) VALUES ('bookings', 1, true)`);
  }

  /** Folds the records in batches of these sizes, as a projector that begins; the last size goes on to the end. */
  async fold(records: readonly FeedRecord[], sizes: readonly number[], projection = this.projection): Promise<void> {
    let checkpoint: Checkpoint | null = await this.checkpoints.read();
    projection.forget();
    const batches = this.split(records, sizes);
    for (const [at, batch] of batches.entries()) {
      const next = () => batches[at + 1] ?? null;
      checkpoint = await this.checkpoints.advance(checkpoint, batch.at(-1)!, (sql) =>
        projection.apply(sql, batch, next),
      );
      if (checkpoint === null) throw new Error('somebody else moved the checkpoint');
    }
  }

  private split(records: readonly FeedRecord[], sizes: readonly number[]): FeedRecord[][] {
    const batches: FeedRecord[][] = [];
    let room = 0;
    for (const record of records) {
      const alone = this.projection.standsAlone(record);
      if (room === 0 || alone) {
        room = sizes[batches.length] ?? sizes.at(-1)!;
        batches.push([]);
      }
      batches.at(-1)!.push(record);
      room = alone ? 0 : room - 1;
    }
    return batches;
  }

  /** To the byte what the oracle makes of these records. */
  async expectTables(records: readonly RecordedEvent[]): Promise<void> {
    expect(firstDifference(await this.tables(), tablesAfter(records))).toBeNull();
  }

  async tables(): Promise<Tables> {
    const tables: Partial<Tables> = {};
    for (const name of NAMES) {
      const key = name === 'booking_history' ? '1, 2' : '1';
      const { rows } = await this.pool.query<Record<string, unknown>>(
        `SELECT * FROM read_model.${name} ORDER BY ${key}`,
      );
      tables[name] = rows.map(plain);
    }
    return tables as Tables;
  }
}

export const poolOf = (url: string): pg.Pool =>
  createPool(url, {
    max: 6,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 2_000,
    idleInTransactionTimeoutMs: 5_000,
    queryTimeoutMs: 6_000,
    applicationName: 'test',
    isPipelined: true,
    logger: silent,
  });

/** The first row that differs tells more than two whole tables side by side. */
function firstDifference(found: Tables, expected: Tables): unknown {
  for (const name of NAMES)
    for (let i = 0; i < Math.max(found[name].length, expected[name].length); i++) {
      const [ours, oracles] = [found[name][i], expected[name][i]];
      if (JSON.stringify(ours) !== JSON.stringify(oracles)) return { table: name, found: ours, expected: oracles };
    }
  return null;
}

/** Instants as the oracle has them. */
const plain = (row: Record<string, unknown>): Tables['users'][number] =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.getTime() : value]),
  ) as Tables['users'][number];
