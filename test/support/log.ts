import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { silent } from './postgres.js';

/** Puts records into the log of a database, in their order, by the way that every record takes. */
export async function write(url: string, records: readonly StoredRecord[]): Promise<void> {
  const log = openEventStore(url, loadStoreConfig({}), silent);
  try {
    for (const record of records) {
      const { hash } = JSON.parse(record.metadata) as { hash: string };
      const ended = await log.store.append(record.stream, record.revision - 1, [{ ...record, hash }]);
      if (ended.kind === 'conflict') throw new Error(`${record.stream}, revision ${record.revision}: a conflict`);
    }
  } finally {
    await log.close();
  }
}
