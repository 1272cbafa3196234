import { spreadCrowd } from '../support/crowds.js';
import { HoldfastOnEventStoreDb, type EventStoreDbBench } from '../support/event-store-db.js';
import { spreadOf } from '../support/measure.js';
import { count } from '../support/print.js';
import { sell, type Sold } from '../support/sale.js';
import { CALLERS, RUN_BOUND_MS, SEATS, sellOut } from './flash.js';

const EVENTS = 1_000;
const SEATS_OF_EACH = 10;
const ROUNDS = 3;
/** Of a real server with its disk; a stand-in has none. */
const TARGET = { flash: 6_000, spread: 1_800 };

/** Everybody wants the one event that has just gone on sale. */
export async function flashThere(bench: EventStoreDbBench): Promise<void> {
  const seats = bench.quick ? SEATS / 5 : SEATS;
  const entry = { name: 'on EventStoreDB', open: async () => new HoldfastOnEventStoreDb(bench.server.url) };
  await sellOut(bench, entry, seats / 10, 0);
  await tell(bench, 'flash', `one event with ${count(seats)} seats, bookings`, (round) =>
    sellOut(bench, entry, seats, round),
  );
}

/** As many callers, each of whom wants another event: hardly two bookings go into one append. */
export async function spread(bench: EventStoreDbBench): Promise<void> {
  const seats = bench.quick ? SEATS_OF_EACH / 5 : SEATS_OF_EACH;
  await sellAround(bench, 1, 0);
  await tell(bench, 'spread', `${count(EVENTS)} events with ${seats} seats each, bookings`, (round) =>
    sellAround(bench, seats, round),
  );
}

async function tell(
  { report, server, quick }: EventStoreDbBench,
  scenario: keyof typeof TARGET,
  what: string,
  sell: (round: number) => Promise<Sold>,
): Promise<void> {
  const runs: Sold[] = [];
  for (let round = 1; round <= (quick ? 1 : ROUNDS); round += 1) runs.push(await sell(round));
  const p99Ms = spreadOf(runs.map((run) => run.p99Ms)).median;
  report.add({
    scenario,
    what,
    unit: '/s',
    figure: spreadOf(runs.map((run) => run.bookingsPerSecond)),
    runs: runs.length,
    ...(server.isReal && { target: { atLeast: TARGET[scenario] } }),
    note: [`p99 ${p99Ms.toFixed(1)} ms`, server.caveat].filter(Boolean).join('; '),
  });
}

/** One run: new events, every place of them sold in a random order, and all answers held against what is stored. */
async function sellAround({ report, server }: EventStoreDbBench, seats: number, round: number): Promise<Sold> {
  const holdfast = new HoldfastOnEventStoreDb(server.url);
  try {
    const sold = await sell(holdfast, spreadCrowd(EVENTS, seats, round), CALLERS, RUN_BOUND_MS);
    for (const problem of sold.problems) report.wrong(`spread, round ${round}, ${problem}`);
    return sold;
  } finally {
    await holdfast.close();
  }
}
