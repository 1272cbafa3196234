import type pg from 'pg';
import type { Position, Time } from '../src/application/ports.js';
import { checkpointStatus, type CheckpointStatus } from './checkpoint-status.js';

/** What an operator asked for cannot be, now or at all; nothing was changed. The message says why and what to do. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface OperatePorts {
  readonly pool: pg.Pool;
  readonly time: Pick<Time, 'sleep'>;
}

export interface Operation {
  /** Everything is looked at and nothing is changed. */
  readonly isDry: boolean;
  /** How often a lock that is not to be had within its time is asked for. */
  readonly tries: number;
  /** Between two of them. */
  readonly pauseMs: number;
  /** How long a generation may take to come to where the live one is, while neither is held. */
  readonly followMs: number;
}

export const OPERATION: Operation = { isDry: false, tries: 30, pauseMs: 100, followMs: 5_000 };

/** A transaction of one operator: the generations as they are, and the connection on which they may be changed. */
export interface Desk {
  readonly sql: pg.PoolClient;
  readonly generations: readonly CheckpointStatus[];
}

/** A lock, or the statement that waited for it, took too long; or two waited for each other. */
const LATER: readonly unknown[] = ['55P03', '57014', '40P01'];
/** Operators come one after another. Any constant: it only has to differ from the other advisory locks. */
const BEGIN = `BEGIN; SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = '10s';
  SELECT pg_advisory_xact_lock(5209434718823917)`;

/**
 * One operation, whole or not at all. Waits a second for each lock, and tries again from the beginning when that was not
 * enough. Throws Refused when it never was, and whatever `work` throws.
 */
export async function operate<T>(
  { pool, time }: OperatePorts,
  { isDry, tries, pauseMs }: Operation,
  work: (desk: Desk) => Promise<T>,
): Promise<T> {
  for (let left = tries; ; left--) {
    const client = await pool.connect();
    try {
      await client.query(BEGIN);
      const done = await work({ sql: client, generations: await checkpointStatus(client) });
      await client.query(isDry ? 'ROLLBACK' : 'COMMIT');
      client.release();
      return done;
    } catch (error) {
      // The server rolls back.
      client.release(true);
      if (!LATER.includes((error as { code?: unknown }).code)) throw error;
      if (left <= 1) throw new Refused(`${(error as Error).message}, ${tries} times. ${WHO_HOLDS}`, { cause: error });
      await time.sleep(pauseMs);
    }
  }
}

const WHO_HOLDS =
  'Some transaction reads or writes the tables and does not end: SELECT pid, application_name, state, query FROM ' +
  'pg_stat_activity ORDER BY xact_start says which.';

/** The generation of that number. Throws Refused when there is none. */
export function generationOf(generations: readonly CheckpointStatus[], generation: number): CheckpointStatus {
  const found = generations.find((status) => status.generation === generation);
  if (found !== undefined) return found;
  const there = generations.map((status) => status.generation).join(', ');
  throw new Refused(`there is no generation ${generation}; there is ${there}`);
}

export function liveOf(generations: readonly CheckpointStatus[]): CheckpointStatus {
  const live = generations.find((status) => status.live);
  if (live === undefined) throw new Refused('no generation of the tables is live: run the migrations');
  return live;
}

export interface Said {
  readonly by: string;
  readonly reason: string | null;
}

/** Has generations stand still, between two batches. Answers which of them did not already. Null: all there are. */
export function pause(ports: OperatePorts, operation: Operation, which: number | null, said: Said): Promise<number[]> {
  return operate(ports, operation, async ({ sql, generations }) => {
    if (which !== null) generationOf(generations, which);
    const { rows } = await sql.query<{ generation: number }>(
      `UPDATE projections.checkpoint SET paused_at = clock_timestamp(), paused_by = $2, pause_reason = $3
        WHERE projection = 'bookings' AND generation = coalesce($1, generation) AND paused_at IS NULL
        RETURNING generation`,
      [which, said.by, said.reason],
    );
    return rows.map(({ generation }) => generation).sort((a, b) => a - b);
  });
}

export interface Resumed {
  readonly projection: string;
  readonly generation: number;
  /** What it stood still for. */
  readonly was: 'halted' | 'paused' | 'halted and paused';
}

