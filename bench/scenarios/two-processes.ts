import path from 'node:path';
import type { SellerResult, SellerTask } from '../children/seller.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { judge } from '../support/contender.js';
import type { Grounds } from '../support/contest.js';
import { flashCrowd } from '../support/crowds.js';
import { Holdfast } from '../support/holdfast.js';
import { interleave, quantile, spreadOf } from '../support/measure.js';
import { removeFolder, temporaryFolder } from '../support/postgres.js';

const CALLERS = 256;
const SEATS = 10_000;
const ROUNDS = 3;
const BOUND_MS = 20_000;
const SILENCE_MS = 1_000;
/** How two processes share an event: both decide, with either lock; or one decides for both, as in a cluster. */
const WAYS = [
  { name: 'optimistic', locking: 'optimistic', asks: false },
  { name: 'pessimistic', locking: 'pessimistic', asks: false },
  { name: 'one decides for both', locking: 'optimistic', asks: true },
] as const;
type Way = (typeof WAYS)[number];
/** Of the rate of one process; and how much slower the slowest caller may be than the middle one. */
const TARGETS = { ofOne: 0.7, unfairness: 5 };

/** What one run of one or two processes came to. */
interface Shared {
  readonly rate: number;
  /** The slowest caller's p99 against the median of all calls. */
  readonly unfairness: number;
  readonly p99Ms: number;
}

/**
 * Two API processes sell one hot event, in every way there is, beside one process that has it for itself. The callers are
 * as many in all.
 */
export async function twoProcesses(bench: Bench, { holdfastUrl }: Grounds): Promise<void> {
  const { report, quick } = bench;
  const rounds = quick ? 1 : ROUNDS;
  const entries = [
    ...WAYS.filter(({ asks }) => !asks).map((way) => ({ way, processes: 1 })),
    ...WAYS.map((way) => ({ way, processes: 2 })),
  ];
  const results = await interleave(
    rounds,
    entries.map((entry) => async (round: number) => {
      const shared = await sellShared(bench, holdfastUrl, entry, round);
      const name = `${entry.processes} × ${entry.way.name}`;
      report.progress(`two-processes ${round}/${rounds}: ${name} ${Math.round(shared.rate)}/s`);
      return shared;
    }),
  );
  const runsOf = (way: Way, processes: number): Shared[] =>
    results[entries.findIndex((entry) => entry.way === way && entry.processes === processes)]!;
  for (const [at, { way, processes }] of entries.entries()) {
    const name = `${processes === 1 ? 'one process' : 'two processes'}, ${way.name}`;
    report.add({
      scenario: 'two processes',
      what: `${name}, bookings`,
      unit: '/s',
      figure: spreadOf(results[at]!.map(({ rate }) => rate)),
      runs: rounds,
      note: `p99 ${spreadOf(results[at]!.map(({ p99Ms }) => p99Ms)).median.toFixed(1)} ms`,
      bar: { panel: `one hot event, ${CALLERS} callers: bookings a second`, name, isOurs: true },
    });
  }
  const ratios = WAYS.map((way) => {
    const alone = runsOf(WAYS[0], 1);
    return spreadOf(runsOf(way, 2).map(({ rate }, round) => rate / alone[round]!.rate));
  });
  const best = Math.max(...ratios.map(({ median }) => median));
  for (const [at, way] of WAYS.entries()) {
    const isBetter = ratios[at]!.median === best;
    const line = { scenario: 'two processes', unit: '×', runs: rounds } as const;
    const note = isBetter ? 'the best way' : '';
    report.add({
      ...line,
      what: `two processes, ${way.name}, against one, optimistic`,
      figure: ratios[at]!,
      ...(isBetter && { target: { atLeast: TARGETS.ofOne } }),
      note,
    });
    report.add({
      ...line,
      what: `two processes, ${way.name}: slowest caller's p99 against the median`,
      figure: spreadOf(runsOf(way, 2).map(({ unfairness }) => unfairness)),
      ...(isBetter && { target: { atMost: TARGETS.unfairness } }),
      note,
    });
  }
}

async function sellShared(
  bench: Bench,
  url: string,
  { way, processes }: { readonly way: Way; readonly processes: number },
  round: number,
): Promise<Shared> {
  const crowd = flashCrowd(bench.quick ? SEATS / 2 : SEATS, round);
  const [eventId] = crowd.events as [string];
  const users = crowd.asks.map((ask) => ask.userId);
  const holdfast = await Holdfast.open(url, 'optimistic');
  try {
    await holdfast.schedule(eventId, crowd.seats);
    const folder = await temporaryFolder();
    const sockets = Array.from({ length: processes }, (_, at) => path.join(folder, String(at)));
    const sellers = await Promise.all(
      sockets.map((own, at) => {
        const mine = users.filter((_user, n) => n % processes === at);
        const peers = way.asks ? { sockets, own, silenceMs: SILENCE_MS } : null;
        const { locking } = way;
        const task = { url, locking, eventId, users: mine, callers: CALLERS / processes, boundMs: BOUND_MS, peers };
        return startChild<SellerTask, SellerResult>(bench, 'seller', task);
      }),
    );
    const results = await Promise.all(sellers.map((seller) => seller.go()));
    await Promise.all(sellers.map((seller) => seller.stop()));
    await removeFolder(folder);
    const attempts = results.flatMap((result) => result.attempts);
    for (const problem of judge(crowd.seats, attempts, await holdfast.booked(eventId)))
      bench.report.wrong(`two processes, round ${round}, ${processes} × ${way.name}: ${problem}`);
    const booked = attempts.filter(({ told }) => told.kind === 'booked').length;
    const times = results.flatMap((result) => result.times);
    return {
      rate: (booked / Math.max(...results.map(({ elapsedMs }) => elapsedMs))) * 1_000,
      unfairness: Math.max(...results.map(({ slowestP99Ms }) => slowestP99Ms)) / quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
    };
  } finally {
    await holdfast.close();
  }
}
