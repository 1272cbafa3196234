import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { JsonLogger } from '../../src/infrastructure/logger.js';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';

/** Figures are printed, not logged. */
export const silent = new JsonLogger('silent', { write: () => undefined });

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 300_000;

/** The server on which everything of one run is measured. */
export interface BenchPostgres {
  readonly url: string;
  /** Version, and the settings that decide what a commit is worth. */
  readonly description: string;
  /** An empty database, or a copy of one to which nobody is connected. Answers its URL. */
  database(name: string, template?: string): Promise<string>;
  /**
   * Whatever was written before is on disk, and the files of the write-ahead log are there to be used again: every run starts
   * with the same debts, and on a server as it is when it has run for a while. A new one makes a file of zeros every 16 MB.
   */
  checkpoint(): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

/**
 * An embedded Postgres of its own in a temporary folder, with the settings of production. Throws when a commit would not
 * be durable: such figures are worth nothing.
 */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  const dataDir = await temporaryFolder();
  const bounds = { startTimeoutMs: START_TIMEOUT_MS, stopTimeoutMs: STOP_TIMEOUT_MS };
  const server = await startEmbeddedPostgres({ dataDir, ...bounds, logger: silent });
  const stop = async (): Promise<void> => {
    await server.stop();
    await removeFolder(dataDir);
  };
  try {
    const description = await describe(server.url);
    return {
      url: server.url,
      description,
      database: (name, template = 'template0') => createDatabase(server.url, name, template),
      checkpoint: () => onDatabase(server.url, async (client) => void (await client.query('CHECKPOINT'))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every account may pass it: a Postgres that is started by root runs as another one. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-bench-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Patient, because a Postgres that was just being made may go on writing for a moment. */
export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });

async function describe(url: string): Promise<string> {
  const durable = ['fsync', 'synchronous_commit', 'full_page_writes'];
  const shown = [...durable, 'shared_buffers'];
  return onDatabase(url, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name = ANY($1) ORDER BY name`,
      [[...shown, 'server_version']],
    );
    const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
    const lossy = durable.filter((name) => settings.get(name) !== 'on');
    if (lossy.length > 0) throw new Error(`Postgres would lose commits: ${lossy.join(', ')} is not on`);
    return `PostgreSQL ${settings.get('server_version')}, ${shown.map((name) => `${name} ${settings.get(name)}`).join(', ')}`;
  });
}

async function createDatabase(server: string, name: string, template: string): Promise<string> {
  // A name of our own making, and identifiers cannot be parameters.
  const statement = `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`;
  await onDatabase(server, (client) => client.query(statement));
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

/** One short connection for the harness's own questions. */
export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, query_timeout: QUERY_TIMEOUT_MS });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
