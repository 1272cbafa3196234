import { judge, type Attempt } from '../support/contender.js';
import { HoldfastOnEventStoreDb, type EventStoreDbBench } from '../support/event-store-db.js';
import { drive, quantile, seededRandom, shuffle, spreadOf } from '../support/measure.js';
import { count } from '../support/print.js';
import { CALLERS, RUN_BOUND_MS, SEATS, sellOut, type Flash } from './flash.js';

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
  sell: (round: number) => Promise<Flash>,
): Promise<void> {
  const runs: Flash[] = [];
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
async function sellAround({ report, server }: EventStoreDbBench, seats: number, round: number): Promise<Flash> {
  const holdfast = new HoldfastOnEventStoreDb(server.url);
  try {
    const events = Array.from({ length: EVENTS }, () => `spread-${crypto.randomUUID()}`);
    await drive(events, CALLERS, RUN_BOUND_MS, (eventId) => holdfast.schedule(eventId, seats));
    const visits = events.flatMap((eventId) =>
      Array.from({ length: seats }, (_, at) => ({ eventId, userId: `user-${round}-${at}` })),
    );
    shuffle(visits, seededRandom(round));
    const run = await drive(visits, CALLERS, RUN_BOUND_MS, ({ eventId, userId }) => holdfast.book(eventId, userId));
    const attempts = new Map<string, Attempt[]>(events.map((eventId) => [eventId, []]));
    for (const { item, result } of run.answered)
      attempts.get(item.eventId)!.push({ userId: item.userId, told: result });
    await drive(events, CALLERS, RUN_BOUND_MS, async (eventId) => {
      for (const problem of judge(seats, attempts.get(eventId)!, await holdfast.booked(eventId)))
        report.wrong(`spread, round ${round}, ${eventId}: ${problem}`);
    });
    const booked = run.answered.filter(({ result }) => result.kind === 'booked');
    const times = booked.map(({ ms }) => ms);
    return { bookingsPerSecond: (booked.length / run.elapsedMs) * 1_000, p99Ms: quantile(times, 0.99) };
  } finally {
    await holdfast.close();
  }
}
