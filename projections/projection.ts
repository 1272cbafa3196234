import type { RecordedEvent, UnreadableRecord } from '../src/application/ports.js';

/** What the feed brings, in commit order. */
export type FeedRecord = RecordedEvent | UnreadableRecord;

/** Which record, and where it stands. */
export type RecordPlace = Pick<FeedRecord, 'stream' | 'revision' | 'position' | 'id'>;

/** A record that an operator has told every fold to leave out: of all it says, only its revision counts. */
export interface SkippedRecord extends RecordPlace {
  readonly skipped: true;
}

/** What is folded. */
export type FoldRecord = FeedRecord | SkippedRecord;

/** One SQL text under a name, so that the server prepares it once for each connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** As the driver sends it: a Buffer in the server's binary form, all else as text. */
export type Parameter = string | number | Buffer | null;

/** The transaction that moves the checkpoint. Statements are sent in the order of the calls, without waiting for answers. */
export interface Sql {
  ask<Row extends object>(statement: Statement, values: readonly Parameter[]): Promise<Row[]>;
  /** Resolves once the server has done it. */
  run(statement: Statement, values: readonly Parameter[]): Promise<void>;
  /** For the one statement that may touch a million rows: under the projector's own bound instead of the pool's. */
  runLong(statement: Statement, values: readonly Parameter[]): Promise<void>;
}

/** One set of tables that is a fold of the log, with its own checkpoint. */
export interface Projection {
  readonly name: string;
  readonly generation: number;
  /** Whether this record is a batch of its own. */
  standsAlone(record: FoldRecord): boolean;
  /**
   * Brings the tables from the record before the first of `records` to the last of them. Depends on nothing but the
   * tables and the records, so that any way of splitting the log gives the same rows. Throws Poison for a record that
   * cannot be folded; the caller rolls back, and has it forget.
   *
   * `next` is asked once, when all is sent: the batch that comes after this one, where it is there already. It may be
   * worked on while the server writes, and is given to `apply` next, the same array, or never.
   */
  apply(sql: Sql, records: readonly FoldRecord[], next?: () => readonly FoldRecord[] | null): Promise<void>;
  /**
   * What it remembers of the tables may no longer be so: a batch was undone, or somebody else has written. To be called
   * before the next batch.
   */
  forget(): void;
}

/** This record cannot be folded, today or on the next try: it is unreadable, out of place, or breaks an invariant. */
export class Poison extends Error {
  override readonly name = 'Poison';
}
