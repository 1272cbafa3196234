import { setImmediate } from 'node:timers';
import type { Random } from '../../src/application/ports.js';

/** Something that will happen. Without `run` it was called off. */
interface Due {
  readonly at: number;
  /** Decides between two that fall on the same instant: by lot, not by who came first. */
  readonly lot: number;
  run: (() => void) | null;
}

/** Steps that are queued with the event loop at once: it lets every promise settle between two of them. */
const STEPS_AT_ONCE = 256;

/**
 * The only thing that ever happens by itself in a simulated run. Whatever waits for time, the network or a turn waits
 * in here; one is let go at a time, in an order that the seed decides, and the next only when every promise that could
 * settle has settled. So the same seed gives the same run.
 */
export class World {
  /** The true time, in milliseconds; fractions order what happens within one. */
  nowMs = Date.UTC(2027, 0, 1);
  steps = 0;
  private readonly heap: Due[] = [];

  constructor(readonly random: Random) {}

  /** Runs after `ms` of simulated time, unless what is answered was called before. */
  after(ms: number, run: () => void): () => void {
    const due: Due = { at: this.nowMs + ms, lot: this.random.next(), run };
    this.push(due);
    return () => {
      due.run = null;
    };
  }

  /** True in so many cases out of one. */
  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  between(least: number, most: number): number {
    return least + this.random.next() * (most - least);
  }

  /** Goes on until nothing is left that could happen, or `isOver`. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let queued = 0;
      let hasEnded = false;
      const step = (): void => {
        queued -= 1;
        if (hasEnded) return;
        try {
          hasEnded = isOver() || !this.step();
        } catch (error) {
          hasEnded = true;
          return reject(error as Error);
        }
        if (hasEnded) resolve();
        else if (queued === 0) refill();
      };
      const refill = (): void => {
        for (queued = 0; queued < STEPS_AT_ONCE; queued += 1) setImmediate(step);
      };
      refill();
    });
  }

  private step(): boolean {
    for (let due = this.pop(); due !== undefined; due = this.pop()) {
      if (due.run === null) continue;
      this.nowMs = due.at;
      this.steps += 1;
      due.run();
      return true;
    }
    return false;
  }

  private push(due: Due): void {
    const { heap } = this;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(due, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = due;
  }

  private pop(): Due | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (!isBefore(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.lot < b.lot);
