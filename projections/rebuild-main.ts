import { loadStoreConfig } from '../src/infrastructure/config.js';
import { openEventStore } from '../src/infrastructure/event-store/open.js';
import { JsonLogger, toldOf } from '../src/infrastructure/logger.js';
import { makeWay } from '../src/infrastructure/make-way.js';
import { openPool } from '../src/infrastructure/postgres/database.js';
import { withEachSession } from '../src/infrastructure/postgres/pool.js';
import { SystemTime, UNCOMPARED } from '../src/infrastructure/time.js';
import { Refused } from './operate.js';
import { rebuild, type RebuildEvents } from './rebuild.js';
import type { RebuildTold } from './rebuild-apart.js';
import { ForeignLog } from './same-log.js';

/** The process of `rebuildApart`: one rebuild, told to whoever began it, of databases that are migrated. */
async function main(): Promise<readonly string[]> {
  withEachSession(makeWay);
  const config = loadStoreConfig(process.env);
  const url = config.databaseUrl!;
  const logger = new JsonLogger(config.logLevel);
  const pool = openPool(url, config, 'holdfast-rebuild', logger);
  const log = openEventStore(config.eventStoreUrl ?? url, config, logger);
  try {
    const ports = { pool, store: log.store, feed: log.feed, time: new SystemTime(UNCOMPARED), logger };
    return (await rebuild(ports, config, events)).different;
  } finally {
    await Promise.allSettled([log.close(), pool.end()]);
  }
}

const tell = (told: RebuildTold): void => void process.send!(told);

const events: RebuildEvents = {
  onFold: (...args) => tell({ on: 'onFold', args }),
  onFolded: (...args) => tell({ on: 'onFolded', args }),
  onCompare: (...args) => tell({ on: 'onCompare', args }),
  onCompared: (...args) => tell({ on: 'onCompared', args }),
};

// Whoever began this is gone, or has heard what came of it.
process.once('disconnect', () => process.exit());
try {
  tell({ on: 'end', different: await main() });
} catch (error) {
  const isSaid = error instanceof Refused || error instanceof ForeignLog;
  tell({ on: 'failed', isSaid, why: isSaid ? error.message : toldOf(error) });
}
