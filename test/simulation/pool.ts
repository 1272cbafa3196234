import type pg from 'pg';
import type { SimulatedDatabase } from './database.js';
import { Session, type Done } from './session.js';
import type { Result } from './sql-values.js';

/** What goes wrong with one statement, each as a share of all; `slow` is there and back. */
export interface DatabaseFaults {
  /** The connection is gone before the statement is there, or before its answer is back. */
  readonly cut: number;
  readonly unheard: number;
  /** Arrives when nobody waits for it any more. */
  readonly late: number;
  /** The server says no: a full disk, a deadlock, a time-out. */
  readonly refused: number;
  readonly slow: number;
}

const QUERY_TIMEOUT_MS = 1_500;
const LATEST_MS = 4_000;
interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

const gone = (): Error => new Error('Connection terminated unexpectedly');

/** One connection of a process, as `pg` gives it: a statement is sent when the one before was answered. */
class SimulatedClient {
  private readonly session: Session;
  private readonly waiting: Statement[] = [];
  private current: Statement | null = null;
  private isGone = false;
  private inFlight = 0;
  private isClosing = false;
  private readonly listeners: ((error: Error) => void)[] = [];

  constructor(
    private readonly pool: SimulatedPool,
    private readonly database: SimulatedDatabase,
  ) {
    this.session = new Session(database);
  }

  query(asked: string | { text: string; values?: readonly unknown[] }, values: readonly unknown[] = []) {
    const { text, values: own } = typeof asked === 'string' ? { text: asked, values } : asked;
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ text, values: own ?? values, resolve, reject });
      if (this.current === null) this.next();
    });
  }

  release(isBroken: boolean | Error = false): void {
    if (isBroken === false && this.current === null && this.waiting.length === 0) this.hangUp();
    else this.lose(null);
  }

  once(_event: string, listener: (error: Error) => void): this {
    this.listeners.push(listener);
    return this;
  }

  /** The server, or something on the way, ends it. */
  lose(error: Error | null): void {
    if (this.isGone) return;
    this.isGone = true;
    this.hangUp();
    const lost = [...(this.current === null ? [] : [this.current]), ...this.waiting.splice(0)];
    this.current = null;
    if (error === null) return;
    for (const { reject } of lost) reject(error);
    for (const tell of this.listeners.splice(0)) tell(error);
  }

  /** What was sent arrives before the end does. */
  hangUp(): void {
    this.isClosing = true;
    if (this.inFlight > 0) return;
    this.pool.clients.delete(this);
    if (this.session.isIdle) return this.session.close();
    const { world } = this.database;
    const lingers = world.strikes(this.pool.faults().slow, 'a dead session lingers');
    world.after(lingers ? 2_000 : world.between(0, 5), () => this.session.close());
  }

  kill(): void {
    this.session.close();
    const { world } = this.database;
    this.pool.clients.delete(this);
    world.after(world.between(0, 500), () => this.pool.isAlive() && this.lose(gone()));
  }

  private next(): void {
    const statement = this.waiting.shift() ?? null;
    this.current = statement;
    if (statement === null) return;
    if (this.isGone) {
      this.current = null;
      statement.reject(gone());
      return;
    }
    this.send(statement);
  }

  private send(statement: Statement): void {
    const { world } = this.database;
    const faults = this.pool.faults();
    const { text } = statement;
    if (world.strikes(faults.cut, 'cut before', text)) return this.answer(() => this.lose(gone()));
    const isUnheard = world.strikes(faults.unheard, 'no answer to', text);
    const isLate = world.strikes(faults.late, 'late', text);
    const isRefused = !isUnheard && !isLate && world.strikes(faults.refused, 'refused', text);
    this.inFlight += 1;
    world.after(isLate ? world.between(0, LATEST_MS) : this.wayMs(), () => {
      const done: Done = (error, result) => {
        this.arrived();
        if (isUnheard || isLate) return;
        // Between the deed and its answer somebody may die; elsewhere nobody can tell the two apart.
        if (text === 'COMMIT' || text.startsWith('UPDATE projections'))
          this.answer(() => this.settle(statement, error, result));
        else if (this.pool.isAlive()) this.settle(statement, error, result);
      };
      if (!this.session.isOpen) return this.arrived();
      if (isRefused) this.session.fail('53100', done);
      else this.session.execute(text, statement.values, done);
    });
    if (isUnheard || isLate)
      world.after(
        world.between(1, QUERY_TIMEOUT_MS),
        () => this.pool.isAlive() && this.lose(new Error('Query read timeout')),
      );
  }

  private arrived(): void {
    this.inFlight -= 1;
    if (this.isClosing) this.hangUp();
  }

  private settle(statement: Statement, error: Error | null, result: Result): void {
    if (this.current !== statement) return;
    this.current = null;
    if (error === null) statement.resolve(result);
    else statement.reject(error);
    this.next();
  }

  private answer(settle: () => void): void {
    this.database.world.after(this.wayMs(), () => {
      if (this.pool.isAlive()) settle();
    });
  }

  private wayMs(): number {
    const { world } = this.database;
    return world.strikes(this.pool.faults().slow, 'slow') ? world.between(200, 1_200) : world.between(0.05, 1);
  }
}

/** The connections of one process to the database of the read model: as much of `pg.Pool` as our code asks for. */
export class SimulatedPool {
  readonly clients = new Set<SimulatedClient>();

  constructor(
    private readonly database: SimulatedDatabase,
    readonly faults: () => DatabaseFaults,
    readonly isAlive: () => boolean,
  ) {}

  /** In the place of the driver's own. */
  get asPool(): pg.Pool {
    return this as unknown as pg.Pool;
  }

  connect(): Promise<SimulatedClient> {
    const { world } = this.database;
    return new Promise((resolve, reject) => {
      const isAway = world.strikes(this.faults().cut, 'no connection');
      world.after(world.between(0.05, 1), () => {
        if (!this.isAlive()) return;
        if (isAway) return reject(gone());
        const client = new SimulatedClient(this, this.database);
        this.clients.add(client);
        resolve(client);
      });
    });
  }

  async query(asked: string | { text: string; values?: readonly unknown[] }, values?: readonly unknown[]) {
    const client = new SimulatedClient(this, this.database);
    this.clients.add(client);
    try {
      return await client.query(asked, values);
    } finally {
      client.release();
    }
  }

  /** The process is gone, or somebody ends its sessions. */
  hangUp(): void {
    for (const client of [...this.clients]) client.hangUp();
  }

  kill(): void {
    for (const client of [...this.clients]) client.kill();
  }
}
