import type pg from 'pg';
import { COLUMNS, checkpointOf, type Checkpoint, type StoredCheckpoint } from './checkpoint.js';

/** Who has a generation stand still. */
export interface Pause {
  /** Milliseconds since 1970, by the database's clock. */
  readonly since: number;
  readonly by: string;
  readonly reason: string | null;
}

export interface CheckpointStatus extends Omit<Checkpoint, 'skipped' | 'isPaused'> {
  readonly projection: string;
  readonly generation: number;
  readonly live: boolean;
  readonly pause: Pause | null;
  /** When it last became the live one, in milliseconds since 1970; null: never. */
  readonly shownAt: number | null;
}

/** The state of every checkpoint, for operators. */
export async function checkpointStatus(pool: Pick<pg.Pool, 'query'>): Promise<CheckpointStatus[]> {
  const { rows } = await pool.query<StoredStatus>(
    `SELECT projection, generation, live, shown_at, paused_by, pause_reason, ${COLUMNS}
       FROM projections.checkpoint ORDER BY projection, generation`,
  );
  return rows.map((row) => {
    const { skipped: _skipped, isPaused: _isPaused, ...checkpoint } = checkpointOf(row, new Set());
    const { projection, generation, live, paused_at: since, pause_reason: reason } = row;
    const pause = since === null ? null : { since: since.getTime(), by: row.paused_by!, reason };
    return { ...checkpoint, projection, generation, live, pause, shownAt: row.shown_at?.getTime() ?? null };
  });
}

interface StoredStatus extends StoredCheckpoint {
  readonly projection: string;
  readonly generation: number;
  readonly live: boolean;
  readonly shown_at: Date | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
}
