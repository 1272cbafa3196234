import type pg from 'pg';
import type { EventFeed, EventStore, Time, Tracer } from '../src/application/ports.js';
import type { StoreConfig } from '../src/infrastructure/config.js';
import type { Log } from '../src/infrastructure/logger.js';
import { openPool } from '../src/infrastructure/postgres/database.js';
import { BookingsProjection } from './bookings-tables.js';
import { Checkpoints } from './checkpoint.js';
import { checkpointStatus } from './checkpoint-status.js';
import { Lanes } from './lanes.js';
import { AdvisoryLock } from './lock.js';
import { PROJECTOR_DEFAULTS, Projector, type ProjectorParts, type ProjectorSettings } from './projector.js';

/** The client waits longer than the server is allowed to take, so that the server has the last word. */
const QUERY_MARGIN_MS = 5_000;
/** Of one lane: one holds its lock, one is in a transaction, one looks at the checkpoint. */
const LANE_CONNECTIONS = 3;

export interface ProjectorPorts {
  /** Of the database with the tables. */
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly feed: EventFeed;
  readonly time: Pick<Time, 'now' | 'sleep'>;
  readonly logger: Log;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | null;
}

type ProjectorConfig = Pick<StoreConfig, 'limits' | 'streamPrefix'>;

/** What a projector of one generation is made of. */
export function projectorParts(
  { pool, store, feed, time, logger, tracer = null }: ProjectorPorts,
  config: ProjectorConfig,
  generation: number,
): { readonly parts: ProjectorParts; readonly settings: ProjectorSettings } {
  const { limits, streamPrefix } = config;
  const projection = new BookingsProjection(generation, streamPrefix);
  const checkpoints = openCheckpoints(pool, config, generation);
  const lock = new AdvisoryLock(pool, projection);
  const { projectorBatch: batchSize, projectorPaceMs: paceMs, projectorStandbyMs: standbyMs } = limits;
  return {
    parts: { projection, checkpoints, lock, feed, store, time, logger, tracer },
    settings: { ...PROJECTOR_DEFAULTS, batchSize, paceMs, standbyMs },
  };
}

/** The projectors of all generations, in the database behind `url`, ready to run. */
export function openLanes(ports: ProjectorPorts, config: ProjectorConfig, url: string): Lanes {
  const { pool, feed, time, logger } = ports;
  const limits = { ...config.limits, poolConnections: LANE_CONNECTIONS };
  const open = (generation: number) => {
    const own = openPool(url, { limits }, `holdfast-generation-${generation}`, logger);
    const { parts, settings } = projectorParts({ ...ports, pool: own }, config, generation);
    return { projector: new Projector(parts, settings), close: () => own.end() };
  };
  const generations = async () =>
    (await checkpointStatus(pool)).map(({ generation, live, isBare }) => ({ generation, isLive: live, isBare }));
  return new Lanes({ generations, open, feed, time, logger }, PROJECTOR_DEFAULTS.lookEveryMs);
}

/** The checkpoint of the generation that readers see. */
export async function liveCheckpoints(pool: pg.Pool, config: ProjectorConfig): Promise<Checkpoints> {
  const live = (await checkpointStatus(pool)).find((status) => status.live);
  if (live === undefined) throw new Error('no generation of the tables is live: run the migrations');
  return openCheckpoints(pool, config, live.generation);
}

function openCheckpoints(pool: pg.Pool, { limits }: ProjectorConfig, generation: number): Checkpoints {
  const { projectorStatementTimeoutMs: statementTimeoutMs } = limits;
  const long = { statementTimeoutMs, queryTimeoutMs: statementTimeoutMs + QUERY_MARGIN_MS };
  return new Checkpoints(pool, { name: 'bookings', generation }, long);
}
