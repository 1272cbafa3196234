import type { Random } from '../../src/application/ports.js';
import { seededRandom } from '../support/service.js';
import type { FeedFaults } from './feed.js';
import type { PeerFaults } from './peers.js';
import type { DatabaseFaults } from './pool.js';
import type { NetworkFaults } from './store.js';

/** How one world is made: some calm, some stormy, so that neither hides what the other would show. */
export interface Profile {
  readonly processes: number;
  /** None in two of three worlds: what the core does there costs half as much, so that it lives through twice as much. */
  readonly projectors: number;
  /** No projector stands by: all of them work at once, as if each had the lock. */
  readonly isForced: boolean;
  readonly clients: number;
  /** Every event is decided by one of the processes, whoever is asked. */
  readonly haveShares: boolean;
  readonly faults: Faults;
  /** Between two crashes, and between two jumps of a clock, in simulated milliseconds. */
  readonly crashMs: number;
  readonly jumpMs: number;
  readonly isGuarded: boolean;
  readonly locking: 'optimistic' | 'pessimistic';
  /** After so many commands a record that nobody can read is put into the log; null: never. */
  readonly plantAfter: number | null;
}

export interface Faults {
  readonly network: NetworkFaults;
  readonly database: DatabaseFaults;
  readonly feed: FeedFaults;
  readonly peers: PeerFaults;
}

/** What a world's profile, and then everybody's deeds in it, are drawn from. */
export const chanceOf = (seed: number): Random => seededRandom(seed ^ 0x5eed);

export function profileOf(random: Random): Profile {
  const one = <T>(...of: T[]): T => of[Math.floor(random.next() * of.length)]!;
  const share = (): number => one(0, 0.005, 0.02, 0.08);
  const [unavailable, lost, unanswered, late, twice, slow] = [share(), share(), share(), share(), share(), share()];
  const network = { unavailable, lost, unanswered, late, twice, slow, forgetful: one(0, 0.5) };
  // A batch is a dozen statements: with more than this, none would ever come through.
  const rare = (): number => one(0, 0.001, 0.003, 0.01);
  return {
    processes: one(2, 3),
    projectors: one(0, 0, 0, 0, 0, 0, 1, 2, 3),
    isForced: one(true, false, false),
    clients: one(8, 16, 32),
    haveShares: one(true, false),
    faults: {
      network,
      database: { cut: rare(), unheard: rare(), late: rare(), refused: rare(), slow: rare() },
      feed: { again: share(), ended: rare(), broken: rare(), slow: rare() },
      peers: { away: share(), lost: share(), late: share(), unheard: share() },
    },
    crashMs: one(1_000, 4_000, 20_000),
    jumpMs: one(100, 1_000, 5_000),
    isGuarded: one(true, false),
    locking: one('optimistic', 'optimistic', 'pessimistic'),
    plantAfter: one(null, null, null, null, null, 50 + Math.floor(random.next() * 500)),
  };
}

export const NO_FAULTS: Faults = {
  network: { unavailable: 0, lost: 0, unanswered: 0, late: 0, twice: 0, slow: 0, forgetful: 0 },
  database: { cut: 0, unheard: 0, late: 0, refused: 0, slow: 0 },
  feed: { again: 0, ended: 0, broken: 0, slow: 0 },
  peers: { away: 0, lost: 0, late: 0, unheard: 0 },
};
