import type pg from 'pg';
import type { Position } from '../src/application/ports.js';
import { TABLES, TABLE_NAMES, inPart, type Cell, type TableName } from './canonical.js';
import { NoCheckpoint, readSkipped } from './checkpoint.js';

const ROWS = 5_000;
/** The log is folded between two questions: longer than that ever takes. */
const IDLE_TIMEOUT_MS = 600_000;
const STATEMENT_TIMEOUT_MS = 120_000;
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;

/** Every value as the server writes it. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** The last record that the tables say they contain. */
export interface Claimed {
  readonly projection: string;
  readonly generation: number;
  readonly logId: string | null;
  readonly position: Position;
  /** Null when nothing is folded. */
  readonly last: { readonly stream: string; readonly revision: number; readonly recordId: string } | null;
}

/** The live tables and their checkpoint, all of one moment: one REPEATABLE READ transaction. */
export class Snapshot {
  private constructor(
    private readonly client: pg.PoolClient,
    readonly claimed: Claimed,
    /** Ids of the records that are left out of the fold. */
    readonly skipped: ReadonlySet<string>,
  ) {}

  static async open(pool: pg.Pool): Promise<Snapshot> {
    const client = await pool.connect();
    client.on('error', () => undefined);
    try {
      await client.query(BEGIN);
      const claimed = await readClaimed(client, '');
      return new Snapshot(client, claimed, await readSkipped(client, claimed.projection));
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** The tables of another generation, at the same moment; closed together with this one. */
  async beside(generation: number): Promise<Snapshot> {
    return new Snapshot(this.client, await readClaimed(this.client, '', generation), this.skipped);
  }

  /** Rows in all tables. */
  async size(): Promise<number> {
    let rows = 0;
    for (const table of TABLE_NAMES) rows += await this.count(table);
    return rows;
  }

  async count(table: TableName): Promise<number> {
    const [row] = await cells(this.client, `SELECT count(*) FROM ${this.schema}.${table}`);
    return Number(row![0]);
  }

  /** Every row of a part, in no order, a few thousand at a time. */
  rows(table: TableName, parts: number, part: number): AsyncGenerator<readonly Cell[][]> {
    return this.pages(table, inPart(TABLES[table].columns[0], parts, part), []);
  }

  /** The rows of the events after `from` (null: from the first), up to and with `to` (null: all), in no order. */
  between(
    table: 'events' | 'bookings' | 'past_bookings',
    from: string | null,
    to: string | null,
  ): AsyncGenerator<readonly Cell[][]> {
    const bounds = [from === null ? '' : 'event_id > $1', to === null ? '' : `event_id <= $${from === null ? 1 : 2}`];
    const where = bounds.filter((bound) => bound !== '').join(' AND ');
    return this.pages(
      table,
      where === '' ? 'true' : where,
      [from, to].filter((bound) => bound !== null),
    );
  }

  /** The rows with these first keys, however many, a few thousand at a time. */
  pagesHaving(table: TableName, keys: readonly string[]): AsyncGenerator<readonly Cell[][]> {
    return this.pages(table, `${TABLES[table].columns[0]} = ANY ($1::text[])`, [keys]);
  }

  /** The rows with these first keys. */
  having(table: TableName, keys: readonly string[]): Promise<Cell[][]> {
    const { columns } = TABLES[table];
    const text = `SELECT ${columns.join()} FROM ${this.schema}.${table} WHERE ${columns[0]} = ANY ($1::text[])`;
    return cells(this.client, text, [keys]);
  }

  /** How many users have no booking. */
  async strangers(): Promise<number> {
    const without = (table: string) => `NOT EXISTS (SELECT FROM ${this.schema}.${table} b WHERE b.user_id = u.user_id)`;
    const text = `SELECT count(*) FROM ${this.schema}.users u WHERE ${without('bookings')} AND ${without('past_bookings')}`;
    return Number((await cells(this.client, text))[0]![0]);
  }

  private async *pages(table: TableName, where: string, values: readonly unknown[]): AsyncGenerator<readonly Cell[][]> {
    const select = `SELECT ${TABLES[table].columns.join()} FROM ${this.schema}.${table} WHERE ${where}`;
    await cells(this.client, `DECLARE found NO SCROLL CURSOR FOR ${select}`, values);
    const next = () => cells(this.client, `FETCH ${ROWS} FROM found`);
    let coming = next();
    try {
      for (let isLast = false; !isLast;) {
        const page = await coming;
        isLast = page.length < ROWS;
        // The next rows travel while these are compared.
        if (!isLast) coming = next();
        coming.catch(() => undefined);
        if (page.length > 0) yield page;
      }
    } finally {
      // Who has seen enough may ask for other rows. It fails only where something before it has failed, and was told.
      await this.client.query('CLOSE found').catch(() => undefined);
    }
  }

  close(): void {
    // Whatever state it is in: the snapshot goes with the connection.
    this.client.release(true);
  }

  private get schema(): string {
    return `read_model_g${this.claimed.generation}`;
  }
}

/** Of the live generation unless said. `lock`: FOR UPDATE, so that no projector moves it meanwhile. */
export async function readClaimed(
  client: pg.PoolClient,
  lock: '' | 'FOR UPDATE',
  of: number | null = null,
): Promise<Claimed> {
  const [row] = await cells(
    client,
    `SELECT projection, generation, log_id, position, stream, revision, record_id
       FROM projections.checkpoint WHERE projection = 'bookings' AND coalesce(generation = $1, live) ${lock}`,
    [of],
  );
  if (row === undefined)
    throw new NoCheckpoint(
      of === null ? 'no generation of the tables is live: run the migrations' : `there is no generation ${of}`,
    );
  const [projection, generation, logId, position, stream, revision, recordId] = row as [string, ...(string | null)[]];
  const last = recordId == null ? null : { stream: stream!, revision: Number(revision), recordId };
  return { projection, generation: Number(generation), logId: logId ?? null, position: BigInt(position!), last };
}

/** Rows as cells, under the session's ISO dates and UTC. */
export async function cells(client: pg.PoolClient, text: string, values: readonly unknown[] = []): Promise<Cell[][]> {
  const bounds = { query_timeout: QUERY_TIMEOUT_MS };
  const asked = { text, values: [...values], rowMode: 'array' as const, types: AS_TEXT, ...bounds };
  return (await client.query<Cell[]>(asked)).rows;
}

/** What every transaction that compares rows begins with. */
export const COMPARABLE = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`;

const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${COMPARABLE}`;
