import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { EmptyServerTask } from '../children/empty-server.js';
import type { LoadResult, LoadTask } from '../children/http-load.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { judge } from '../support/contender.js';
import { flashCrowd, lastPlaceCrowd, spreadCrowd } from '../support/crowds.js';
import { bookedInLog } from '../support/holdfast.js';
import { drive, interleave, quantile, spreadOf } from '../support/measure.js';
import { onDatabase } from '../support/postgres.js';
import { groupsOf, type Crowd } from '../support/sale.js';
import { schedule } from '../support/schedule.js';
import { NODE_OPTIONS, startService } from '../support/service.js';

const TARGETS = { ofEmpty: 0.6, emptyOfBare: 0.6, p99Ms: 100 };
const ROUNDS = 5;
const BOUND_MS = 10_000;
const PREFIX = 'booking-';
const FOLD_BOUND_MS = 60_000;
const FOLD_POLL_MS = 50;

/** A server under load; `database`: where its log is, null when it has none. */
export interface Server {
  readonly name: string;
  readonly port: number;
  readonly database: string | null;
  /** Whether it folds its log into tables, and goes on with that after a sale. */
  readonly projects: boolean;
  stop(): Promise<void>;
}

export interface Sale {
  readonly scenario: string;
  readonly callers: number;
  readonly crowd: (round: number) => Crowd;
  /** Refusals too, where nearly all are refused. */
  readonly counts: 'bookings' | 'attempts';
}

interface Rated {
  readonly rate: number;
}

/** What one server made of one crowd. */
interface Run extends Rated {
  readonly p99Ms: number;
  readonly cpu: number;
}

