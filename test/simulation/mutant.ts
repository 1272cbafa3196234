import type { ProjectorParts } from '../../projections/projector.js';
import type { BookingViews, EventFeed, EventStore, Peers } from '../../src/application/ports.js';
import type { SimulatedPool } from './pool.js';
import type { SimulatedLog } from './store.js';
import type { World } from './world.js';

/** What a mutant may put in the place of a sound part. Production code has no part in it. */
export interface Mutant {
  /** Stands between a process and its connection. */
  readonly store?: (store: EventStore, log: SimulatedLog, world: World) => EventStore;
  readonly feed?: (feed: EventFeed, log: SimulatedLog, world: World) => EventFeed;
  /** Stands between a process and the others that it asks. */
  readonly peers?: (peers: Peers) => Peers;
  readonly projector?: (parts: ProjectorParts, pool: SimulatedPool) => ProjectorParts;
  /** Stands between a read and its statements. */
  readonly views?: (views: BookingViews) => Pick<BookingViews, 'event'>;
  /** What is sent along with a read. */
  readonly tokens?: (tokens: readonly string[]) => readonly string[];
  /** What a process's clock shows beyond what the checker is told, in milliseconds. */
  readonly hiddenSkewMs?: number;
}
