import { onServer } from '../support/postgres.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';

/** Where the records are, and the tables that follow them. */
export interface Books {
  /** Of the last record. */
  head(): Promise<bigint>;
  /** Every record behind that position, in order. */
  after(position: bigint): Promise<StoredRecord[]>;
  /** URL of the database with the tables. */
  readonly tables: string;
}

/** The log in a Postgres, read by our own SQL. */
export const postgresBooks = (url: string, tables = url): Books => ({
  tables,
  head: () =>
    onServer(url, async (client) => {
      const { rows } = await client.query<{ head: string }>('SELECT coalesce(max(position), 0) AS head FROM log.events');
      return BigInt(rows[0]!.head);
    }),
  after: (position) =>
    onServer(url, async (client) => {
      const { rows } = await client.query<Omit<StoredRecord, 'position'> & { position: string; revision: string }>(
        `SELECT position, stream, revision, id, type, data::text, metadata::text
           FROM log.events WHERE position > $1 ORDER BY position`,
        [String(position)],
      );
      return rows.map((row) => ({ ...row, position: BigInt(row.position) as StoredRecord['position'], revision: Number(row.revision) }));
    }),
});
