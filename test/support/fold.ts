import { projectorParts } from '../../projections/open.js';
import { Projector } from '../../projections/projector.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { SystemTime, UNCOMPARED } from '../../src/infrastructure/time.js';
import { silent } from './postgres.js';

/** What a projector process does, until it has folded everything. Throws ForeignLog. */
export async function foldAll(settings: Readonly<Record<string, string>>): Promise<void> {
  const config = loadStoreConfig(settings);
  const pool = openPool(settings['DATABASE_URL']!, config, 'test', silent);
  const log = openEventStore(settings['EVENT_STORE_URL'] ?? settings['DATABASE_URL']!, config, silent);
  const time = new SystemTime(UNCOMPARED);
  const ports = { pool, store: log.store, feed: log.feed, time, logger: silent };
  const { parts, settings: bounds } = projectorParts(ports, config, 1);
  const projector = new Projector(parts, bounds);
  const done = new AbortController();
  const running = projector.run(done.signal);
  try {
    const isThere = async (): Promise<void> => {
      const head = await log.feed.head();
      while ((await parts.checkpoints.read()).position < head) await time.sleep(10);
    };
    await Promise.race([isThere(), running]);
  } finally {
    done.abort();
    await running.finally(() => Promise.all([log.close(), pool.end()]));
  }
}
