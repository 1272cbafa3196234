/** Folds the log into another generation of the tables, as `holdfast projections rebuild` does, and drops it again. */
import { rebuild } from '../../projections/rebuild.js';
import { dropGeneration } from '../../projections/switch.js';
import { OPERATION } from '../../projections/operate.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { makeWay } from '../../src/infrastructure/make-way.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { withEachSession } from '../../src/infrastructure/postgres/pool.js';
import { SystemTime, UNCOMPARED } from '../../src/infrastructure/time.js';
import { serveChild } from '../support/child.js';
import { silent } from '../support/postgres.js';

export interface RebuildResult {
  readonly folded: number;
  /** Of the folding, without the comparison. */
  readonly seconds: number;
  /** Tables that are not as the live ones. */
  readonly different: readonly string[];
}

serveChild<{ readonly url: string }, RebuildResult>(async ({ url }) => {
  withEachSession(makeWay);
  const config = loadStoreConfig({ DATABASE_URL: url });
  const pool = openPool(url, config, 'bench-rebuild', silent);
  const log = openEventStore(url, config, silent);
  const time = new SystemTime(UNCOMPARED);
  const run = async (): Promise<RebuildResult> => {
    let [folded, beganAt, endedAt] = [0, 0, 0];
    const events = {
      onFold: () => void (beganAt ||= performance.now()),
      onFolded: (count: number) => {
        folded += count;
        endedAt = performance.now();
      },
      onCompare: () => undefined,
      onCompared: () => undefined,
    };
    const ports = { pool, store: log.store, feed: log.feed, time, logger: silent };
    const { different, next } = await rebuild(ports, config, events);
    await dropGeneration({ pool, time }, OPERATION, next.generation);
    await Promise.all([log.close(), pool.end()]);
    return { folded, seconds: (endedAt - beganAt) / 1_000, different };
  };
  return { run };
});
