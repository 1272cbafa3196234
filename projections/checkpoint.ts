import type pg from 'pg';
import type { Position } from '../src/application/ports.js';
import { FoldSql, Overtaken, runLong, type LongStatements } from './fold-sql.js';
import { Poison, type RecordPlace, type Sql, type Statement } from './projection.js';

/** The last record that the tables contain. */
export interface LogPoint {
  readonly stream: string;
  readonly revision: number;
  readonly recordId: string;
}

/** Why and before which record the projector stands still. */
export interface Halt extends LogPoint {
  readonly position: Position;
  readonly reason: string;
  /** Milliseconds since 1970, by the database's clock. */
  readonly since: number;
}

export interface Checkpoint {
  /** Null before the first start. */
  readonly logId: string | null;
  /** 0 when nothing is folded. */
  readonly position: Position;
  /** Null when nothing is folded. */
  readonly last: LogPoint | null;
  readonly halt: Halt | null;
  /** Milliseconds since 1970, by the database's clock. */
  readonly movedAt: number;
  /** The tables are still without what `complete` makes. */
  readonly isBare: boolean;
  /** An operator has it stand still. */
  readonly isPaused: boolean;
  /** Ids of the records that are left out of the fold. */
  readonly skipped: ReadonlySet<string>;
}

/** There is no such generation, or no longer. */
export class NoCheckpoint extends Error {
  override readonly name = 'NoCheckpoint';
}

/** The checkpoint of one generation of one projection: a row that moves by compare-and-set only. */
export class Checkpoints {
  private readonly key: readonly [string, number];

  constructor(
    private readonly pool: pg.Pool,
    projection: { readonly name: string; readonly generation: number },
    private readonly long: LongStatements,
  ) {
    this.key = [projection.name, projection.generation];
  }

  async read(): Promise<Checkpoint> {
    const { rows } = await this.pool.query<StoredCheckpoint>(READ, [...this.key]);
    if (rows[0] === undefined)
      throw new NoCheckpoint(`${this.key.join(', generation ')}, has no checkpoint: it was dropped`);
    const skipped = rows[0].skips === 0 ? NOTHING : await readSkipped(this.pool, this.key[0]);
    return checkpointOf(rows[0], skipped);
  }

  /**
   * One transaction that moves the checkpoint from `from` to `to`, first thing, and then does `work`. Null when
   * somebody else has moved it: then nothing was done. What `work` throws undoes the move. After any other error it is
   * not known whether the transaction took place.
   */
  async advance(from: Checkpoint, to: RecordPlace, work: (sql: Sql) => Promise<void>): Promise<Checkpoint | null> {
    return this.transaction(from.isBare ? BEGIN_BARE : BEGIN, async (client) => {
      const next = [to.position.toString(), to.stream, to.revision, to.id];
      const values = [...this.key, ...known(from), ...next];
      const moved = client.query<StoredCheckpoint>({ ...MOVE, values }).then(({ rows }) => {
        if (rows[0] === undefined) throw new Overtaken();
        return checkpointOf(rows[0], from.skipped);
      });
      const sql = new FoldSql(client, moved, this.long);
      const [checkpoint] = await Promise.all([moved, work(sql)]).finally(() => sql.close());
      return checkpoint;
    });
  }

  /**
   * Gives a bare generation its foreign keys and second indexes, all or none: a matter of seconds for a million rows.
   * Null when somebody else has moved the checkpoint.
   */
  async complete(at: Checkpoint): Promise<Checkpoint | null> {
    return this.transaction(BEGIN_COMPLETION, async (client, begun) => {
      await begun;
      const found = await client.query<StoredCheckpoint>(HOLD, [...this.key, ...known(at)]);
      if (found.rows[0] === undefined) return null;
      const text = 'SELECT projections.complete_generation($1)';
      await runLong(client, this.long, { name: 'complete', text }, [this.key[1]]);
      return { ...checkpointOf(found.rows[0], at.skipped), isBare: false };
    });
  }

  /** Stands still before `record` until an operator resumes. Does nothing when the checkpoint has moved on. */
  async halt(at: Checkpoint, record: RecordPlace, reason: string): Promise<void> {
    const halt = [record.position.toString(), record.stream, record.revision, record.id, reason];
    await this.pool.query(HALT, [...this.key, ...known(at), ...halt]);
  }

  /** Follows the log under its present name. False when the checkpoint moved meanwhile. */
  async adopt(from: Checkpoint, logId: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(ADOPT, [...this.key, ...known(from), logId]);
    return rowCount === 1;
  }

  /** Commits what `work` did; where it answers null or was overtaken, that was nothing. What it throws undoes it. */
  private async transaction<Done>(
    begin: string,
    work: (client: pg.PoolClient, begun: Promise<unknown>) => Promise<Done | null>,
  ): Promise<Done | null> {
    const client = await this.pool.connect();
    try {
      const begun = client.query(begin);
      const [, done] = await Promise.all([begun, work(client, begun)]);
      await client.query(done === null ? 'ROLLBACK' : 'COMMIT');
      client.release();
      return done;
    } catch (error) {
      await undo(client, error);
      if (error instanceof Overtaken) return null;
      throw error;
    }
  }
}

/** Ids of the records that every fold of a projection leaves out. */
export async function readSkipped(pool: Pick<pg.Pool, 'query'>, projection: string): Promise<ReadonlySet<string>> {
  const text = 'SELECT record_id FROM projections.skips WHERE projection = $1';
  const { rows } = await pool.query<{ record_id: string }>(text, [projection]);
  return new Set(rows.map(({ record_id }) => record_id));
}

