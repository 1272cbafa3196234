import { StreamNames } from '../../src/application/envelope.js';
import { HoldfastError } from '../../src/application/errors.js';
import type { BookingViews, EventStore, Random, Time } from '../../src/application/ports.js';
import { Sweeper } from '../../src/application/sweeper.js';
import { Transact, type TransactSettings } from '../../src/application/transact.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
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
export const STREAMS = new StreamNames('booking-');

/** A process's own clock and timers. A dead process's timers never ring. */
class ProcessTime implements Time {
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

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.alarm(ms, resolve));
  }

  alarm(ms: number, ring: () => void): () => void {
    return this.world.after(ms, () => {
      if (this.isAlive()) ring();
    });
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

/** One life of an API process: the real core, from command to append. */
export class ApiProcess {
  isAlive = true;
  readonly ids: NamedIds;
  readonly transact: Transact;
  private readonly sweeper: Sweeper;

  constructor(
    world: World,
    readonly machine: Machine,
    random: Random,
    locking: TransactSettings['locking'],
    connect: (isAlive: () => boolean) => EventStore,
  ) {
    const isAlive = (): boolean => this.isAlive;
    const time = new ProcessTime(world, machine, isAlive);
    this.ids = new NamedIds(time, random);
    const sealer = new ChainSealer(new Codec(UPCASTERS));
    const ports = { store: connect(isAlive), sealer, ids: this.ids, time, random };
    this.transact = new Transact(ports, STREAMS, { ...SETTINGS, locking });
    const settings = { sweepMs: 1_000, quietMs: 10_000, eventsPerSweep: 100, atOnce: 4 };
    this.sweeper = new Sweeper(this.transact, NO_VIEWS, time, random, settings);
  }

  /** Settles what is due on the ledgers in memory, as every process does once in a while. */
  sweep(onUnexpected: (error: unknown) => void): void {
    if (!this.isAlive) return;
    this.sweeper.sweep().catch((error: unknown) => {
      if (!(error instanceof HoldfastError)) onUnexpected(error);
    });
  }
}

const NO_VIEWS = { unsettled: async () => [] } as unknown as BookingViews;
