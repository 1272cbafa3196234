import path from 'node:path';
import pg from 'pg';
import { isPostgres, readServerFile, urlOf } from './cluster.js';

/** Line of `postmaster.pid`: when the server started, in seconds since 1970. */
const START_LINE = 2;

/**
 * Where the embedded Postgres of a data directory answers; null when none runs there. Starts nothing and writes nothing:
 * that it is the one of this directory is known by the time at which it started.
 */
export async function runningPostgres(dataDir: string, timeoutMs: number): Promise<string | null> {
  const file = await readServerFile(path.join(dataDir, 'postgres'));
  if (file === null || !file.ready || !(await isPostgres(file.pid))) return null;
  const url = urlOf(file.port);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  client.on('error', () => undefined); // The query that was running reports it.
  try {
    await client.connect();
    const { rows } = await client.query<{ started: number }>(
      'SELECT floor(extract(epoch FROM pg_postmaster_start_time()))::float8 AS started',
    );
    return Math.abs(rows[0]!.started - Number(file.text.split('\n')[START_LINE])) <= 1 ? url : null;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}