const NOTHING: ReadonlySet<string> = new Set();

/** Lets halted projectors try again, from the record before which they stand. Answers which were halted. */
export async function resumeHalted(pool: pg.Pool): Promise<{ projection: string; generation: number }[]> {
  const { rows } = await pool.query<{ projection: string; generation: number }>(
    `UPDATE projections.checkpoint SET halted_at = NULL, halt_position = NULL, halt_stream = NULL, halt_revision = NULL,
       halt_record_id = NULL, halt_reason = NULL
     WHERE halted_at IS NOT NULL RETURNING projection, generation`,
  );
  return rows;
}

/** Of a row of `projections.checkpoint`. */
export const COLUMNS = `log_id, position::text, stream, revision, record_id, moved_at, bare, paused_at, skips, halted_at,
  halt_position::text, halt_stream, halt_revision, halt_record_id, halt_reason`;
const READ = `SELECT ${COLUMNS} FROM projections.checkpoint WHERE projection = $1 AND generation = $2`;

/**
 * Every statement looks up a batch by keys that are indexed. The planner does not know that: while the tables are small
 * it would choose to read them whole, and keep that plan when they have grown, for the checks of foreign keys too.
 */
const BEGIN = `BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off;
  SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL holdfast.has_begun = 'yes'`;

/**
 * A bare generation is folded from the beginning, and nobody counts on it yet: a crash may take the last of its batches, each
 * whole and with its checkpoint, and whoever books beside it does not wait behind its way to the disk. What makes it complete
 * is on disk, and so is all before.
 */
const BEGIN_BARE = `${BEGIN}; SET LOCAL synchronous_commit = off`;

/** The keys of a million rows are sorted in memory: in files they would go to the disk twice, in one stroke, beside bookings. */
const BEGIN_COMPLETION = `BEGIN; SET LOCAL maintenance_work_mem = '256MB'`;

/** The checkpoint is still the one that was read, and leaves out the same records. */
const SAME = `projection = $1 AND generation = $2 AND position = $3::bigint AND record_id IS NOT DISTINCT FROM $4::uuid
  AND log_id IS NOT DISTINCT FROM $5 AND skips = $6::integer`;
/** And nobody has halted or paused it. */
const UNMOVED = `${SAME} AND halted_at IS NULL AND paused_at IS NULL`;
/** It is sent before BEGIN is answered: where that was refused, it would be a transaction of its own, without the rows. */
const HAS_BEGUN = `current_setting('holdfast.has_begun', true) = 'yes'`;
const known = ({ position, last, logId, skipped }: Checkpoint) => [
  ...[position.toString(), last?.recordId ?? null, logId],
  skipped.size,
];

const MOVE: Statement = {
  name: 'move checkpoint',
  text: `UPDATE projections.checkpoint SET position = $7::bigint, stream = $8, revision = $9::bigint,
    record_id = $10::uuid, moved_at = clock_timestamp() WHERE ${UNMOVED} AND ${HAS_BEGUN} RETURNING ${COLUMNS}`,
};
const HOLD = `SELECT ${COLUMNS} FROM projections.checkpoint WHERE ${UNMOVED} FOR UPDATE`;
const HALT = `UPDATE projections.checkpoint SET halt_position = $7::bigint, halt_stream = $8, halt_revision = $9::bigint,
  halt_record_id = $10::uuid, halt_reason = $11, halted_at = clock_timestamp() WHERE ${UNMOVED}`;
const ADOPT = `UPDATE projections.checkpoint SET log_id = $7 WHERE ${SAME}`;

/** A connection on which the server has answered can be used again; on any other a statement may still be running. */
async function undo(client: pg.PoolClient, error: unknown): Promise<void> {
  const answered =
    error instanceof Poison ||
    error instanceof Overtaken ||
    typeof (error as { severity?: unknown }).severity === 'string';
  if (!answered) return client.release(true);
  await client.query('ROLLBACK').then(
    () => client.release(),
    () => client.release(true),
  );
}

export interface StoredCheckpoint {
  readonly log_id: string | null;
  readonly position: string;
  readonly stream: string | null;
  readonly revision: number | null;
  readonly record_id: string | null;
  readonly moved_at: Date;
  readonly bare: boolean;
  readonly paused_at: Date | null;
  readonly skips: number;
  readonly halted_at: Date | null;
  readonly halt_position: string | null;
  readonly halt_stream: string | null;
  readonly halt_revision: number | null;
  readonly halt_record_id: string | null;
  readonly halt_reason: string | null;
}

/** The table's CHECKs say that the columns of a point, and those of a halt, are all there or all null. */
export function checkpointOf(row: StoredCheckpoint, skipped: ReadonlySet<string>): Checkpoint {
  const last =
    row.record_id === null ? null : { stream: row.stream!, revision: row.revision!, recordId: row.record_id };
  const halt =
    row.halted_at === null
      ? null
      : {
          position: BigInt(row.halt_position!),
          stream: row.halt_stream!,
          revision: row.halt_revision!,
          recordId: row.halt_record_id!,
          reason: row.halt_reason!,
          since: row.halted_at.getTime(),
        };
  return {
    logId: row.log_id,
    position: BigInt(row.position),
    last,
    halt,
    movedAt: row.moved_at.getTime(),
    isBare: row.bare,
    isPaused: row.paused_at !== null,
    skipped,
  };
}
