import type { Bench } from '../support/bench.js';
import { POOL_SIZES, contest, type Contest, type Grounds } from '../support/contest.js';
import { flashCrowd, lastPlaceCrowd, spreadCrowd } from '../support/crowds.js';

const SEATS = 10_000;
const EVENTS = 1_000;
const SEATS_OF_EACH = 20;
const ATTEMPTS = 100_000;
const LAST_PLACE_CALLERS = 500;
/** As many places as pgbench can want. */
const ENOUGH = 1_000_000;

/** How long and how often; `quick` is to see that everything works, not to quote. */
const depthOf = (quick: boolean) =>
  quick
    ? { rounds: 1, pools: [8, 32], boundMs: 600, tryoutMs: 150, callers: [256], seconds: 0, part: 0.2, events: 0.3 }
    : {
        rounds: 3,
        pools: POOL_SIZES,
        boundMs: 4_000,
        tryoutMs: 700,
        callers: [64, 256],
        seconds: 2,
        part: 1,
        events: 1,
      };

/** Everybody wants the one event that has just gone on sale. */
export function flash(bench: Bench, grounds: Grounds): Promise<void> {
  return eachCallers(bench, grounds, (depth, callers) => ({
    ...depth,
    scenario: `flash ${callers}`,
    counts: 'bookings',
    crowd: (round, isTryout) => flashCrowd(isTryout ? SEATS / 5 : SEATS * depth.part, round),
    targets: callers === 256 ? { pessimistic: 35, optimistic: 80, conditional: 28, batched: 1 } : {},
    // Once at least, so that a quick run shows that it works too.
    pgbench: { events: 1, seats: ENOUGH, seconds: Math.max(1, depth.seconds) },
  }));
}

/** As many callers, each of whom wants another event. */
export function spread(bench: Bench, grounds: Grounds): Promise<void> {
  return eachCallers(bench, grounds, (depth, callers) => ({
    ...depth,
    scenario: `spread ${callers}`,
    counts: 'bookings',
    crowd: (round, isTryout) =>
      spreadCrowd(EVENTS * depth.events, (isTryout ? 0.2 : depth.part) * SEATS_OF_EACH, round),
    targets: callers === 256 ? { pessimistic: 9, optimistic: 9, conditional: 7, batched: 0.9 } : {},
    pgbench: { events: EVENTS, seats: ENOUGH, seconds: depth.seconds },
  }));
}

/** Five hundred want the one place. What counts is how fast everybody knows. */
export function lastPlace(bench: Bench, grounds: Grounds): Promise<void> {
  const depth = depthOf(bench.quick);
  return contest(bench, grounds, {
    ...depth,
    scenario: 'last place',
    callers: LAST_PLACE_CALLERS,
    counts: 'attempts',
    crowd: (round, isTryout) => lastPlaceCrowd(isTryout ? ATTEMPTS / 10 : ATTEMPTS * depth.part, round),
    targets: { pessimistic: 50 },
    // It has no way to be told no: a script that does not find a place ends with an error.
    pgbench: { events: 1, seats: 1, seconds: 0 },
  });
}

async function eachCallers(
  bench: Bench,
  grounds: Grounds,
  planOf: (depth: ReturnType<typeof depthOf>, callers: number) => Omit<Contest, 'callers'>,
): Promise<void> {
  const depth = depthOf(bench.quick);
  for (const callers of depth.callers) await contest(bench, grounds, { ...planOf(depth, callers), callers });
}
