import { SqlError, type SimulatedDatabase, type Transaction } from './database.js';
import type { Result } from './sql-values.js';
import { programOf } from './sql.js';

const LOCK_TIMEOUT_MS = 1_000;
const NOTHING: Result = { rows: [], rowCount: 0 };

export type Done = (error: Error | null, result: Result) => void;

/** One session as the server has it. What is not committed when it ends was never there. */
export class Session {
  isOpen = true;
  private transaction: Transaction | null = null;
  private hasFailed = false;
  private hasAdvisory = false;

  constructor(private readonly database: SimulatedDatabase) {}

  execute(text: string, values: readonly unknown[], done: Done): void {
    if (!this.isOpen) return;
    if (text.startsWith('BEGIN')) this.transaction = this.database.begin(text);
    else if (text === 'COMMIT' || text === 'ROLLBACK') this.end(text === 'COMMIT' && !this.hasFailed);
    else if (!text.startsWith('SET ')) return this.statement(text, values, done);
    done(null, NOTHING);
  }

  /** Nobody would notice when it ends. */
  get isIdle(): boolean {
    return this.transaction === null && !this.hasAdvisory;
  }

  fail(code: string, done: Done): void {
    this.hasFailed = this.transaction !== null;
    done(new SqlError(code, 'simulated'), NOTHING);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.end(false);
    for (const [name, owner] of this.database.advisory) if (owner === this) this.database.advisory.delete(name);
  }

  private end(isCommit: boolean): void {
    if (isCommit && this.transaction !== null) this.database.commit(this.transaction);
    this.transaction = null;
    this.hasFailed = false;
    this.database.unlock(this);
  }

  private statement(text: string, values: readonly unknown[], done: Done): void {
    if (this.hasFailed) return this.fail('25P02', done);
    if (text.includes('pg_try_advisory_lock')) return done(null, this.tryAdvisory(String(values[0])));
    const { database } = this;
    const program = programOf(text);
    const run = (): void => {
      const transaction = this.transaction ?? database.begin();
      try {
        const result = program.run(transaction, values as never, database.timestamp);
        if (this.transaction === null) database.commit(transaction);
        done(null, result);
      } catch (error) {
        // Anything else is not the server's answer but our own mistake, and must not be taken for a bad day.
        if (!(error instanceof SqlError)) return database.onBug(error);
        this.hasFailed = this.transaction !== null;
        done(error, NOTHING);
      }
      if (this.transaction === null) database.unlock(this);
    };
    if (!program.isLocking) return run();
    let isOver = false;
    const timeout = database.world.after(LOCK_TIMEOUT_MS, () => {
      isOver = true;
      database.unlock(this);
      this.fail('55P03', done);
    });
    database.lock(this, () => {
      timeout();
      if (!isOver) run();
    });
  }

  private tryAdvisory(name: string): Result {
    const { advisory } = this.database;
    const ours = !advisory.has(name) || advisory.get(name) === this;
    if (ours) advisory.set(name, this);
    this.hasAdvisory ||= ours;
    return { rows: [{ ours }], rowCount: 1 };
  }
}
