import type pg from 'pg';
import type { Position } from '../../application/ports.js';
import type { StoredRecord } from './codec.js';
import type { DatedRecord, Finding, Head, LogWalk, Place, PlacedLink } from './log-walk.js';
import { RECORD, ask, storedOf, unavailable, type RecordRow } from './postgres-statements.js';

const PAGE = 2_000;
const HEADS = 5_000;
/** Nothing is asked while what was read is worked on: longer than that ever takes. */
const IDLE_TIMEOUT_MS = 600_000;
/** Some statements look at a whole table. The client waits longer than the server may take: the server has the last word. */
const STATEMENT_TIMEOUT_MS = 120_000;
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
const MOST_MISFITS = 100;

/** The log in Postgres, in one REPEATABLE READ snapshot on a connection of its own. */
export class PostgresWalk implements LogWalk {
  readonly isGapless = true;
  private client: Promise<pg.PoolClient> | null = null;

  constructor(private readonly pool: pg.Pool) {}

  async head(): Promise<Position> {
    const [row] = await this.ask<[number]>('SELECT head FROM log.position', []);
    return BigInt(row?.[0] ?? 0);
  }

  pages(): AsyncGenerator<readonly StoredRecord[]> {
    const text = `SELECT ${RECORD} FROM log.events e WHERE e.position > $1 ORDER BY e.position LIMIT ${PAGE}`;
    return this.after<[...RecordRow], StoredRecord>(text, ['0'], storedOf, ({ position }) => [String(position)]);
  }

  dated(after: Position): AsyncGenerator<readonly DatedRecord[]> {
    const text = `SELECT ${RECORD}, to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                    FROM log.events e WHERE e.position > $1 ORDER BY e.position LIMIT ${PAGE}`;
    return this.after(text, [String(after)], datedOf, ({ position }) => [String(position)]);
  }

  byStream(): AsyncGenerator<readonly StoredRecord[]> {
    const text = `SELECT ${RECORD} FROM log.events e WHERE (e.stream, e.revision) > ($1, $2::bigint)
                   ORDER BY e.stream, e.revision LIMIT ${PAGE}`;
    return this.after<[...RecordRow], StoredRecord>(text, ['', '0'], storedOf, ({ stream, revision }) => [
      stream,
      String(revision),
    ]);
  }

  linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]> {
    return linksAt((text, values) => this.ask(text, values), places);
  }

  async *heads(upTo: Position | null = null): AsyncGenerator<readonly Head[]> {
    const end = upTo === null ? LAST_POSITION : String(upTo);
    for (let after = ''; ;) {
      const rows = await this.ask<[string, number | null, string | null]>(HEAD, [after, String(HEADS), end]);
      // A stream without a revision began later.
      const heads = rows.flatMap(([stream, revision, hash]) =>
        revision === null ? [] : [{ stream, revision, hash: hash ?? '' }],
      );
      if (heads.length > 0) yield heads;
      if (rows.length < HEADS) return;
      after = rows.at(-1)![0];
    }
  }

  async misfits(): Promise<readonly Finding[]> {
    const [end] = await this.ask<[number, number, number, number]>(EXTENT, []);
    const [head = 0, first = 1, last = 0, rows = 0] = end ?? [];
    const nothing = { stream: null, revision: null, id: null };
    const what = head > last ? `the log ends here, and once ended at ${head}` : `the log should end at ${head}`;
    const tail = head === last ? [] : [{ position: BigInt(head > last ? last + 1 : head + 1), ...nothing, what }];
    const strays = rows === last && first > 0 ? [] : await this.strays();
    const streams = await this.ask<[string, number | null, number | null]>(MISFITS, [String(MOST_MISFITS)]);
    return [
      ...tail,
      ...strays,
      ...streams.map(([stream, booked, found]) => ({
        ...{ position: null, stream, revision: booked ?? found, id: null },
        what:
          booked === null
            ? 'the store does not know this stream'
            : `the stream should end at revision ${booked} and ${found === null ? 'is empty' : `ends at ${found}`}`,
      })),
    ];
  }

  async close(): Promise<void> {
    const client = await this.client?.catch(() => null);
    this.client = null;
    // Whatever state it is in: the snapshot goes with the connection.
    client?.release(true);
  }

  private async *after<Row extends unknown[], Of extends StoredRecord>(
    text: string,
    first: readonly string[],
    recordOf: (row: Row) => Of,
    keyOf: (last: StoredRecord) => readonly string[],
  ): AsyncGenerator<readonly Of[]> {
    let coming = this.ask<Row>(text, first);
    for (let isLast = false; !isLast;) {
      const records = (await coming).map(recordOf);
      isLast = records.length < PAGE;
      // The next page travels while this one is worked on.
      if (!isLast) coming = this.ask<Row>(text, keyOf(records.at(-1)!));
      coming.catch(() => undefined);
      if (records.length > 0) yield records;
    }
  }

  /** The walk goes from position to position, from 1 on: these it may never have seen. */
  private async strays(): Promise<readonly Finding[]> {
    const rows = await this.ask<[number | null, string, number, string]>(STRAYS, [String(MOST_MISFITS)]);
    return rows.map(([position, stream, revision, id]) => ({
      ...{ position: position === null ? null : BigInt(position), stream, revision, id },
      what:
        position !== null && position > 0
          ? 'another record stands at the same position'
          : 'it stands outside the log, whose positions begin at 1',
    }));
  }

  private async ask<Row extends unknown[]>(text: string, values: readonly string[]): Promise<Row[]> {
    this.client ??= this.begin();
    return ask<Row>(await this.client, text, values, { query_timeout: QUERY_TIMEOUT_MS });
  }

  private async begin(): Promise<pg.PoolClient> {
    let client: pg.PoolClient | undefined;
    try {
      client = await this.pool.connect();
      client.on('error', () => undefined);
      await client.query(BEGIN);
      return client;
    } catch (error) {
      // Nobody else knows of it, and its pool would wait for it for ever.
      client?.release(true);
      throw unavailable(error);
    }
  }
}

