import { BookingsProjection } from '../../projections/bookings-tables.js';
import { Checkpoints } from '../../projections/checkpoint.js';
import { AdvisoryLock, type ActiveLock } from '../../projections/lock.js';
import { Projector, type ProjectorParts, type ProjectorSettings } from '../../projections/projector.js';
import type { Log } from '../../src/infrastructure/logger.js';
import type { Connections, Machine } from './process.js';
import { ProcessTime } from './process.js';
import type { SimulatedPool } from './pool.js';
import type { World } from './world.js';

const SETTINGS: ProjectorSettings = {
  batchSize: 24,
  paceMs: 20,
  standbyMs: 1_500,
  lookEveryMs: 300,
  backoffMs: [20, 500],
};
const LONG = { statementTimeoutMs: 2_000, queryTimeoutMs: 2_500 };
/** Works whether another does or not. */
const FORCED: ActiveLock = { acquire: async () => true, release: async () => undefined };

/** One life of a projector process: the real loop, fold, statements and checkpoint, over simulated connections. */
export class ProjectorProcess {
  isAlive = true;
  readonly pool: SimulatedPool;
  private readonly stopping = new AbortController();

  /** `onFailed`: the loop has ended by itself, which nothing in a sound world makes it do. */
  constructor(
    world: World,
    readonly machine: Machine,
    isForced: boolean,
    connect: (isAlive: () => boolean) => Connections,
    change: (parts: ProjectorParts, pool: SimulatedPool) => ProjectorParts,
    tell: (message: string) => void,
    onFailed: (error: unknown) => void,
  ) {
    const isAlive = (): boolean => this.isAlive;
    const { store, feed, pool } = connect(isAlive);
    this.pool = pool;
    const projection = new BookingsProjection(1, 'booking-');
    const logger: Log = { debug: tell, log: tell, warn: tell, error: tell };
    const parts: ProjectorParts = {
      projection,
      checkpoints: new Checkpoints(pool.asPool, projection, LONG),
      lock: isForced ? FORCED : new AdvisoryLock(pool.asPool, projection),
      time: new ProcessTime(world, machine, isAlive),
      ...{ feed, store, logger },
    };
    const projector = new Projector(change(parts, pool), SETTINGS);
    projector
      .run(this.stopping.signal)
      .then(
        () => (this.stopping.signal.aborted ? this.crash() : onFailed(new Error('the projector ended by itself'))),
        onFailed,
      );
  }

  /** Gone between two awaits; what it had sent arrives all the same. */
  crash(): void {
    this.isAlive = false;
    this.pool.hangUp();
  }

  /** Told to stop: ends between two batches. */
  stop(): void {
    this.stopping.abort();
  }
}
