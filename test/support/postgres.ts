import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { JsonLogger } from '../../src/infrastructure/logger.js';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import { alone } from './alone.js';

/** A logger for tests: nothing is printed. */
export const silent = new JsonLogger('silent', { write: () => undefined });

/** Fast and lossy: a test's data need not survive the machine. Never outside tests. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

let server: Promise<string> | undefined;

/** The Postgres of this test run, the same for every worker: the first to ask starts it, the others adopt it. */
export function testServer(): Promise<string> {
  return (server ??= alone('server', startServer));
}

async function startServer(): Promise<string> {
  const dataDir = process.env['HOLDFAST_TEST_DATA_DIR'] as string;
  const bounds = { startTimeoutMs: 30_000, stopTimeoutMs: 1_000 };
  return (await startEmbeddedPostgres({ dataDir, settings: SETTINGS, ...bounds, logger: silent })).url;
}

export interface TestDatabase {
  readonly url: string;
  /** Ends every session on it and deletes it. */
  drop(): Promise<void>;
}

/** A database of its own with every migration applied, in some 20 ms: a copy of a template made once in a run. */
export async function freshDatabase(): Promise<TestDatabase> {
  return createDatabase(await templateDatabase());
}

/** A database without anything in it, for the tests of the migrations themselves. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0');
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const server = await testServer();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`));
  return {
    url: databaseUrl(server, name),
    drop: async () => {
      await onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

const TEMPLATE = 'holdfast_template';
let template: Promise<string> | undefined;

/** It gets its name when it is complete, so that no worker copies half of it. */
function templateDatabase(): Promise<string> {
  return (template ??= testServer().then((server) =>
    onServer(server, async (client) => {
      await client.query("SELECT pg_advisory_lock(hashtext('holdfast_template'))");
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
      if (rowCount === 0) {
        const draft = `${TEMPLATE}_draft`;
        await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
        await client.query(`CREATE DATABASE ${draft} TEMPLATE template0 STRATEGY file_copy`);
        await migrate(databaseUrl(server, draft), { directory: MIGRATIONS, timeoutMs: 20_000, logger: silent });
        await client.query(`ALTER DATABASE ${draft} RENAME TO ${TEMPLATE}`);
      }
      return TEMPLATE;
    }),
  ));
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

/** One short connection, for a test's own look at the database. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  // A server that is killed between two queries; the next query says so too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
