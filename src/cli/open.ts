import { constants } from 'node:os';
import type pg from 'pg';
import { loadStoreConfig, type StoreConfig } from '../infrastructure/config.js';
import { openEventStore, type OpenLog } from '../infrastructure/event-store/open.js';
import { JsonLogger } from '../infrastructure/logger.js';
import { openDatabase, openPool, unlessAborted, type Database } from '../infrastructure/postgres/database.js';

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
  return withDatabase(open, async (database) => {
    const pool = openPool(database.url, config, 'holdfast-cli', logger);
    const log = openEventStore(database.logUrl, config, logger);
    try {
      return await work({ config, database, pool, log, logger });
    } finally {
      await Promise.allSettled([log.close(), pool.end()]);
    }
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Works under way that end by themselves; see `untilStopped`. */
let ending = 0;

/**
 * Ctrl-C and SIGTERM end the process where it stands, as they would without us, but leave no Postgres running that was
 * started for it. One more ends it at once. Work of `untilStopped` is left to end by itself.
 */
export async function withDatabase<T>(
  open: (stopping: AbortSignal) => Promise<Database>,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  let status = 0;
  let signals = 0;
  const stop = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (ending > 0 && signals === 1) return;
    // What a shell says of who was ended by a signal.
    status = 128 + constants.signals[signal];
    if (stopping.signal.aborted) process.exit(status);
    stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  let database: Database | null = null;
  try {
    database = await open(stopping.signal);
    return await unlessAborted(work(database), stopping.signal);
  } finally {
    await database?.close();
    // The work has not ended, and what it says of a Postgres that is gone is of no use to anybody.
    if (stopping.signal.aborted) process.exit(status);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/**
 * For work that ends early and well when it is told to: Ctrl-C and SIGTERM abort `stopped`, and what was opened is closed as
 * at every other end. Whoever signals once more does not want to wait for that.
 */
export async function untilStopped<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  ending += 1;
  try {
    return await work(stopping.signal);
  } finally {
    ending -= 1;
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
