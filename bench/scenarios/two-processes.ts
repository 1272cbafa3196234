import type { SellerResult, SellerTask } from '../children/seller.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { judge } from '../support/contender.js';
import type { Grounds } from '../support/contest.js';
import { flashCrowd } from '../support/crowds.js';
import { Holdfast } from '../support/holdfast.js';
import { interleave, quantile, spreadOf } from '../support/measure.js';

const CALLERS = 256;
const SEATS = 10_000;
const ROUNDS = 3;
const BOUND_MS = 20_000;
const LOCKINGS = ['optimistic', 'pessimistic'] as const;
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
 * Two API processes sell one hot event, with either strategy, beside one process that has it for itself. The callers are
 * as many in all.
 */
export async function twoProcesses(bench: Bench, { holdfastUrl }: Grounds): Promise<void> {
  const { report, quick } = bench;
  const rounds = quick ? 1 : ROUNDS;
  const entries = LOCKINGS.flatMap((locking) => [1, 2].map((processes) => ({ locking, processes })));
  const results = await interleave(
    rounds,
    entries.map((entry) => async (round: number) => {
      const shared = await sellShared(bench, holdfastUrl, entry, round);
      const name = `${entry.processes} × ${entry.locking}`;
      report.progress(`two-processes ${round}/${rounds}: ${name} ${Math.round(shared.rate)}/s`);
      return shared;
    }),
  );
  const runsOf = (locking: string, processes: number): Shared[] =>
    results[entries.findIndex((entry) => entry.locking === locking && entry.processes === processes)]!;
  for (const [at, { locking, processes }] of entries.entries()) {
    const name = `${processes === 1 ? 'one process' : 'two processes'}, ${locking}`;
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
  const ratios = LOCKINGS.map((locking) => {
    const alone = runsOf('optimistic', 1);
    return spreadOf(runsOf(locking, 2).map(({ rate }, round) => rate / alone[round]!.rate));
  });
  const better = ratios[0]!.median >= ratios[1]!.median ? 0 : 1;
  for (const [at, locking] of LOCKINGS.entries()) {
    const isBetter = at === better;
    const line = { scenario: 'two processes', unit: '×', runs: rounds } as const;
    const note = isBetter ? 'the better strategy' : '';
    report.add({
      ...line,
      what: `two processes, ${locking}, against one, optimistic`,
      figure: ratios[at]!,
      ...(isBetter && { target: { atLeast: TARGETS.ofOne } }),
      note,
    });
    report.add({
      ...line,
      what: `two processes, ${locking}: slowest caller's p99 against the median`,
      figure: spreadOf(runsOf(locking, 2).map(({ unfairness }) => unfairness)),
      ...(isBetter && { target: { atMost: TARGETS.unfairness } }),
      note,
    });
  }
}

async function sellShared(
  bench: Bench,
  url: string,
  { locking, processes }: { readonly locking: (typeof LOCKINGS)[number]; readonly processes: number },
  round: number,
): Promise<Shared> {
  const crowd = flashCrowd(bench.quick ? SEATS / 2 : SEATS, round);
  const [eventId] = crowd.events as [string];
  const users = crowd.asks.map((ask) => ask.userId);
  const holdfast = await Holdfast.open(url, 'optimistic');
  try {
    await holdfast.schedule(eventId, crowd.seats);
    const sellers = await Promise.all(
      Array.from({ length: processes }, (_, at) => {
        const mine = users.filter((_user, n) => n % processes === at);
        const task = { url, locking, eventId, users: mine, callers: CALLERS / processes, boundMs: BOUND_MS };
        return startChild<SellerTask, SellerResult>(bench, 'seller', task);
      }),
    );
    const results = await Promise.all(sellers.map((seller) => seller.go()));
    await Promise.all(sellers.map((seller) => seller.stop()));
    const attempts = results.flatMap((result) => result.attempts);
    for (const problem of judge(crowd.seats, attempts, await holdfast.booked(eventId)))
      bench.report.wrong(`two processes, round ${round}, ${processes} × ${locking}: ${problem}`);
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
