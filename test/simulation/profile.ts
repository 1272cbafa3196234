import type { Random } from '../../src/application/ports.js';
import type { NetworkFaults } from './store.js';

/** How one world is made: some calm, some stormy, so that neither hides what the other would show. */
export interface Profile {
  readonly processes: number;
  readonly clients: number;
  readonly faults: NetworkFaults;
  /** Between two crashes, and between two jumps of a clock, in simulated milliseconds. */
  readonly crashMs: number;
  readonly jumpMs: number;
  readonly isGuarded: boolean;
  readonly locking: 'optimistic' | 'pessimistic';
}

export function profileOf(random: Random): Profile {
  const one = <T>(...of: T[]): T => of[Math.floor(random.next() * of.length)]!;
  const share = (): number => one(0, 0.005, 0.02, 0.08);
  const [unavailable, lost, unanswered, late, twice, slow] = [share(), share(), share(), share(), share(), share()];
  return {
    processes: one(2, 3),
    clients: one(8, 16, 32),
    faults: { unavailable, lost, unanswered, late, twice, slow, forgetful: one(0, 0.5) },
    crashMs: one(1_000, 4_000, 20_000),
    jumpMs: one(100, 1_000, 5_000),
    isGuarded: one(true, false),
    locking: one('optimistic', 'optimistic', 'pessimistic'),
  };
}
