import type pg from 'pg';
import { StoreUnavailable } from '../../application/errors.js';
import type { RecordedEvent, UnreadableRecord } from '../../application/ports.js';
import { gaplessPages, type Codec } from './codec.js';
import { RECORD, ask, recordOf, type RecordRow } from './postgres-statements.js';

type Rows = readonly RecordRow[];

interface Page {
  /** Revision of its first row, unless there is none. */
  readonly from: number;
  /** Rows that were asked for. */
  readonly limit: number;
  readonly rows: Promise<Rows>;
}

interface Wanted {
  readonly stream: string;
  readonly fromRevision: number;
  readonly limit: number;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: StoreUnavailable) => void;
}

const FIRST_PAGE = 500;
const NEXT_PAGE = 1_000;
const PAGES_AHEAD = 2;
/** Streams in one query, at most: with the first page it bounds the memory of an answer. */
const STREAMS_PER_QUERY = 64;

const ONE = `SELECT ${RECORD} FROM log.events e WHERE e.stream = $1 AND e.revision >= $2 ORDER BY e.revision LIMIT $3`;
const MANY = `
  SELECT ${RECORD}, w.n::integer
    FROM unnest(string_to_array($1, E'\\x1f'), $2::bigint[], $3::bigint[]) WITH ORDINALITY w(stream, first, most, n)
   CROSS JOIN LATERAL (
     SELECT * FROM log.events x WHERE x.stream = w.stream AND x.revision >= w.first ORDER BY x.revision LIMIT w.most) e
   ORDER BY w.n, e.revision`;

/** Reads streams in pages. First pages that are asked for in one turn of the event loop are one query. */
export class PostgresReader {
  private wanted: Wanted[] = [];

  constructor(
    private readonly pool: Pick<pg.Pool, 'query'>,
    private readonly codec: Codec,
  ) {}

  async *read(stream: string, fromRevision: number, maxCount = Infinity): AsyncGenerator<readonly RecordedEvent[]> {
    const end = fromRevision + maxCount;
    let asked = fromRevision;
    const coming: Page[] = [];
    const askFor = (size: number, read: (from: number, limit: number) => Promise<Rows>): void => {
      const limit = Math.min(size, end - asked);
      if (limit <= 0) return;
      const rows = read(asked, limit);
      rows.catch(() => undefined); // Who stops reading here never asks how this page went.
      coming.push({ from: asked, limit, rows });
      asked += limit;
    };
    askFor(FIRST_PAGE, (from, limit) => this.together(stream, from, limit));
    for (let page = coming.shift(); page !== undefined; page = coming.shift()) {
      const rows = await page.rows;
      const isLast = rows.length < page.limit;
      // Before these are decoded: the server looks for the next ones meanwhile, on two connections, for one waits until
      // its page is taken. A page that is not full ends the answer, whatever was written behind it since.
      if (isLast) coming.length = 0;
      else
        while (coming.length < PAGES_AHEAD && asked < end)
          askFor(NEXT_PAGE, (from, limit) => rowsOf(this.pool, stream, from, limit));
      yield* gaplessPages(decoded(this.codec, rows), stream, page.from);
    }
  }

  private together(stream: string, fromRevision: number, limit: number): Promise<Rows> {
    return new Promise((resolve, reject) => {
      this.wanted.push({ stream, fromRevision, limit, resolve, reject });
      if (this.wanted.length === 1) setImmediate(() => this.askAll());
    });
  }

  private askAll(): void {
    const all = this.wanted.splice(0);
    for (let i = 0; i < all.length; i += STREAMS_PER_QUERY) {
      const some = all.slice(i, i + STREAMS_PER_QUERY);
      const pages = some.length === 1 ? this.askOne(some[0]!) : this.askMany(some);
      pages.then(
        (found) => some.forEach(({ resolve }, n) => resolve(found[n]!)),
        (error: StoreUnavailable) => some.forEach(({ reject }) => reject(error)),
      );
    }
  }

  private async askOne({ stream, fromRevision, limit }: Wanted): Promise<Rows[]> {
    return [await rowsOf(this.pool, stream, fromRevision, limit)];
  }

  private async askMany(wanted: readonly Wanted[]): Promise<Rows[]> {
    const rows = await ask<[...RecordRow, number]>(this.pool, MANY, [
      wanted.map(({ stream }) => stream).join('\x1f'),
      `{${wanted.map(({ fromRevision }) => fromRevision).join()}}`,
      `{${wanted.map(({ limit }) => limit).join()}}`,
    ]);
    const pages: RecordRow[][] = wanted.map(() => []);
    for (const row of rows) pages[row[7] - 1]!.push(row as unknown as RecordRow);
    return pages;
  }
}

const rowsOf = (on: Pick<pg.Pool, 'query'>, stream: string, fromRevision: number, limit: number): Promise<Rows> =>
  ask<[...RecordRow]>(on, ONE, [stream, String(fromRevision), String(limit)]);

const decoded = (codec: Codec, rows: Rows): (RecordedEvent | UnreadableRecord)[] =>
  rows.map((row) => recordOf(codec, row));

/** The whole rest of a stream, on the connection that has it locked. */
export async function readTail(
  on: Pick<pg.Pool, 'query'>,
  codec: Codec,
  stream: string,
  fromRevision: number,
): Promise<readonly RecordedEvent[]> {
  const records: RecordedEvent[] = [];
  for (let isLast = false; !isLast;) {
    const from = fromRevision + records.length;
    const rows = await rowsOf(on, stream, from, NEXT_PAGE);
    for (const readable of gaplessPages(decoded(codec, rows), stream, from)) records.push(...readable);
    isLast = rows.length < NEXT_PAGE;
  }
  return records;
}
