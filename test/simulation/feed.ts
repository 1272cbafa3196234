import { StoreUnavailable } from '../../src/application/errors.js';
import type { EventFeed, Position } from '../../src/application/ports.js';
import type { FeedRecord } from '../../projections/projection.js';
import type { SimulatedLog } from './store.js';
import type { World } from './world.js';

/** What goes wrong with a feed, each as a share of all pages. */
export interface FeedFaults {
  /** The connection is made anew, and some of what was delivered comes again. */
  readonly again: number;
  /** It ends though nobody asked it to, or says that it cannot go on. */
  readonly ended: number;
  readonly broken: number;
  readonly slow: number;
}

const MOST_AGAIN = 6;
const POLL_MS = 400;

/** One process's feed: pages of any size, in commit order, late or soon. */
export class SimulatedFeed implements EventFeed {
  constructor(
    private readonly world: World,
    private readonly log: SimulatedLog,
    private readonly faults: () => FeedFaults,
    private readonly isAlive: () => boolean,
  ) {}

  async *after(position: Position, signal: AbortSignal): AsyncGenerator<readonly FeedRecord[]> {
    const { world } = this;
    for (let next = Number(position); !signal.aborted;) {
      const faults = this.faults();
      await this.pause(world.strikes(faults.slow, 'slow feed') ? world.between(100, 1_500) : world.between(0.1, 3));
      if (world.strikes(faults.ended, 'the feed ends')) return;
      if (world.strikes(faults.broken, 'the feed breaks')) throw new StoreUnavailable('simulated');
      if (world.strikes(faults.again, 'the feed repeats'))
        next = Math.max(0, next - Math.ceil(world.between(0, MOST_AGAIN)));
      const size = world.chance(0.8) ? 1_000 : Math.ceil(world.between(0, 8));
      const page = this.log.records.slice(next, next + size);
      next += page.length;
      if (page.length > 0) yield page.map((record) => this.log.decode(record));
      else await this.pushed(next, signal);
    }
  }

  head(): Promise<Position> {
    const { world } = this;
    return new Promise((resolve, reject) => {
      const isAway = world.strikes(this.faults().broken, 'no head');
      world.after(world.between(0.05, 1), () => {
        const head = BigInt(this.log.records.length);
        world.after(world.between(0.05, 1), () => {
          if (!this.isAlive()) return;
          if (isAway) reject(new StoreUnavailable('simulated'));
          else resolve(head);
        });
      });
    });
  }

  /** Until something is there that was not, and the next poll has found it. */
  private async pushed(length: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.log.whenLongerThan(length, wake);
      signal.addEventListener('abort', wake);
    });
    await this.pause(this.world.between(0, POLL_MS));
  }

  /** A dead process is never woken. */
  private pause(ms: number): Promise<void> {
    return new Promise((wake) => this.world.after(ms, () => this.isAlive() && wake()));
  }
}
