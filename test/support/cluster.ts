import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import { alone } from './alone.js';
import { silent } from './postgres.js';

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 5_000;

/**
 * Puts a data directory that is initialised, migrated and empty into a data folder. It is made once in a run, by the
 * first worker who asks, and copied: that takes a tenth of the time. The server on it is as durable as any.
 */
export async function putCluster(dataDir: string): Promise<void> {
  const from = path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'cluster');
  if (!existsSync(from)) await alone('cluster', async () => existsSync(from) || (await make(from)));
  // Owner and rights come along: as root, Postgres runs as another user.
  await promisify(execFile)('cp', ['-a', from, path.join(dataDir, 'postgres')]);
}

/** It gets its name when it is complete, so that nobody copies half of it. */
async function make(cluster: string): Promise<void> {
  const dataDir = await mkdtemp(`${cluster}-`);
  await chmod(dataDir, 0o755);
  const bounds = { startTimeoutMs: START_WITHIN_MS, stopTimeoutMs: STOP_WITHIN_MS };
  // Nothing of it is worth a wait for the disk: how durable a server is, it is told when it starts.
  const server = await startEmbeddedPostgres({ dataDir, ...bounds, settings: { fsync: 'off' }, logger: silent });
  await migrate(server.url, { directory: MIGRATIONS, timeoutMs: START_WITHIN_MS, logger: silent });
  await server.stop();
  await rename(path.join(dataDir, 'postgres'), cluster);
  await rm(dataDir, { recursive: true });
}