/** All servers of the scenario are up all the time; the load comes from another process, one connection a caller. */
export async function http(bench: Bench): Promise<void> {
  const secret = crypto.randomUUID() + crypto.randomUUID();
  const api = await service(bench, 'api', secret, { PROJECTOR: 'off' });
  const whole = await service(bench, 'whole', secret, {});
  const guarded = await empty(bench, 'guarded', secret, 'empty POST, same front door');
  const bare = await empty(bench, 'bare', secret, 'empty POST, bare Nest-Fastify');
  const servers = [api, whole, guarded, bare] as const;
  try {
    await sellOver(bench, secret, servers);
  } finally {
    // They would go on looking at their logs while the next scenario is measured.
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function sellOver(bench: Bench, secret: string, servers: readonly [Server, Server, Server, Server]) {
  const [api, whole, guarded, bare] = servers;
  const size = bench.quick ? 0.3 : 1;
  const flash = (callers: number): Sale => ({
    scenario: `http flash ${callers}`,
    callers,
    crowd: (round) => flashCrowd(10_000 * size, round),
    counts: 'bookings',
  });
  const spread: Sale = {
    scenario: 'http spread 256',
    callers: 256,
    crowd: (round) => spreadCrowd(1_000 * size, 10, round),
    counts: 'bookings',
  };
  const last: Sale = {
    scenario: 'http last place',
    callers: 500,
    crowd: (round) => lastPlaceCrowd(20_000 * size, round),
    counts: 'attempts',
  };
  // A process that has answered a thousand requests still compiles, each server for as long as it has code.
  for (const server of servers) await load(bench, server, secret, flash(256), 0);
  const rush = flash(256);
  const [bareRuns, guardedRuns, apiRuns] = await compare(bench, secret, rush, [bare, guarded, api, whole] as const);
  const line = { scenario: rush.scenario, runs: apiRuns.length };
  bench.report.add({ ...line, ...ratio('bookings against the empty POST', apiRuns, guardedRuns, TARGETS.ofEmpty) });
  bench.report.add({
    ...line,
    ...ratio('empty POST against the bare route', guardedRuns, bareRuns, TARGETS.emptyOfBare),
  });
  bench.report.add({
    ...line,
    what: 'p99 of a booking',
    unit: 'ms',
    figure: spreadOf(apiRuns.map(({ p99Ms }) => p99Ms)),
    target: { atMost: TARGETS.p99Ms },
  });
  if (!bench.quick) await compare(bench, secret, flash(64), [guarded, api, whole]);
  await compare(bench, secret, spread, [guarded, api, whole]);
  const [empties, refusals] = await compare(bench, secret, last, [guarded, api, whole] as const);
  // A refused booking comes through all of the front door and writes nothing: authentication, validation, limits, logging,
  // idempotency, and the decision.
  const what = 'what is refused against the empty POST';
  bench.report.add({
    ...{ scenario: last.scenario, runs: refusals.length },
    ...ratio(what, refusals, empties, TARGETS.ofEmpty),
  });
}

/** Round by round, of two that sold in the same ones. */
export const ratio = (what: string, ours: readonly Rated[], others: readonly Rated[], atLeast: number) => ({
  what,
  unit: '×' as const,
  figure: spreadOf(ours.map(({ rate }, round) => rate / others[round]!.rate)),
  target: { atLeast },
});

export async function service(
  bench: Bench,
  name: string,
  secret: string,
  settings: Readonly<Record<string, string>>,
  program?: readonly string[],
): Promise<Server> {
  const database = await bench.postgres.database(name);
  const all = { DATABASE_URL: database, AUTH_HS256_SECRET: secret, ...settings };
  const { url, stop } = await startService(bench.leftovers, all, program);
  const projects = settings['PROJECTOR'] !== 'off';
  const what = projects ? 'Holdfast, API and projector' : 'Holdfast, API process';
  return { name: what, port: Number(new URL(url).port), database, projects, stop };
}

async function empty(bench: Bench, kind: 'guarded' | 'bare', secret: string, name: string): Promise<Server> {
  const child = await startChild<EmptyServerTask, null>(bench, 'empty-server', { kind, secret }, NODE_OPTIONS);
  return { name, port: child.ready as number, database: null, projects: false, stop: child.stop };
}

/** The runs of each server. */
async function compare<Servers extends readonly Server[]>(
  bench: Bench,
  secret: string,
  sale: Sale,
  servers: Servers,
): Promise<{ [At in keyof Servers]: Run[] }> {
  const rounds = bench.quick ? 1 : ROUNDS;
  const results = await interleave(
    rounds,
    servers.map((server) => (round: number) => load(bench, server, secret, sale, round)),
  );
  const { scenario, counts } = sale;
  for (const [at, { name, database }] of servers.entries()) {
    const runs = results[at]!;
    const median = (of: (run: Run) => number): number => spreadOf(runs.map(of)).median;
    bench.report.add({
      scenario,
      what: `${name}, ${database === null ? 'answers' : counts}`,
      unit: '/s',
      figure: spreadOf(runs.map(({ rate }) => rate)),
      runs: rounds,
      note: `p99 ${median((run) => run.p99Ms).toFixed(1)} ms; the load took ${Math.round(100 * median((run) => run.cpu))} % of a core`,
      bar: { panel: `${scenario}: a second`, name, isOurs: database !== null },
    });
  }
  return results as { [At in keyof Servers]: Run[] };
}

export async function load(bench: Bench, server: Server, secret: string, sale: Sale, round: number): Promise<Run> {
  const crowd = sale.crowd(round);
  if (server.database !== null) await schedule(server.port, secret, crowd.events, crowd.seats);
  const task = { ports: [server.port], secret, asks: crowd.asks, callers: sale.callers, boundMs: BOUND_MS };
  const child = await startChild<LoadTask, LoadResult>(bench, 'http-load', task);
  const { answered, statuses, elapsedMs, cpu } = await child.go();
  await child.stop();
  const where = `${sale.scenario}, round ${round}, ${server.name}`;
  if (server.database !== null) await check(bench, server.database, crowd, answered, where);
  // Or its folding would fall on whoever is measured next.
  if (server.projects) await untilFolded(server.database!);
  const strange = Object.keys(statuses).filter((status) => status !== '201' && status !== '409');
  for (const status of strange) bench.report.wrong(`${where}: ${statuses[status]} answers with status ${status}`);
  const counted = answered.filter(
    ({ told }) => server.database === null || sale.counts === 'attempts' || told?.kind === 'booked',
  );
  const rate = (counted.length / elapsedMs) * 1_000;
  bench.report.progress(`${sale.scenario} ${round}: ${server.name} ${Math.round(rate)}/s`);
  const times = counted.map(({ ms }) => ms);
  return { rate, p99Ms: quantile(times, 0.99), cpu };
}

/** Whether the log says what callers were told. */
export async function check(
  { report }: Bench,
  database: string,
  { events, seats }: Crowd,
  answered: LoadResult['answered'],
  where: string,
): Promise<void> {
  const pool = new pg.Pool({ connectionString: database, max: 4 });
  try {
    const known = answered.flatMap(({ ask, told }) => (told === null ? [] : [{ ...ask, told }]));
    const byEvent = groupsOf(known, ({ eventId }) => eventId);
    await drive(events, 4, 60_000, async (eventId) => {
      const booked = await bookedInLog(pool, PREFIX + eventId);
      for (const problem of judge(seats, byEvent.get(eventId) ?? [], booked))
        report.wrong(`${where}, ${eventId}: ${problem}`);
    });
  } finally {
    await pool.end();
  }
}

export async function untilFolded(database: string): Promise<void> {
  await onDatabase(database, async (client) => {
    for (const end = Date.now() + FOLD_BOUND_MS; Date.now() < end; await sleep(FOLD_POLL_MS)) {
      const text = 'SELECT c.position >= p.head AS done FROM read_model.checkpoint c, log.position p';
      const { rows } = await client.query<{ done: boolean }>(text);
      if (rows[0]?.done === true) return;
    }
    throw new Error(`the tables were not made in ${FOLD_BOUND_MS} ms`);
  });
}
