import { assertSameLog } from '../../projections/same-log.js';
import { liveCheckpoints } from '../../projections/open.js';
import { StreamNames } from '../application/envelope.js';
import { ClockSkew, StoreUnavailable } from '../application/errors.js';
import type { EventStore, Ids } from '../application/ports.js';
import { FORGETFUL } from '../application/refusals.js';
import { Transact, type TransactSettings } from '../application/transact.js';
import type { Codec } from '../infrastructure/event-store/codec.js';
import { NamedIds } from '../infrastructure/event-store/ids.js';
import { ChainSealer } from '../infrastructure/event-store/sealer.js';
import { databaseTime } from '../infrastructure/postgres/database.js';
import { SystemTime, systemRandom } from '../infrastructure/time.js';
import type { Opened } from './open.js';

/** What a command line that decides commands needs. */
interface Deciding {
  readonly store: EventStore;
  readonly codec: Codec;
  readonly ids: Ids;
  readonly time: SystemTime;
  readonly streams: StreamNames;
  /** The way of every command, with a memory of its own. Refusals are not kept. */
  readonly desk: (locking: TransactSettings['locking']) => Transact;
}

/** Over a log that is known to be that of the tables, and a clock that is right. Throws StoreUnavailable, ClockSkew. */
export async function decidingOver({ config, database, pool, log }: Opened): Promise<Deciding> {
  const { limits, clockSkewLimitMs, streamPrefix } = config;
  await assertSameLog(await liveCheckpoints(pool, config), log.store);
  const problem = await log.problem();
  if (problem !== null) throw new StoreUnavailable(problem);
  const time = new SystemTime({ skewLimitMs: clockSkewLimitMs, compareEveryMs: limits.clockCompareMs });
  await time.compare(log.server?.time ?? (() => databaseTime(pool)));
  if (!time.isTrusted())
    throw new ClockSkew(`this machine's clock is too far from that of ${new URL(database.url).host}`);
  const { store, codec } = log;
  const ids = new NamedIds(time, systemRandom);
  const streams = new StreamNames(streamPrefix);
  const sealed = { store, sealer: new ChainSealer(codec), ids, time, random: systemRandom };
  const desk: Deciding['desk'] = (locking) => new Transact(sealed, streams, { ...limits, locking }, FORGETFUL);
  return { store, codec, ids, time, streams, desk };
}
