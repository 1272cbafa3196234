import type pg from 'pg';
import { TABLES, cellsOf, rowText, type Cell, type TableName } from './canonical.js';
import { expectedOf, type Skipped, type StreamPorts } from './expected-stream.js';
import type { ExpectedRows } from './expected.js';
import type { Difference } from './findings.js';
import { COMPARABLE, cells, readClaimed, type Claimed } from './snapshot.js';
import type { TablesReport, VerifyPorts } from './verify.js';

export type RepairPorts = Pick<VerifyPorts, 'pool' | 'logId'> & StreamPorts;

/** What was done to one row. */
export interface Mended {
  readonly table: TableName;
  readonly keys: readonly string[];
  readonly did: 'inserted' | 'rewritten' | 'deleted';
}

const AT_ONCE = 1_000;
/** A projector may just be ending a million bookings. */
const LOCK_TIMEOUT_MS = 60_000;
/** The order in which rows may be put in; they are taken out in the other. */
const ORDER: readonly TableName[] = ['events', 'bookings', 'past_bookings', 'booking_history'];
/** Made by the database itself. */
const GENERATED: readonly string[] = ['sales_end_at'];

/**
 * Writes the rows that differ once more, event by event: each event's stream is folded up to where the checkpoint stands
 * now, which is locked meanwhile, so that no projector writes between the fold and the rows. Everything else is left alone.
 * What should not be there and others may point at goes last, when nothing else differs: look again, and repair again.
 */
export async function repairTables(
  ports: RepairPorts,
  { differences }: Pick<TablesReport, 'differences'>,
): Promise<Mended[]> {
  const strangers = differences.filter(
    ({ table, kind }) => kind === 'extra' && (table === 'users' || table === 'events'),
  );
  if (strangers.length === differences.length)
    return locked(ports, async (sql) => [
      ...(await sql.delete('events', keysOf(strangers, 'events'))),
      ...(await sql.delete('users', keysOf(strangers, 'users'))),
    ]);
  // Whoever had a booking once had it for ever: no fold is needed to know that they belong here.
  const users = keysOf(
    differences.filter(({ kind }) => kind === 'missing'),
    'users',
  );
  const mended = await locked(ports, (sql) => sql.insertUsers(users));
  const homes = new Map<string, Difference[]>();
  for (const difference of differences) {
    if (strangers.includes(difference) || difference.table === 'users') continue;
    const home = difference.events[0]!;
    homes.set(home, [...(homes.get(home) ?? []), difference]);
  }
  for (const [eventId, about] of homes)
    mended.push(...(await locked(ports, (sql, claimed) => mendEvent(ports, sql, claimed, eventId, about))));
  return mended;
}

const keysOf = (differences: readonly Difference[], table: TableName): (readonly string[])[] =>
  differences.filter((difference) => difference.table === table).map(({ keys }) => keys);

/** Puts right what the checkpoint says of the record that it names. Null: it says nothing wrong, or names no such record. */
export async function repairCheckpoint(
  { pool, logId }: RepairPorts,
  { truth, claimed }: Pick<TablesReport, 'truth' | 'claimed'>,
): Promise<string | null> {
  if (truth === null || claimed.last === null) return null;
  const { rowCount } = await pool.query(
    `UPDATE projections.checkpoint SET log_id = $3, position = $4::bigint, stream = $5, revision = $6::bigint
      WHERE projection = $1 AND generation = $2 AND record_id = $7::uuid
        AND (log_id, position, stream, revision) IS DISTINCT FROM ($3::text, $4::bigint, $5::text, $6::bigint)`,
    [
      claimed.projection,
      claimed.generation,
      logId,
      String(truth.position),
      truth.stream,
      truth.revision,
      claimed.last.recordId,
    ],
  );
  return rowCount === 1 ? `position ${truth.position}, revision ${truth.revision} of ${truth.stream}` : null;
}

