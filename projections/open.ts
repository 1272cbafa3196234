import type pg from 'pg';
import type { EventFeed, EventStore, Time } from '../src/application/ports.js';
import type { StoreConfig } from '../src/infrastructure/config.js';
import type { Log } from '../src/infrastructure/logger.js';
import { BookingsProjection, PART_SIZE } from './bookings-tables.js';
import { Checkpoints } from './checkpoint.js';
import { AdvisoryLock } from './lock.js';
import { PROJECTOR_DEFAULTS, Projector } from './projector.js';

/** The client waits longer than the server is allowed to take, so that the server has the last word. */
const QUERY_MARGIN_MS = 5_000;

export interface ProjectorPorts {
  /** Of the database with the tables. */
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly feed: EventFeed;
  readonly time: Time;
  readonly logger: Log;
}

/** The projector of the live generation, ready to run, and the checkpoints that it moves. */
export function openProjector(
  { pool, store, feed, time, logger }: ProjectorPorts,
  { limits, streamPrefix }: Pick<StoreConfig, 'limits' | 'streamPrefix'>,
): { readonly projector: Projector; readonly checkpoints: Checkpoints } {
  const projection = new BookingsProjection(1, streamPrefix, PART_SIZE);
  const { projectorStatementTimeoutMs: statementTimeoutMs, projectorBatch: batchSize } = limits;
  const settings = { ...PROJECTOR_DEFAULTS, batchSize, standbyMs: limits.projectorStandbyMs };
  const long = { statementTimeoutMs, queryTimeoutMs: statementTimeoutMs + QUERY_MARGIN_MS };
  const checkpoints = new Checkpoints(pool, projection, long);
  const lock = new AdvisoryLock(pool, projection);
  const parts = { projection, checkpoints, lock, feed, store, time, logger };
  return { projector: new Projector(parts, settings), checkpoints };
}
