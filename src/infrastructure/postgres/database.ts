import type pg from 'pg';
import type { StoreConfig } from '../config.js';
import { isEventStoreDb } from '../esdb-address.js';
import { toldOf, type Log } from '../logger.js';
import { EmbeddedPostgresError } from './binaries.js';
import { keepAlive } from './keep-alive.js';
import { MIGRATIONS, MigrationError, migrate } from './migrate.js';
import { createPool } from './pool.js';

/** Where the tables and the log are: reachable when this was answered. */
export interface Database {
  /** Of the read model. */
  readonly url: string;
  /** Of the log; mostly the same. One of EventStoreDB is neither migrated nor asked for here: it may be away. */
  readonly logUrl: string;
  /** True when the server is the embedded one, started or adopted by this process. */
  readonly isEmbedded: boolean;
  /** Lets go of the embedded server; the last process to do so stops it. */
  close(): Promise<void>;
}

/**
 * The Postgres of DATABASE_URL, or the embedded one below DATA_DIR, which is then kept alive; brought to the form that this
 * version needs. Throws what the launcher and the migrations throw, each with what to do, and MigrationError where one of
 * the two cannot be reached. `stopping` gives it up wherever it is: then nothing is left running, and its reason is thrown.
 */
export async function openDatabase(config: StoreConfig, logger: Log, stopping: AbortSignal): Promise<Database> {
  const database = await openServers(config, logger, stopping);
  const options = { directory: MIGRATIONS, timeoutMs: config.limits.migrationTimeoutMs, logger };
  try {
    for (const [setting, url] of migratedOf(database))
      await unlessAborted(
        reached(setting, () => migrate(url, options)),
        stopping,
      );
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** The setting that names a database; with the log in the same Postgres there is only the first. */
export type DatabaseSetting = 'DATABASE_URL' | 'EVENT_STORE_URL';

/** Every database that has migrations: a log in EventStoreDB has none. */
export function migratedOf({
  url,
  logUrl,
}: Pick<Database, 'url' | 'logUrl'>): readonly (readonly [setting: DatabaseSetting, url: string])[] {
  const tables = ['DATABASE_URL', url] as const;
  return logUrl === url || isEventStoreDb(logUrl) ? [tables] : [tables, ['EVENT_STORE_URL', logUrl]];
}

/**
 * Does something with a database by its migrations. What those refuse says so itself; whatever else is thrown is a server
 * that is not there or does not let us in, and is told in a MigrationError with the setting to look at, which shows nothing
 * of its value.
 */
export async function reached<T>(setting: DatabaseSetting, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    throw new MigrationError(`${setting} cannot be reached: ${toldOf(error)}`, { cause: error });
  }
}

/**
 * What comes first: the end of the work, or the signal, whose reason is thrown. The work is left to itself then, and what
 * becomes of it is nobody's business any more.
 */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let giveUp = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', giveUp));
}

/** The same as it is, not migrated. */
export async function openServers(config: StoreConfig, logger: Log, stopping: AbortSignal): Promise<Database> {
  const embedded = config.databaseUrl === null ? await openEmbedded(config, logger, stopping) : null;
  const url = config.databaseUrl ?? embedded!.url;
  const logUrl = config.eventStoreUrl ?? url;
  return { url, logUrl, isEmbedded: embedded !== null, close: async () => embedded?.stop() };
}

async function openEmbedded({ dataDir, limits }: StoreConfig, logger: Log, stopping: AbortSignal) {
  const { embeddedStartTimeoutMs: startTimeoutMs, embeddedStopTimeoutMs: stopTimeoutMs } = limits;
  try {
    return await keepAlive({ dataDir, startTimeoutMs, stopTimeoutMs, stopping, logger });
  } catch (error) {
    // A start that is given up fails in many ways.
    stopping.throwIfAborted();
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new EmbeddedPostgresError(`DATA_DIR cannot be used: ${message}`, { cause: error });
  }
}

/** A pool with the time-outs of the settings. */
export function openPool(url: string, { limits }: Pick<StoreConfig, 'limits'>, name: string, logger: Log): pg.Pool {
  const { connectTimeoutMs, statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs, queryTimeoutMs } = limits;
  const bounds = { connectTimeoutMs, statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs, queryTimeoutMs };
  return createPool(url, { ...bounds, max: limits.poolConnections, applicationName: name, isPipelined: true, logger });
}

/** The database's own clock, in milliseconds since 1970. */
export async function databaseTime(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
  );
  return rows[0]!.now;
}

/** Whether a commit that was acknowledged survives a crash of the server: none of the three may be off. */
export async function isDurable(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ durable: boolean }>(
    `SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
        AND current_setting('synchronous_commit') <> 'off' AS durable`,
  );
  return rows[0]!.durable;
}
