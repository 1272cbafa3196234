import type pg from 'pg';
import { OutcomeUnknown } from '../../application/errors.js';
import { toldOf } from '../logger.js';
import { WrongTarget, type LogIntake } from './log-import.js';
import type { DatedRecord, Place, PlacedLink } from './log-walk.js';
import { linksAt } from './postgres-walk.js';
import { ask, isRolledBack, unavailable } from './postgres-statements.js';

/** Below every character that a stream's name or JSON text can hold. */
const SEPARATOR = '\x1f';

/**
 * Puts records into the tables as their appends would have left them: positions 1, 2, 3 …, the end of every stream, the end
 * of the log. The dates are those that they had. What is given at once is one transaction.
 */
export class PostgresIntake implements LogIntake {
  constructor(private readonly pool: pg.Pool) {}

  async take(records: readonly DatedRecord[], before: number): Promise<void> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    let commits = false;
    try {
      await client.query('BEGIN');
      await write(client, records, before);
      commits = true;
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // The transaction, if it is still open, goes with the connection.
      client.release(true);
      if (error instanceof WrongTarget) throw error;
      if (commits && !isRolledBack(error)) throw new OutcomeUnknown(`Postgres: ${toldOf(error)}`);
      throw unavailable(error);
    }
  }

  linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]> {
    return linksAt((text, values) => ask(this.pool, text, values), places);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

/** Locks as every writer does: streams by name, then the end of the log. */
async function write(client: pg.PoolClient, records: readonly DatedRecord[], before: number): Promise<void> {
  const ends = new Map<string, { first: number; last: number }>();
  for (const { stream, revision } of records)
    ends.set(stream, { first: ends.get(stream)?.first ?? revision, last: revision });
  const streams = [...ends].sort(([a], [b]) => (a < b ? -1 : 1));
  const names = streams.map(([stream]) => stream).join(SEPARATOR);
  const firsts = streams.map(([, { first }]) => first);
  const lasts = streams.map(([, { last }]) => last);
  await client.query(LOCK, [names]);
  const grown = await client.query(GROW, [names, firsts, lasts]);
  const made = await client.query(MAKE, [names, firsts, lasts]);
  const moved = await client.query(MOVE, [before, before + records.length]);
  if (moved.rowCount !== 1 || (grown.rowCount ?? 0) + (made.rowCount ?? 0) !== streams.length)
    throw new WrongTarget(
      `the log did not end at position ${before} any more: somebody else writes to it. Stop whatever does, and begin again ` +
        'with an empty log',
    );
  const list = (name: 'stream' | 'id' | 'type' | 'data' | 'metadata' | 'recordedAt'): string =>
    records.map((record) => record[name]).join(SEPARATOR);
  await client.query(INSERT, [
    before,
    list('stream'),
    records.map(({ revision }) => revision),
    ...[list('id'), list('type'), list('data'), list('metadata'), list('recordedAt')],
  ]);
}

const listed = (parameter: string): string => `string_to_array(${parameter}, E'\\x1f')`;
const ENDS = `unnest(${listed('$1')}, $2::bigint[], $3::bigint[]) e(stream, first, last)`;

const LOCK = `SELECT FROM log.streams WHERE stream = ANY (${listed('$1')}) ORDER BY stream FOR UPDATE`;
const GROW = `UPDATE log.streams s SET revision = e.last FROM ${ENDS} WHERE s.stream = e.stream AND s.revision = e.first - 1`;
const MAKE = `INSERT INTO log.streams (stream, revision) SELECT e.stream, e.last FROM ${ENDS} WHERE e.first = 0`;
const MOVE = 'UPDATE log.position SET head = $2::bigint WHERE one AND head = $1::bigint';
const INSERT = `
  INSERT INTO log.events (position, stream, revision, id, type, data, metadata, recorded_at)
  SELECT $1::bigint + r.n, r.stream, r.revision, r.id::uuid, r.type, r.data::json, r.metadata::json, r.recorded_at::timestamptz
    FROM unnest(${listed('$2')}, $3::bigint[], ${['$4', '$5', '$6', '$7', '$8'].map(listed).join(', ')})
         WITH ORDINALITY r(stream, revision, id, type, data, metadata, recorded_at, n)`;
