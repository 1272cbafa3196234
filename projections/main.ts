import type pg from 'pg';
import { HoldfastError } from '../src/application/errors.js';
import { ConfigError, loadProjectorConfig, type ProjectorConfig } from '../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../src/infrastructure/event-store/open.js';
import { JsonLogger } from '../src/infrastructure/logger.js';
import { packageVersion } from '../src/infrastructure/package.js';
import { openDatabase, openPool, type Database } from '../src/infrastructure/postgres/database.js';
import { EmbeddedPostgresError } from '../src/infrastructure/postgres/embedded.js';
import { projectorMetricsOf } from '../src/infrastructure/metrics.js';
import { FiguresError, openFigures, type FiguresDoor } from '../src/infrastructure/metrics/door.js';
import { MigrationError } from '../src/infrastructure/postgres/migrate.js';
import { poolUse } from '../src/infrastructure/postgres/pool.js';
import { openClaims } from '../src/infrastructure/read-model/claims.js';
import { SystemTime, UNCOMPARED } from '../src/infrastructure/time.js';
import { openTracing } from '../src/infrastructure/tracing/open.js';
import { ForeignLog } from './same-log.js';
import { followedTables } from './followed.js';
import type { Lanes } from './lanes.js';
import { openLanes } from './open.js';

/** The projector process: follows the log until SIGTERM or SIGINT, and stops between two batches. */
async function main(): Promise<void> {
  const config = loadProjectorConfig(process.env);
  const logger = new JsonLogger(config.logLevel);
  const signal = armShutdown(config, logger);
  try {
    const database = await openDatabase(config, logger, signal);
    try {
      await follow(config, logger, database, signal);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}

async function follow(
  config: ProjectorConfig,
  logger: JsonLogger,
  database: Database,
  signal: AbortSignal,
): Promise<void> {
  const pool = openPool(database.url, config, 'holdfast-projector', logger);
  const tracing = await openTracing(config.traces, { process: 'projector', version: packageVersion() }, logger);
  const log = openEventStore(database.logUrl, config, logger);
  let door: FiguresDoor | null = null;
  try {
    const around = { time: new SystemTime(UNCOMPARED), logger, tracer: tracing?.tracer ?? null };
    const ports = { pool, store: log.store, feed: log.feed, ...around };
    const lanes = openLanes(ports, config, database.url);
    door = await openDoor(config, { pool, log, lanes }, logger);
    logger.log('The projector follows the log');
    await lanes.run(signal);
  } finally {
    await door?.close();
    await Promise.allSettled([log.close(), pool.end(), tracing?.close()]);
  }
}

/** Null where nobody asked for it. */
async function openDoor(
  { figures }: ProjectorConfig,
  { pool, log, lanes }: { readonly pool: pg.Pool; readonly log: OpenLog; readonly lanes: Lanes },
  logger: JsonLogger,
): Promise<FiguresDoor | null> {
  if (figures === null) return null;
  const followed = async () => ({
    ...(await followedTables(pool, log.feed, () => lanes.status())),
    isGapless: log.server !== null,
  });
  const sources = { version: packageVersion(), claims: () => openClaims(pool), followed, pools: poolUse };
  const door = await openFigures(figures, projectorMetricsOf(sources));
  logger.log('Its figures are shown', { url: `${door.url}/metrics` });
  return door;
}

/** A batch that is not done in time is rolled back by the server when we go; it is folded again at the next start. */
function armShutdown({ limits }: ProjectorConfig, logger: JsonLogger): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      logger.log('Stopping', { signal });
      stopping.abort();
      setTimeout(() => {
        logger.error('Could not stop in time', { drainMs: limits.drainMs });
        process.exit(1);
      }, limits.drainMs).unref();
    });
  return stopping.signal;
}

const EXPECTED = [ConfigError, MigrationError, EmbeddedPostgresError, ForeignLog, FiguresError, HoldfastError];

try {
  await main();
  process.exit();
} catch (error) {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  const reason = isExpected ? (error as Error).message : String((error as Error).stack);
  process.stderr.write(`The projector cannot go on. ${reason}\n`);
  process.exit(1);
}
