import type pg from 'pg';
import type { Parameter, Sql, Statement } from './projection.js';

/** Of statements that may run long, in milliseconds: by the server, and by the client, which waits longer. */
export interface LongStatements {
  readonly statementTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

/** Somebody else has moved the checkpoint. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * The transaction of one batch on a connection that sends without waiting (see PoolOptions). What is asked travels with the
 * statement that moves the checkpoint; what is written, once that has moved. The server has work all the time, and the
 * client reads on in the log meanwhile.
 */
export class FoldSql implements Sql {
  private hasMoved = false;
  private isOver = false;

  /** `moved`: throws Overtaken where the checkpoint is no longer what it was. */
  constructor(
    private readonly client: pg.PoolClient,
    private readonly moved: Promise<unknown>,
    private readonly long: LongStatements,
  ) {
    moved.then(
      () => (this.hasMoved = true),
      () => undefined, // Whoever waits for it hears it.
    );
  }

  async ask<Row extends object>(statement: Statement, values: readonly Parameter[]): Promise<Row[]> {
    this.expectOpen();
    const { rows } = await this.client.query<Row & pg.QueryResultRow>({ ...statement, values: [...values] });
    await this.moved;
    return rows;
  }

  async run(statement: Statement, values: readonly Parameter[]): Promise<void> {
    // What was asked is answered after the move: as a rule it is sent at once.
    if (!this.hasMoved) await this.moved;
    this.expectOpen();
    await this.client.query({ ...statement, values: [...values] });
  }

  async runLong(statement: Statement, values: readonly Parameter[]): Promise<void> {
    await this.moved;
    this.expectOpen();
    await runLong(this.client, this.long, statement, values);
  }

  /** The transaction is about to be ended: what still waits for the move would be sent behind that, and stand by itself. */
  close(): void {
    this.isOver = true;
  }

  private expectOpen(): void {
    if (this.isOver) throw new Error('the transaction of this batch is over');
  }
}

export async function runLong(
  client: pg.PoolClient,
  { statementTimeoutMs, queryTimeoutMs }: LongStatements,
  statement: Statement,
  values: readonly Parameter[],
): Promise<void> {
  await client.query(`SET LOCAL statement_timeout = ${statementTimeoutMs}`);
  await client.query({ ...statement, ...{ query_timeout: queryTimeoutMs }, values: [...values] });
}
