import type pg from 'pg';
import type { EventFeed, Position } from '../src/application/ports.js';
import { checkpointStatus } from './checkpoint-status.js';
import type { ProjectorStatus } from './projector.js';

/** Where the tables stand, for operators. */
export interface FollowedTables {
  readonly head: Position;
  readonly generations: readonly {
    readonly generation: number;
    readonly position: Position;
    readonly isLive: boolean;
    readonly isBare: boolean;
    readonly isHalted: boolean;
    readonly isPaused: boolean;
  }[];
  /** For how long the live tables have been behind, in milliseconds; null: this process does not fold them. */
  readonly lagMs: number | null;
}

/** `status`: of the projector of this process. Throws StoreUnavailable, and what the database throws. */
export async function followedTables(
  pool: Pick<pg.Pool, 'query'>,
  feed: Pick<EventFeed, 'head'>,
  status: (() => Promise<ProjectorStatus>) | null,
): Promise<FollowedTables> {
  const [head, checkpoints] = await Promise.all([feed.head(), checkpointStatus(pool)]);
  const generations = checkpoints.map(({ generation, position, live, isBare, halt, pause }) => ({
    ...{ generation, position, isLive: live, isBare, isHalted: halt !== null, isPaused: pause !== null },
  }));
  return { head, generations, lagMs: status === null ? null : (await status()).lagMs };
}