const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`;

const datedOf = (row: [...RecordRow, recordedAt: string]): DatedRecord => ({
  ...storedOf(row as unknown as RecordRow),
  recordedAt: row[7],
});

/** Of type bigint. */
const LAST_POSITION = '9223372036854775807';

const LINKS = `
  SELECT e.position, e.revision, e.id, e.metadata->>'hash'
    FROM unnest(string_to_array($1, E'\\x1f'), $2::bigint[]) WITH ORDINALITY w(stream, revision, n)
    LEFT JOIN LATERAL (
      SELECT * FROM log.events x WHERE x.stream = w.stream AND x.revision = w.revision) e ON true
   ORDER BY w.n`;

type LinkRow = [position: number | null, revision: number | null, id: string | null, hash: string | null];

/** What stands at these places, by a query of whoever asks. */
export async function linksAt(
  ask: (text: string, values: readonly string[]) => Promise<LinkRow[]>,
  places: readonly Place[],
): Promise<readonly (PlacedLink | null)[]> {
  const rows = await ask(LINKS, [
    places.map(({ stream }) => stream).join('\x1f'),
    `{${places.map(({ revision }) => revision).join()}}`,
  ]);
  return rows.map(([position, revision, id, hash]) =>
    position === null || revision === null || id === null
      ? null
      : { position: BigInt(position), revision, id, hash: hash ?? '' },
  );
}

/** Of what is there, not of what the store's books say. */
const HEAD = `
  WITH RECURSIVE named AS (
    (SELECT stream FROM log.events WHERE stream > $1 ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT (SELECT e.stream FROM log.events e WHERE e.stream > n.stream ORDER BY e.stream LIMIT 1)
      FROM named n WHERE n.stream IS NOT NULL)
  SELECT n.stream, h.revision, h.metadata->>'hash'
    FROM (SELECT stream FROM named WHERE stream IS NOT NULL LIMIT $2::integer) n
    LEFT JOIN LATERAL (
     SELECT * FROM log.events x
      WHERE x.stream = n.stream AND x.position <= $3::bigint ORDER BY x.revision DESC LIMIT 1) h ON true
   ORDER BY n.stream`;

/**
 * Positions have no gaps: where the walk finds none missing, and there are as many rows as the last position says, none before
 * position 1, there is one at each.
 */
const EXTENT = `
  SELECT p.head, e.* FROM log.position p,
         (SELECT coalesce(min(position), 1), coalesce(max(position), 0), count(*) FROM log.events) e`;

/** Also where somebody has taken the constraints away. */
const STRAYS = `
  SELECT position, stream, revision, id FROM log.events
   WHERE (position > 0) IS NOT TRUE
      OR position IN (SELECT position FROM log.events GROUP BY position HAVING count(*) > 1 LIMIT $1::integer)
   ORDER BY position, stream, revision LIMIT $1::integer`;

const MISFITS = `
  SELECT coalesce(s.stream, e.stream), s.revision, e.revision
    FROM log.streams s
    FULL JOIN (SELECT stream, max(revision) AS revision FROM log.events GROUP BY stream) e ON e.stream = s.stream
   WHERE s.revision IS DISTINCT FROM e.revision
   ORDER BY 1 LIMIT $1::integer`;
