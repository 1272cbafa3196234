import type { Sealed } from '../../src/application/ports.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { onServer, silent } from './postgres.js';

/** Puts records into the log of a database, in their order, by the way that every record takes. */
export async function write(url: string, records: readonly StoredRecord[]): Promise<void> {
  const log = openEventStore(url, loadStoreConfig({}), silent);
  try {
    for (const batch of batchesOf(records)) {
      const [{ stream, revision }] = batch as [Sealed];
      const ended = await log.store.append(stream, revision - 1, batch);
      if (ended.kind === 'conflict') throw new Error(`${stream}, revision ${revision}: a conflict`);
    }
  } finally {
    await log.close();
  }
}

const AT_ONCE = 200;

/** Neighbours of one stream travel together. */
function batchesOf(records: readonly StoredRecord[]): Sealed[][] {
  const batches: Sealed[][] = [];
  for (const record of records) {
    const { hash } = JSON.parse(record.metadata) as { hash: string };
    const batch = batches.at(-1);
    const last = batch?.at(-1);
    if (batch !== undefined && batch.length < AT_ONCE && last?.stream === record.stream)
      batch.push({ ...record, hash });
    else batches.push([{ ...record, hash }]);
  }
  return batches;
}
/** The same for thousands, at once: what their appends would have left in the database. */
export const fill = (url: string, records: readonly StoredRecord[]): Promise<unknown> =>
  onServer(url, async (client) => {
    const rows = records.map((record) => ({ ...record, position: Number(record.position) }));
    await client.query(
      `INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
       SELECT position, stream, revision, id, type, data::json, metadata::json
         FROM jsonb_to_recordset($1)
           AS t (position bigint, stream text, revision bigint, id uuid, type text, data text, metadata text)`,
      [JSON.stringify(rows)],
    );
    await client.query(`
      INSERT INTO log.streams (stream, revision) SELECT stream, max(revision) FROM log.events GROUP BY stream;
      UPDATE log.position SET head = (SELECT max(position) FROM log.events)`);
  });