/** Lets generations go on that were paused, or halted before a record that may be tried again. Null: all there are. */
export function resume(ports: OperatePorts, operation: Operation, which: number | null): Promise<Resumed[]> {
  return operate(ports, operation, async ({ sql, generations }) => {
    const asked = which === null ? generations : [generationOf(generations, which)];
    const standing = asked.filter(({ halt, pause: paused }) => halt !== null || paused !== null);
    await sql.query(
      `UPDATE projections.checkpoint SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, ${NOT_HALTED}
        WHERE projection = 'bookings' AND generation = ANY ($1::integer[])`,
      [standing.map(({ generation }) => generation)],
    );
    return standing.map(({ projection, generation, halt, pause: paused }) => ({
      ...{ projection, generation },
      was: halt === null ? 'paused' : paused === null ? 'halted' : 'halted and paused',
    }));
  });
}

const NOT_HALTED = `halted_at = NULL, halt_position = NULL, halt_stream = NULL, halt_revision = NULL,
  halt_record_id = NULL, halt_reason = NULL`;

export interface Skip extends Said {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly recordId: string;
  readonly haltReason: string;
  readonly reason: string;
  /** Milliseconds since 1970, by the database's clock. */
  readonly at: number;
}

/**
 * Leaves out the record before which a generation is halted, in every fold from now on, and lets go on whoever stands
 * before it. Throws Refused for any other position, and when another generation has folded that record already: two folds
 * of one log must not differ.
 */
export function skipRecord(
  ports: OperatePorts,
  operation: Operation,
  position: Position,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<Skip & { readonly generations: readonly number[] }> {
  return operate(ports, operation, async ({ sql }) => {
    // Nobody folds from here on, so that the list is the same for every batch before and after.
    await sql.query(`SELECT FROM projections.checkpoint WHERE projection = 'bookings' ORDER BY generation FOR UPDATE`);
    const generations = await checkpointStatus(sql);
    const halted = generations.filter(({ halt }) => halt?.position === position);
    const { halt } = halted[0] ?? {};
    if (halt == null) throw new Refused(`position ${position} cannot be skipped: ${whereHalted(generations)}`);
    const beyond = generations.find((other) => other.position >= position);
    if (beyond !== undefined)
      throw new Refused(
        `generation ${beyond.generation} has folded position ${position}: drop the one that is halted there, or repair the cause`,
      );
    const { stream, revision, recordId, reason: haltReason } = halt;
    const values = ['bookings', recordId, position.toString(), stream, revision, haltReason, by, reason];
    const { rows } = await sql.query<{ skipped_at: Date }>(
      `INSERT INTO projections.skips (projection, record_id, position, stream, revision, halt_reason, skipped_by, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING skipped_at`,
      values,
    );
    await sql.query(`UPDATE projections.checkpoint SET skips = skips + 1 WHERE projection = 'bookings'`);
    await sql.query(
      `UPDATE projections.checkpoint SET ${NOT_HALTED} WHERE projection = 'bookings' AND halt_record_id = $1`,
      [recordId],
    );
    const skipped = { position, stream, revision, recordId, haltReason, by, reason, at: rows[0]!.skipped_at.getTime() };
    return { ...skipped, generations: halted.map(({ generation }) => generation) };
  });
}

function whereHalted(generations: readonly CheckpointStatus[]): string {
  const places = generations.flatMap(({ generation, halt }) =>
    halt === null ? [] : [`generation ${generation} is halted before position ${halt.position}`],
  );
  return places.length === 0
    ? 'no generation is halted, and only the record before which one is halted may be skipped'
    : `${places.join('; ')}, and only such a record may be skipped`;
}

/** Every record that is left out, in the order in which that was decided. */
export async function readSkips(pool: pg.Pool): Promise<Skip[]> {
  const { rows } = await pool.query<StoredSkip>(
    `SELECT position::text, stream, revision, record_id, halt_reason, skipped_by, reason, skipped_at
       FROM projections.skips WHERE projection = 'bookings' ORDER BY skipped_at, position`,
  );
  return rows.map((row) => ({
    position: BigInt(row.position),
    stream: row.stream,
    revision: row.revision,
    recordId: row.record_id,
    haltReason: row.halt_reason,
    by: row.skipped_by,
    reason: row.reason,
    at: row.skipped_at.getTime(),
  }));
}

interface StoredSkip {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly record_id: string;
  readonly halt_reason: string;
  readonly skipped_by: string;
  readonly reason: string;
  readonly skipped_at: Date;
}
