/** Holds the tables against the log, as `holdfast verify` does. */
import { verifyTables } from '../../projections/verify.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { serveChild } from '../support/child.js';
import { silent } from '../support/postgres.js';

export interface VerifyResult {
  readonly seconds: number;
  /** The most that the process ever had in memory, in megabytes (10^6 bytes). */
  readonly megabytes: number;
  /** Tables of which a row is not as the log says, and whatever else is wrong. */
  readonly wrong: readonly string[];
}

serveChild<{ readonly url: string }, VerifyResult>(async ({ url }) => {
  const config = loadStoreConfig({ DATABASE_URL: url });
  const pool = openPool(url, config, 'bench-verify', silent);
  const log = openEventStore(url, config, silent);
  const logId = await log.store.identity();
  const run = async (): Promise<VerifyResult> => {
    const beganAt = performance.now();
    const walk = log.walk();
    const ports = { pool, codec: log.codec, walk, logId, streamPrefix: config.streamPrefix };
    const { different, checkpoint } = await verifyTables(ports);
    const seconds = (performance.now() - beganAt) / 1_000;
    await walk.close();
    await Promise.all([log.close(), pool.end()]);
    const megabytes = process.resourceUsage().maxRSS / 1_000;
    return { seconds, megabytes, wrong: [...(different > 0 ? [`${different} rows`] : []), ...checkpoint] };
  };
  return { run };
});
