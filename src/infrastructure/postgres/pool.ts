import pg from 'pg';
import { type Log, toldOf } from '../logger.js';
import { Client } from './client.js';

/** Bounds of one pool. Times in milliseconds; every one is enforced, by the server or, where it may be frozen, by the client. */
export interface PoolOptions {
  /** Connections at most. */
  readonly max: number;
  /** Until a connection is established, or a free one found. */
  readonly connectTimeoutMs: number;
  /** Server: one statement. */
  readonly statementTimeoutMs: number;
  /** Server: waiting for one lock. */
  readonly lockTimeoutMs: number;
  /** Server: a transaction in which nothing happens; it ends the session and frees its locks. */
  readonly idleInTransactionTimeoutMs: number;
  /** Client: one query. Set it above `statementTimeoutMs`: the server's word is definite, a client's time-out means *unknown*. */
  readonly queryTimeoutMs: number;
  readonly applicationName: string;
  /** The queries of one client are sent without waiting for the answers of those before. */
  readonly isPipelined?: boolean;
  /** Where an index has the order that is asked for, rows are read by it and not sorted, whatever the statistics say. */
  readonly readsInOrder?: boolean;
  readonly logger: Log;
}

/**
 * A pool over node-postgres in which no wait is without end and no lost connection ends the process.
 *
 * `int8` arrives as a number; a value beyond 2^53 throws a RangeError instead of being rounded. After a query failed by the
 * *client's* time-out its connection is still busy: give it back with `release(true)` (`pool.query` does so by itself).
 * Nobody is given a connection to a server that takes no writes: see `expectWritable`.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    Client,
    connectionString: url,
    max: options.max,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    application_name: options.applicationName,
    pipeline: options.isPipelined ?? false,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    types: { getTypeParser },
    // The pool waits for the promise, whatever its types say.
    onConnect: (client): unknown => begin(client, options),
  });
  const report = (error: Error) =>
    options.logger.warn('A database connection was lost', { pool: options.applicationName, reason: toldOf(error) });
  for (const other of pools) if (other.pool.ended) pools.delete(other);
  pools.add({ name: options.applicationName, pool });
  // The pool listens to idle connections only. One that breaks while it is lent out, between two queries, would otherwise
  // raise an unhandled 'error' and end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', report);
  return pool;
}

/**
 * The planner believes that a stream which has grown since the last ANALYZE is short: it would read all the rest of it for each
 * page, and sort that.
 */
const IN_ORDER = 'SET enable_sort = off; SET enable_bitmapscan = off; SET enable_seqscan = off';
const KEEPALIVE_DELAY_MS = 5_000;

async function begin(client: pg.ClientBase, { connectTimeoutMs, readsInOrder }: PoolOptions): Promise<void> {
  await expectWritable(client, connectTimeoutMs);
  if (readsInOrder) await client.query(IN_ORDER);
  await eachSession(client);
}

let eachSession = async (_session: pg.ClientBase): Promise<void> => undefined;

/** Does this with every new session of every pool of this process, before it is lent out. What it throws ends the session. */
export function withEachSession(work: (session: pg.ClientBase) => Promise<void>): void {
  eachSession = work;
}

/** What is said of a server that takes no writes. */
export const READ_ONLY = 'the server takes no writes: it is a standby, or set to be read-only';

/** Whether the server takes writes on this connection. Throws what the server throws. */
export async function takesWrites(client: pg.ClientBase, timeoutMs: number): Promise<boolean> {
  const asked = { text: 'SHOW transaction_read_only', query_timeout: timeoutMs };
  const { rows } = await client.query<{ transaction_read_only: string }>(asked);
  return rows[0]?.transaction_read_only === 'off';
}

/**
 * Refuses a new connection on which nothing can be written, as a server would that is away. For a while after a failover the
 * same name may lead to a standby: who stayed there would be refused every write, and read what lags behind, although the
 * name has long led to the primary.
 */
export async function expectWritable(client: pg.ClientBase, timeoutMs: number): Promise<void> {
  if (!(await takesWrites(client, timeoutMs))) throw new Error(READ_ONLY);
}

/** Those of this process that were not closed, for whoever shows how they are used. */
const pools = new Set<{ readonly name: string; readonly pool: pg.Pool }>();

/** How the pools of this process are used, by the name of their application. */
export function poolUse(): { name: string; busy: number; idle: number; waiting: number }[] {
  const open = [...pools].filter(({ pool }) => !pool.ended);
  return [...new Set(open.map(({ name }) => name))].map((name) => {
    const same = open.filter((each) => each.name === name).map(({ pool }) => pool);
    const sum = (of: (pool: pg.Pool) => number): number => same.reduce((all, pool) => all + of(pool), 0);
    const idle = sum(({ idleCount }) => idleCount);
    return {
      name,
      busy: sum(({ totalCount }) => totalCount) - idle,
      idle,
      waiting: sum(({ waitingCount }) => waitingCount),
    };
  });
}

/** Parses `int8` as a number, for which it must be exact. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is beyond 2^53 and would be rounded`);
  return value;
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === pg.types.builtins.INT8 && format !== 'binary') return parseInt8;
  return pg.types.getTypeParser(oid, format as 'text');
}
