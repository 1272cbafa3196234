import { Holdfast } from '../support/holdfast.js';
import { pessimisticPipelined } from '../rivals/pessimistic.js';
import type { Bench, Ground } from '../support/bench.js';
import type { Contender } from '../support/contender.js';
import { POOL_SIZES } from '../support/contest.js';
import { flashCrowd } from '../support/crowds.js';
import { interleave, quantile, spreadOf } from '../support/measure.js';
import { sell, type Sold } from '../support/sale.js';

export const CALLERS = 256;
export const SEATS = 10_000;
const ROUNDS = 3;
/** A run that takes longer is cut off; its rate counts all the same. */
export const RUN_BOUND_MS = 20_000;
/** Before a run with the projector beside it, for what the runs without it have left. */
const CATCH_UP_BOUND_MS = 120_000;
const TARGET_RATIO = 20;

/** How a contender is made for one run. */
interface Entry {
  readonly name: string;
  readonly open: () => Promise<Contender>;
}

/**
 * Everybody wants the one event that has just gone on sale. Holdfast beside the classic row lock at every pool size, and
 * beside itself with that lock and with its projector running. It runs before each of the others, so that none of them
 * has the quiet moments.
 */
export async function flash(bench: Bench, holdfastUrl: string): Promise<void> {
  const { report, postgres, quick } = bench;
  const rivalUrl = await postgres.database('rival');
  const projecting: Entry = {
    name: 'Holdfast, its projector beside it',
    open: () => openProjecting(holdfastUrl),
  };
  const ours: Entry = { name: 'Holdfast', open: () => Holdfast.open(holdfastUrl, 'optimistic') };
  const oursLocking: Entry = {
    name: 'Holdfast, LOCKING=pessimistic',
    open: () => Holdfast.open(holdfastUrl, 'pessimistic'),
  };
  const rivals = POOL_SIZES.map((size): Entry => ({
    name: `SELECT … FOR UPDATE, pool ${size}`,
    open: () => pessimisticPipelined.open(rivalUrl, size),
  }));
  const seats = quick ? SEATS / 5 : SEATS;
  const rounds = quick ? 1 : ROUNDS;
  const sell = async (entry: Entry, places: number, round: number): Promise<Sold> => {
    const result = await sellOut(bench, entry, places, round);
    report.progress(`flash ${round}/${rounds}: ${entry.name} ${Math.round(result.bookingsPerSecond)}/s`);
    return result;
  };

  // Once, and not before each run: what is written first after a checkpoint is written twice, which would fall on the
  // whole of a run of half a second and on a small part of one of ten.
  await postgres.checkpoint();
  for (const entry of [ours, rivals[0]!, oursLocking, projecting]) await sellOut(bench, entry, seats / 10, 0);
  const others = [...rivals, oursLocking, projecting];
  const order = others.flatMap((other) => [ours, other]);
  const results = await interleave(
    rounds,
    order.map((entry) => (round: number) => sell(entry, seats, round)),
  );
  const runsOf = (entry: Entry): Sold[] => results.filter((_, at) => order[at] === entry).flat();

  tell(bench, ours, runsOf(ours));
  for (const entry of others) tell(bench, entry, runsOf(entry));
  const ratios = Array.from({ length: rounds }, (_, round) => {
    const rateOf = (entry: Entry): number => {
      const inRound = results.flatMap((runs, at) => (order[at] === entry ? [runs[round]!.bookingsPerSecond] : []));
      return quantile(inRound, 0.5);
    };
    return rateOf(ours) / Math.max(...rivals.map(rateOf));
  });
  report.add({
    scenario: 'flash',
    what: 'Holdfast against the best of the row locks',
    unit: '×',
    figure: spreadOf(ratios),
    runs: rounds,
    target: { atLeast: TARGET_RATIO },
    note: 'of each round',
  });
}

/** The read model is kept up meanwhile, in the same process, as the service does by default. */
async function openProjecting(url: string): Promise<Contender> {
  const holdfast = await Holdfast.open(url, 'optimistic');
  const stop = holdfast.startProjector();
  await holdfast.untilProjected(CATCH_UP_BOUND_MS);
  return {
    schedule: (eventId, capacity) => holdfast.schedule(eventId, capacity),
    book: (eventId, userId) => holdfast.book(eventId, userId),
    booked: (eventId) => holdfast.booked(eventId),
    close: async () => {
      await stop();
      await holdfast.close();
    },
  };
}

function tell({ report }: Bench, { name }: Entry, runs: readonly Sold[]): void {
  const p99 = spreadOf(runs.map(({ p99Ms }) => p99Ms));
  const figure = spreadOf(runs.map(({ bookingsPerSecond }) => bookingsPerSecond));
  const note = `p99 ${p99.median.toFixed(1)} ms (${p99.min.toFixed(1)} … ${p99.max.toFixed(1)})`;
  report.add({ scenario: 'flash', what: `${name}, bookings`, unit: '/s', figure, runs: runs.length, note });
}

/** One run: a new event, sold to the last place, and everything that was answered held against what is stored. */
export async function sellOut({ report }: Ground, entry: Entry, seats: number, round: number): Promise<Sold> {
  const contender = await entry.open();
  try {
    const sold = await sell(contender, flashCrowd(seats, round), CALLERS, RUN_BOUND_MS);
    for (const problem of sold.problems) report.wrong(`flash, round ${round}, ${entry.name}, ${problem}`);
    return sold;
  } finally {
    await contender.close();
  }
}
