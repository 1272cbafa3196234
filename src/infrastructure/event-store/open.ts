import type { EventFeed, EventStore } from '../../application/ports.js';
import type { StoreConfig } from '../config.js';
import type { Log } from '../logger.js';
import { databaseTime, isDurable, openPool } from '../postgres/database.js';
import { Codec, UPCASTERS } from './codec.js';
import { POSTGRES_FEED, PostgresEventFeed } from './postgres-feed.js';
import { POSTGRES_STORE, PostgresEventStore } from './postgres.js';

export interface OpenLog {
  readonly codec: Codec;
  readonly store: EventStore;
  readonly feed: EventFeed;
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

/** The client waits a little longer than the server is allowed to take: the server's word is definite. */
const ANSWER_MARGIN_MS = 1_000;

/**
 * The event store behind `url`, with the time-outs of the settings. Opens no connection by itself. What this process
 * appends wakes its own feed at once.
 */
export function openEventStore(url: string, { limits }: Pick<StoreConfig, 'limits'>, logger: Log): OpenLog {
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
  const store = new PostgresEventStore(url, writing, codec, logger, () => feed.wake());
  const pool = openPool(url, { limits: { ...limits, poolConnections: 1 } }, 'holdfast-checks', logger);
  const server = { time: () => databaseTime(pool), isDurable: () => isDurable(pool) };
  const close = async (): Promise<void> => void (await Promise.all([store.close(), feed.close(), pool.end()]));
  return { codec, store, feed, server, close };
}
