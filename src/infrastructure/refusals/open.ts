import type { Time } from '../../application/ports.js';
import type { Log } from '../logger.js';
import { createPool } from '../postgres/pool.js';
import { RECORDER, RefusalRecorder } from './recorder.js';

/** A batch takes some milliseconds; what takes a second is given up, and sent again later. In milliseconds. */
const BOUNDS = {
  connectTimeoutMs: 1_000,
  ...{ statementTimeoutMs: 800, lockTimeoutMs: 500, idleInTransactionTimeoutMs: 800, queryTimeoutMs: 1_000 },
};

/** Keeps refusals in the database of the tables, over one connection of its own. Opens none by itself. */
export function openRecorder(
  url: string,
  { keepDays }: { readonly keepDays: number },
  time: Pick<Time, 'sleep'>,
  logger: Log,
): RefusalRecorder {
  const pool = createPool(url, { ...BOUNDS, max: 1, applicationName: 'holdfast-refusals', logger });
  // A refusal may be lost with the server, so nobody's disk need be waited for.
  pool.on('connect', (client) => void client.query('SET synchronous_commit = off').catch(() => undefined));
  return new RefusalRecorder(pool, time, { ...RECORDER, keepDays }, logger);
}
