import { setImmediate } from 'node:timers';
import type { Random } from '../../src/application/ports.js';

/** Something that will happen. Without `run` it was called off. */
interface Due {
  readonly at: number;
  readonly nth: number;
  run: (() => void) | null;
}

/** Steps that are queued with the event loop at once: it lets every promise settle between two of them. */
const STEPS_AT_ONCE = 256;

/**
 * The only thing that ever happens by itself in a simulated run. Whatever waits for time, the network or a turn waits
 * in here; one is let go at a time, in an order that the seed decides, and the next only when every promise that could
 * settle has settled. So the same seed gives the same run.
 *
 * Chance is a function of the seed and the instant, not a sequence that everybody draws from: what happens at an
 * instant does not change when something before it, on which it does not depend, is left out. Shrinking lives on that.
 */
export class World {
  /** The true time since the beginning, in milliseconds; fractions order what happens within one. */
  nowMs = 0;
  steps = 0;
  readonly random: Random = { next: () => this.draw() };
  private readonly heap: Due[] = [];
  private queued = 0;
  private drawn = 0;
  private readonly instant = new Float64Array(1);
  private readonly bits = new Uint32Array(this.instant.buffer);

  /** `isFault`: whether a fault that chance would have here and now does happen. */
  constructor(
    private readonly seed: number,
    private readonly isFault: (what: string, at: string) => boolean,
  ) {}

  /** Runs after `ms` of simulated time, unless what is answered was called before. */
  after(ms: number, run: () => void): () => void {
    return this.at(this.nowMs + ms, run);
  }

  /** Runs at that instant, which is not in the past. */
  at(ms: number, run: () => void): () => void {
    const due: Due = { at: ms, nth: (this.queued += 1), run };
    this.push(due);
    return () => {
      due.run = null;
    };
  }

  /** True in so many cases out of one. */
  chance(probability: number): boolean {
    return this.draw() < probability;
  }

  /** True in so many cases out of one, of something that goes wrong; `about`: with what, told by its first words. */
  strikes(probability: number, what: string, about?: string): boolean {
    if (this.draw() >= probability) return false;
    const fault = about === undefined ? what : `${what} ${about.trimStart().split(/\s+/, 3).join(' ')}`;
    return this.isFault(fault, `${this.nowMs}/${this.drawn}`);
  }

  between(least: number, most: number): number {
    return least + this.draw() * (most - least);
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.draw() * of.length)]!;
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
      // Two that fall on one instant do not draw the same.
      if (due.at !== this.nowMs) this.drawn = 0;
      this.nowMs = due.at;
      this.steps += 1;
      due.run();
      return true;
    }
    return false;
  }

  /** Mixed as in MurmurHash3: seed, the two halves of the instant, and how many were drawn in it. */
  private draw(): number {
    this.instant[0] = this.nowMs;
    let mixed = Math.imul(this.seed ^ this.bits[0]!, 0xcc9e2d51);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ this.bits[1]!;
    mixed = Math.imul((mixed << 13) | (mixed >>> 19), 5) + Math.imul((this.drawn += 1), 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
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

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.nth < b.nth);
