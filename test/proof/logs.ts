import { EventStoreDBClient, START } from '@eventstore/db-client';
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
      const { rows } = await client.query<{ head: string }>(
        'SELECT coalesce(max(position), 0) AS head FROM log.events',
      );
      return BigInt(rows[0]!.head);
    }),
  after: (position) =>
    onServer(url, async (client) => {
      const { rows } = await client.query<Omit<StoredRecord, 'position'> & { position: string; revision: string }>(
        `SELECT position, stream, revision, id, type, data::text, metadata::text
           FROM log.events WHERE position > $1 ORDER BY position`,
        [String(position)],
      );
      return rows.map((row) => ({
        ...row,
        position: BigInt(row.position) as StoredRecord['position'],
        revision: Number(row.revision),
      }));
    }),
});

/** The log in an EventStoreDB, read with the bare client. */
export function standInBooks(address: string, tables: string): Books {
  const after = async (position: bigint): Promise<StoredRecord[]> => {
    const client = EventStoreDBClient.connectionString(address);
    const records: StoredRecord[] = [];
    try {
      const all = client.readAll({ fromPosition: START });
      all.on('error', () => undefined); // The loop throws it; one that came later would end the process.
      for await (const { event } of all) {
        if (event === undefined || !event.streamId.startsWith('booking-') || event.position.commit <= position)
          continue;
        const { id, type, data, metadata, revision } = event;
        records.push({
          ...{ position: event.position.commit as StoredRecord['position'], stream: event.streamId, id, type },
          ...{ revision: Number(revision), data: JSON.stringify(data), metadata: JSON.stringify(metadata) },
        });
      }
    } finally {
      await client.dispose();
    }
    return records;
  };
  return { tables, after, head: async () => (await after(0n)).at(-1)?.position ?? 0n };
}
