import type { LoadResult, LoadTask } from '../children/http-load.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { flashCrowd } from '../support/crowds.js';
import { interleave, quantile, spreadOf } from '../support/measure.js';
import { schedule } from '../support/schedule.js';
import { check, ratio, service, untilFolded, type Server } from './http.js';

const CALLERS = 256;
const SEATS = 10_000;
const ROUNDS = 7;
const BOUND_MS = 20_000;
const SCENARIO = 'http cluster';
/** Of the bookings of one API process. */
const LEAST_OF_ONE = 1;

interface Run {
  readonly rate: number;
  readonly p99Ms: number;
}

/**
 * One hot event over HTTP: a cluster of two API processes, half of the callers at each, beside one of a single process.
 * The callers are one process in both cases: a second one would be the only difference on two cores that all of them share.
 */
export async function cluster(bench: Bench): Promise<void> {
  const secret = crypto.randomUUID() + crypto.randomUUID();
  const open = (apis: number): Promise<Server> =>
    service(bench, `cluster_${apis}`, secret, {}, ['scripts/cluster.mjs', '--api', `${apis}`, '--projectors', '1']);
  const servers = [await open(1), await open(2)] as const;
  try {
    const sell = (at: 0 | 1, round: number): Promise<Run> => sellAt(bench, servers[at], secret, at + 1, round);
    // A process that has just started compiles while it sells.
    for (const at of [0, 1, 1, 0, 1] as const) await sell(at, 0);
    const rounds = bench.quick ? 1 : ROUNDS;
    const [one, two] = (await interleave(rounds, [(round) => sell(0, round), (round) => sell(1, round)])) as [
      Run[],
      Run[],
    ];
    for (const [name, runs] of [
      ['one API process', one],
      ['two API processes', two],
    ] as const)
      bench.report.add({
        ...{ scenario: SCENARIO, what: `${name}, bookings`, unit: '/s', runs: rounds },
        figure: spreadOf(runs.map(({ rate }) => rate)),
        note: `p99 ${spreadOf(runs.map(({ p99Ms }) => p99Ms)).median.toFixed(1)} ms`,
        bar: { panel: `${SCENARIO}: bookings of one hot event a second`, name, isOurs: true },
      });
    bench.report.add({
      ...{ scenario: SCENARIO, runs: rounds },
      ...ratio('two API processes against one', two, one, LEAST_OF_ONE),
    });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function sellAt(bench: Bench, server: Server, secret: string, apis: number, round: number): Promise<Run> {
  const crowd = flashCrowd(bench.quick ? SEATS / 4 : SEATS, round);
  await schedule(server.port, secret, crowd.events, crowd.seats);
  const ports = Array.from({ length: apis }, (_, at) => server.port + at);
  const task = { ports, secret, asks: crowd.asks, callers: CALLERS, boundMs: BOUND_MS };
  const load = await startChild<LoadTask, LoadResult>(bench, 'http-load', task);
  const { answered, elapsedMs } = await load.go();
  await load.stop();
  const where = `${SCENARIO}, round ${round}, ${apis} API processes`;
  await check(bench, server.database!, crowd, answered, where);
  await untilFolded(server.database!);
  const booked = answered.filter(({ told }) => told?.kind === 'booked');
  const rate = (booked.length / elapsedMs) * 1_000;
  bench.report.progress(`${SCENARIO} ${round}: ${apis} API processes ${Math.round(rate)}/s`);
  return {
    rate,
    p99Ms: quantile(
      booked.map(({ ms }) => ms),
      0.99,
    ),
  };
}
