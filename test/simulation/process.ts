import { StreamNames } from '../../src/application/envelope.js';
import { HoldfastError } from '../../src/application/errors.js';
import type { EventFeed, EventStore, Peers, Time } from '../../src/application/ports.js';
import { ReadPosition, ReadSettings } from '../../src/application/queries/read-position.js';
import { Sweeper } from '../../src/application/sweeper.js';
import { Transact, type TransactSettings } from '../../src/application/transact.js';
import { FORGETFUL } from '../../src/application/refusals.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { PostgresBookingViews } from '../../src/infrastructure/read-model/booking-views.js';
import type { SimulatedPool } from './pool.js';
import type { World } from './world.js';

const SETTINGS: Omit<TransactSettings, 'locking'> = {
  queueAgeMs: 2_000,
  inFlightWaitMs: 1_000,
  mailboxLength: 12,
  batchEvents: 10,
  batchBytes: 6_000,
  maxRetries: 20,
  cacheEntries: 150,
  outcomeDeadlineMs: 3_000,
  backoffMinMs: 5,
  backoffMaxMs: 200,
};

const SKEW_LIMIT_MS = 5_000;
const READ_WAIT_MS = 200;
export const STREAMS = new StreamNames('booking-');

/** A process's own clock and timers. A dead process's timers never ring. */
export class ProcessTime implements Time {
  constructor(
    private readonly world: World,
    private readonly machine: Machine,
    private readonly isAlive: () => boolean,
  ) {}

  now(): number {
    return this.machine.clock();
  }

  isTrusted(): boolean {
    return !this.machine.isGuarded || Math.abs(this.machine.skewMs) <= SKEW_LIMIT_MS;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return new Promise((resolve) => void this.alarm(ms, resolve));
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        stop();
        reject(new Error('aborted'));
      };
      const stop = this.alarm(ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  alarm(ms: number, ring: () => void): () => void {
    return this.world.after(ms, () => {
      if (this.isAlive()) ring();
    });
  }

  /** Nothing that is done depends on it. */
  elapsed(): number {
    return 0;
  }

  turn(): Promise<void> {
    return this.sleep(this.world.between(0, 0.2));
  }
}

/** What stays of a process when it is restarted: the clock of its machine. */
export interface Machine {
  /** What this machine shows beyond the time that all machines should show. */
  skewMs: number;
  readonly isGuarded: boolean;
  clock(): number;
}

/** What a process is connected to. */
export interface Connections {
  readonly store: EventStore;
  readonly feed: EventFeed;
  readonly pool: SimulatedPool;
}

/** One life of an API process: the real core, from command to append, and the real way of a read. */
export class ApiProcess {
  isAlive = true;
  readonly transact: Transact;
  readonly views: PostgresBookingViews;
  readonly reads: ReadPosition;
  readonly pool: SimulatedPool;
  private readonly sweeper: Sweeper;

  constructor(
    world: World,
    readonly machine: Machine,
    locking: TransactSettings['locking'],
    connect: (isAlive: () => boolean) => Connections & { readonly peers: Peers | null },
  ) {
    const isAlive = (): boolean => this.isAlive;
    const time = new ProcessTime(world, machine, isAlive);
    const { store, feed, pool, peers } = connect(isAlive);
    const { random } = world;
    const ports = {
      store,
      sealer: new ChainSealer(new Codec(UPCASTERS)),
      ids: new NamedIds(time, random),
      time,
      random,
      peers,
    };
    this.pool = pool;
    this.transact = new Transact(ports, STREAMS, { ...SETTINGS, locking }, FORGETFUL);
    this.views = new PostgresBookingViews(pool.asPool);
    this.reads = new ReadPosition(store, feed, this.views, time, new ReadSettings(READ_WAIT_MS));
    const settings = { sweepMs: 1_000, quietMs: 10_000, eventsPerSweep: 100, atOnce: 4 };
    this.sweeper = new Sweeper(this.transact, this.views, time, random, settings);
  }

  /** Settles what is due in memory and in the tables, as every process does once in a while. */
  sweep(onUnexpected: (error: unknown) => void): void {
    if (!this.isAlive) return;
    this.sweeper.sweep().catch((error: unknown) => {
      if (!(error instanceof HoldfastError)) onUnexpected(error);
    });
  }
}
