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

/**
 * One connection of a process, as `pg` gives it when it sends without waiting: what is asked goes on its way at once, arrives
 * in order, and is answered in order.
 */
class SimulatedClient {
  private readonly session: Session;
  /** Not answered yet. */
  private readonly sent: Statement[] = [];
  /** Arrived, and not begun. */
  private readonly inbox: (() => void)[] = [];
  private isWorking = false;
  private arrivesAt = 0;
  private answeredAt = 0;
  /** Nothing that is sent arrives any more. */
  private isCut = false;
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
      if (this.isGone) return reject(gone());
      const statement = { text: this.pool.rewrite(text), values: own ?? values, resolve, reject };
      this.sent.push(statement);
      this.send(statement);
    });
  }

  release(isBroken: boolean | Error = false): void {
    if (isBroken === false && this.sent.length === 0) this.hangUp();
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
    const lost = this.sent.splice(0);
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

  private send(statement: Statement): void {
    const { world } = this.database;
    const faults = this.pool.faults();
    const { text } = statement;
    if (this.isCut) return;
    if (world.strikes(faults.cut, 'cut before', text)) {
      this.isCut = true;
      this.answer(() => this.lose(gone()));
      return;
    }
    const isUnheard = world.strikes(faults.unheard, 'no answer to', text);
    const isLate = world.strikes(faults.late, 'late', text);
    const isRefused = !isUnheard && !isLate && world.strikes(faults.refused, 'refused', text);
    this.inFlight += 1;
    this.arrivesAt = Math.max(this.arrivesAt, world.nowMs + (isLate ? world.between(0, LATEST_MS) : this.wayMs()));
    world.at(this.arrivesAt, () => {
      this.inbox.push(() => {
        const done: Done = (error, result) => {
          this.arrived();
          // What comes behind an answer that is lost is not heard either: it stays the first that is waited for.
          if (!isUnheard && !isLate) this.settle(statement, error, result);
          this.isWorking = false;
          this.work();
        };
        if (isRefused) this.session.fail('53100', done);
        else this.session.execute(text, statement.values, done);
      });
      this.work();
    });
    if (isUnheard || isLate)
      world.after(
        world.between(1, QUERY_TIMEOUT_MS),
        () => this.pool.isAlive() && this.lose(new Error('Query read timeout')),
      );
  }

  /** What has arrived, one after the other. */
  private work(): void {
    if (this.isWorking) return;
    const begin = this.inbox.shift();
    if (begin === undefined) return;
    if (!this.session.isOpen) {
      this.arrived();
      return this.work();
    }
    this.isWorking = true;
    begin();
  }

  private arrived(): void {
    this.inFlight -= 1;
    if (this.isClosing) this.hangUp();
  }

  private settle(statement: Statement, error: Error | null, result: Result): void {
    const { text } = statement;
    const tell = (): void => {
      if (!this.pool.isAlive() || this.sent[0] !== statement) return;
      this.sent.shift();
      if (error === null) statement.resolve(result);
      else statement.reject(error);
    };
    // Between the deed and its answer somebody may die; elsewhere nobody can tell the two apart.
    const isDeed = text === 'COMMIT' || text.startsWith('UPDATE projections');
    if (isDeed || this.answeredAt > this.database.world.nowMs) this.answer(tell);
    else tell();
  }

  /** Behind whatever was answered before. */
  private answer(tell: () => void): void {
    const { world } = this.database;
    this.answeredAt = Math.max(this.answeredAt, world.nowMs + this.wayMs());
    world.at(this.answeredAt, () => {
      if (this.pool.isAlive()) tell();
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
  /** For those who break the code by a statement. */
  rewrite = (text: string): string => text;

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