async function locked(
  { pool }: RepairPorts,
  work: (sql: Tables, claimed: Claimed) => Promise<Mended[]>,
): Promise<Mended[]> {
  const client = await pool.connect();
  let isClean = false;
  try {
    await client.query(`BEGIN; ${COMPARABLE}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const claimed = await readClaimed(client, 'FOR UPDATE');
    const mended = await work(new Tables(client, `read_model_g${claimed.generation}`), claimed);
    await client.query('COMMIT');
    isClean = true;
    return mended;
  } finally {
    // A connection in a doubtful state is cut: the server rolls back.
    client.release(!isClean);
  }
}

async function mendEvent(
  ports: RepairPorts,
  sql: Tables,
  { position }: Claimed,
  eventId: string,
  about: readonly Difference[],
): Promise<Mended[]> {
  const stream = ports.streamPrefix + eventId;
  const expected = await expectedOf(ports, stream, position, await sql.skipped(stream));
  const changes = new Map<TableName, Change[]>();
  for (const table of ORDER) changes.set(table, await changesOf(sql, table, keysOf(about, table), expected));
  return apply(sql, changes);
}

interface Change {
  readonly keys: readonly string[];
  readonly isThere: boolean;
  /** Null: there should be no such row. */
  readonly row: readonly Cell[] | null;
}

/** Of the rows with these keys, those that are not as they should be by now. */
async function changesOf(
  sql: Tables,
  table: TableName,
  asked: readonly (readonly string[])[],
  expected: ExpectedRows,
): Promise<Change[]> {
  const found = new Map<string, string>();
  for (let from = 0; from < asked.length; from += AT_ONCE)
    for (const row of await sql.rows(table, asked.slice(from, from + AT_ONCE)))
      found.set(row.slice(0, TABLES[table].keys).join('\t'), rowText(row));
  return asked.flatMap((keys) => {
    const is = found.get(keys.join('\t')) ?? null;
    const should = expected.row(table, keys);
    return is === should ? [] : [{ keys, isThere: is !== null, row: should === null ? null : cellsOf(should) }];
  });
}

/** What is wrong goes first, so that no key stands in the way of a row that belongs there. */
async function apply(sql: Tables, changes: ReadonlyMap<TableName, readonly Change[]>): Promise<Mended[]> {
  const mended: Mended[] = [];
  for (const table of ['bookings', 'past_bookings', 'booking_history'] as const) {
    const there = changes.get(table)!.filter(({ isThere }) => isThere);
    const deleted = await sql.delete(
      table,
      there.map(({ keys }) => keys),
    );
    mended.push(...deleted.filter((_, n) => there[n]!.row === null));
  }
  for (const table of ORDER) {
    const rows = changes.get(table)!.filter(({ row }) => row !== null);
    if (table === 'bookings') mended.push(...(await sql.makeRoom(rows.map(({ row }) => row!))));
    if (table === 'events') for (const { row, isThere } of rows) await sql.put(row!, isThere);
    else
      await sql.insert(
        table,
        rows.map(({ row }) => row!),
      );
    for (const { keys, isThere } of rows) mended.push({ table, keys, did: isThere ? 'rewritten' : 'inserted' });
  }
  return mended;
}

/** The statements of one generation, in one transaction. */
class Tables {
  constructor(
    private readonly client: pg.PoolClient,
    private readonly schema: string,
  ) {}

  /** The rows with these keys, and others that share the first of them. */
  rows(table: TableName, keys: readonly (readonly string[])[]): Promise<Cell[][]> {
    const { columns } = TABLES[table];
    const text = `SELECT ${columns.join()} FROM ${this.schema}.${table} WHERE ${columns[0]} = ANY ($1::text[])`;
    return cells(this.client, text, [[...new Set(keys.map(([first]) => first))]]);
  }

  /** The records of a stream that were skipped, in whichever log, in the order of revisions. */
  async skipped(stream: string): Promise<Skipped[]> {
    const text = `SELECT revision, record_id FROM projections.skips
      WHERE projection = 'bookings' AND stream = $1 ORDER BY revision`;
    const rows = await cells(this.client, text, [stream]);
    return rows.map(([revision, recordId]) => ({ stream, revision: Number(revision), recordId: recordId! }));
  }

  async insertUsers(keys: readonly (readonly string[])[]): Promise<Mended[]> {
    const text = `INSERT INTO ${this.schema}.users SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`;
    if (keys.length > 0) await this.client.query(text, [keys.map(([user]) => user)]);
    return keys.map((each) => ({ table: 'users' as const, keys: each, did: 'inserted' as const }));
  }

  async delete(table: TableName, keys: readonly (readonly string[])[]): Promise<Mended[]> {
    const names = TABLES[table].columns.slice(0, TABLES[table].keys);
    const where = names.map((name, n) => `t.${name}::text = k.key->>${n}`).join(' AND ');
    const first = `t.${names[0]} = ANY (SELECT key->>0 FROM jsonb_array_elements($1::jsonb) w(key))`;
    for (let from = 0; from < keys.length; from += AT_ONCE)
      await this.client.query(
        `DELETE FROM ${this.schema}.${table} t USING jsonb_array_elements($1::jsonb) k(key) WHERE ${first} AND ${where}`,
        [JSON.stringify(keys.slice(from, from + AT_ONCE))],
      );
    return keys.map((each) => ({ table, keys: each, did: 'deleted' as const }));
  }

  /**
   * Deletes what is active in the places of these bookings: a user has one of them on an event, and it is these. Such a row
   * belongs to another event, where it is missing from now on, or nowhere; it may be beyond the differences that were told.
   */
  async makeRoom(bookings: readonly (readonly Cell[])[]): Promise<Mended[]> {
    const mended: Mended[] = [];
    for (let from = 0; from < bookings.length; from += AT_ONCE) {
      const places = bookings.slice(from, from + AT_ONCE).map((row) => recordOf('bookings', row));
      const rows = await cells(
        this.client,
        `DELETE FROM ${this.schema}.bookings b USING jsonb_populate_recordset(NULL::${this.schema}.bookings, $1::jsonb) v
          WHERE b.user_id = v.user_id AND b.event_id = v.event_id RETURNING b.booking_id`,
        [JSON.stringify(places)],
      );
      mended.push(...rows.map(([id]) => ({ table: 'bookings' as const, keys: [id!], did: 'deleted' as const })));
    }
    return mended;
  }

  async insert(table: TableName, rows: readonly (readonly Cell[])[]): Promise<void> {
    const names = TABLES[table].columns.filter((name) => !GENERATED.includes(name)).join();
    for (let from = 0; from < rows.length; from += AT_ONCE)
      await this.client.query(
        `INSERT INTO ${this.schema}.${table} (${names})
         SELECT ${names} FROM jsonb_populate_recordset(NULL::${this.schema}.${table}, $1::jsonb)`,
        [JSON.stringify(rows.slice(from, from + AT_ONCE).map((row) => recordOf(table, row)))],
      );
  }

  /** A row of `events`: others point at it, so it is never taken out and put in again. */
  async put(row: readonly Cell[], isThere: boolean): Promise<void> {
    if (!isThere) return this.insert('events', [row]);
    const names = TABLES.events.columns.slice(1).filter((name) => !GENERATED.includes(name));
    await this.client.query(
      `UPDATE ${this.schema}.events t SET (${names.join()}) = (SELECT ${names.map((name) => `v.${name}`).join()}
         FROM jsonb_populate_record(NULL::${this.schema}.events, $1::jsonb) v) WHERE t.event_id = $2`,
      [JSON.stringify(recordOf('events', row)), row[0]],
    );
  }
}

const recordOf = (table: TableName, row: readonly Cell[]): Readonly<Record<string, Cell>> =>
  Object.fromEntries(TABLES[table].columns.map((name, n) => [name, row[n] ?? null]));
