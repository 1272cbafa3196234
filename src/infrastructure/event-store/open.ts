import type pg from 'pg';
import type { EventStore, MeasuredFeed, Tracer } from '../../application/ports.js';
import { ConfigError, type Limits, type StoreConfig } from '../config.js';
import { isEventStoreDb } from '../esdb-address.js';
import type { Log } from '../logger.js';
import { databaseTime, isDurable, openPool } from '../postgres/database.js';
import { READ_ONLY, takesWrites } from '../postgres/pool.js';
import { Codec, UPCASTERS } from './codec.js';
import { EventStoreDbConnection } from './eventstoredb-connection.js';
import { EVENTSTOREDB_FEED, EventStoreDbFeed } from './eventstoredb-feed.js';
import { EventStoreDbGuard } from './eventstoredb-guard.js';
import { EventStoreDbIntake } from './eventstoredb-intake.js';
import { EVENTSTOREDB_STORE, EventStoreDbStore } from './eventstoredb.js';
import { EventStoreDbWalk } from './eventstoredb-walk.js';
import type { LogIntake } from './log-import.js';
import type { LogWalk } from './log-walk.js';
import { POSTGRES_FEED, PostgresEventFeed } from './postgres-feed.js';
import { PostgresIntake } from './postgres-intake.js';
import { unavailable } from './postgres-statements.js';
import { POSTGRES_STORE, PostgresEventStore } from './postgres.js';
import { PostgresWalk } from './postgres-walk.js';

export interface OpenLog {
  readonly codec: Codec;
  readonly store: EventStore;
  readonly feed: MeasuredFeed;
  /**
   * What stands in the way of writing to this log, and an operator must mend: a sentence, or null. Throws
   * StoreUnavailable.
   */
  problem(): Promise<string | null>;
  /** For looking at the stored bytes from end to end; to be closed. */
  walk(): LogWalk;
  /** For filling this log, which is empty, with records of another one; to be closed. */
  intake(): LogIntake;
  /** Gives this log another identity, and answers it. Throws StoreUnavailable and OutcomeUnknown. */
  renew(): Promise<string>;
  /** The Postgres that holds the log; null where the engine is another one. */
  readonly server: LogServer | null;
  close(): Promise<void>;
}

export interface LogServer {
  /** The server's own clock, in milliseconds since 1970. */
  time(): Promise<number>;
  /** Whether an acknowledged commit survives a crash of the server. */
  isDurable(): Promise<boolean>;
}

type OpenConfig = Pick<StoreConfig, 'limits' | 'streamPrefix'>;

/**
 * The event store behind `url`, of the kind that its scheme names, with the time-outs of the settings. Opens no
 * connection by itself. What this process appends wakes its own feed at once.
 */
export function openEventStore(url: string, config: OpenConfig, logger: Log, tracer: Tracer | null = null): OpenLog {
  return isEventStoreDb(url) ? openEventStoreDb(url, config, logger) : openPostgres(url, config, logger, tracer);
}

/** The client waits a little longer than the server is allowed to take: the server's word is definite. */
const ANSWER_MARGIN_MS = 1_000;

function openPostgres(url: string, { limits }: OpenConfig, logger: Log, tracer: Tracer | null): OpenLog {
  const codec = new Codec(UPCASTERS);
  const { connectTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs } = limits;
  const writing = {
    ...POSTGRES_STORE,
    ...{ connectTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs },
    statementTimeoutMs: limits.appendTimeoutMs,
    answerTimeoutMs: limits.appendTimeoutMs + ANSWER_MARGIN_MS,
  };
  const reading = {
    ...POSTGRES_FEED,
    connectTimeoutMs,
    pollMs: limits.feedPollMs,
    statementTimeoutMs: limits.statementTimeoutMs,
    answerTimeoutMs: limits.queryTimeoutMs,
  };
  const feed = new PostgresEventFeed(url, reading, codec, logger);
  const store = new PostgresEventStore(url, writing, codec, logger, () => feed.wake(), tracer);
  const pool = openPool(url, { limits: { ...limits, poolConnections: 1 } }, 'holdfast-checks', logger);
  const server = { time: () => databaseTime(pool), isDurable: () => isDurable(pool) };
  const close = async (): Promise<void> => void (await Promise.all([store.close(), feed.close(), pool.end()]));
  const walk = (): LogWalk => new PostgresWalk(pool);
  const intake = (): LogIntake =>
    new PostgresIntake(openPool(url, { limits: intakeLimits(limits) }, 'holdfast-import', logger));
  const renew = (): Promise<string> => store.renew();
  const problem = (): Promise<string | null> => problemOf(pool, connectTimeoutMs);
  return { codec, store, feed, problem, walk, intake, renew, server, close };
}

/** A connection that was good when it was made is given up once its server takes no writes. */
async function problemOf(pool: pg.Pool, timeoutMs: number): Promise<string | null> {
  try {
    const client = await pool.connect();
    let isWritable = false;
    try {
      isWritable = await takesWrites(client, timeoutMs);
    } finally {
      client.release(!isWritable);
    }
    return isWritable ? null : `Postgres: ${READ_ONLY}`;
  } catch (error) {
    throw unavailable(error);
  }
}

/** A batch is a few thousand rows. */
const INTAKE_TIMEOUT_MS = 120_000;

const intakeLimits = (limits: Limits): Limits => ({
  ...limits,
  poolConnections: 1,
  statementTimeoutMs: INTAKE_TIMEOUT_MS,
  idleInTransactionTimeoutMs: INTAKE_TIMEOUT_MS,
  queryTimeoutMs: INTAKE_TIMEOUT_MS + ANSWER_MARGIN_MS,
});

function openEventStoreDb(url: string, { limits, streamPrefix: prefix }: OpenConfig, logger: Log): OpenLog {
  const codec = new Codec(UPCASTERS);
  const { appendTimeoutMs, queueAgeMs, statementTimeoutMs: readTimeoutMs } = limits;
  const connection = connectionTo(url);
  const reading = { ...EVENTSTOREDB_FEED, prefix, readTimeoutMs };
  // Whoever waits for an answer waits for a page of the stream no longer than for an append.
  const writing = { ...EVENTSTOREDB_STORE, appendTimeoutMs, queueAgeMs, readTimeoutMs: appendTimeoutMs };
  const feed = new EventStoreDbFeed(connection, reading, codec, logger);
  const store = new EventStoreDbStore(connection, writing, codec, (position) => feed.saw(position));
  const guard = new EventStoreDbGuard(url, connection, reading);
  const close = async (): Promise<void> => {
    guard.close();
    await store.close();
    connection.close();
  };
  const walk = (): LogWalk => new EventStoreDbWalk(connection, reading, feed);
  const intake = (): LogIntake => new EventStoreDbIntake(store, walk());
  const renew = (): Promise<string> => store.renew();
  return { codec, store, feed, problem: () => guard.problem(), walk, intake, renew, server: null, close };
}

function connectionTo(url: string): EventStoreDbConnection {
  try {
    return new EventStoreDbConnection(url);
  } catch (error) {
    const expected = `an address that the client can use: ${(error as Error).message}`;
    throw new ConfigError([{ name: 'EVENT_STORE_URL', expected }]);
  }
}
