import type pg from 'pg';
import { loadStoreConfig, type StoreConfig } from '../infrastructure/config.js';
import { openEventStore, type OpenLog } from '../infrastructure/event-store/open.js';
import { JsonLogger } from '../infrastructure/logger.js';
import { openDatabase, openPool, type Database } from '../infrastructure/postgres/database.js';
import { whileOpen } from './ending.js';

/** What was asked for cannot be: told in a sentence, after everything that was opened has been closed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Opened {
  readonly config: StoreConfig;
  readonly database: Database;
  /** Of the database with the tables. */
  readonly pool: pg.Pool;
  readonly log: OpenLog;
  readonly logger: JsonLogger;
}

/** The log and the tables that the environment names, for as long as `work` takes. */
export async function withStores<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const config = loadStoreConfig(process.env);
  const logger = new JsonLogger('error');
  const open = (stopping: AbortSignal): Promise<Database> => openDatabase(config, logger, stopping);
  return whileOpen(open, async (database) => {
    const pool = openPool(database.url, config, 'holdfast-cli', logger);
    const log = openEventStore(database.logUrl, config, logger);
    try {
      return await work({ config, database, pool, log, logger });
    } finally {
      await Promise.allSettled([log.close(), pool.end()]);
    }
  });
}
