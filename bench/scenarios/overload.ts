import pg from 'pg';
import type { OpenLoadResult, OpenLoadTask } from '../children/open-load.js';
import type { SlowSocketsTask } from '../children/slow-sockets.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { spreadOf } from '../support/measure.js';
import { schedule } from '../support/schedule.js';
import { startService } from '../support/service.js';

const P99_MS = { overload: 2_000, slow: 1_000 };
const SEATS = 1_000_000;
/** At the least that is asked of a machine, so that ten times of it is an overload anywhere. */
const CALLERS = 64;
const CONNECTIONS = 4_000;
const TIMES = [1, 3, 10];
const SLOW_SOCKETS = 2_000;
const HEALTHY_RATE = 50;

interface Service {
  readonly port: number;
  readonly database: string;
  readonly secret: string;
  stop(): Promise<void>;
}

async function serve(bench: Bench, name: string): Promise<Service> {
  const secret = crypto.randomUUID() + crypto.randomUUID();
  const database = await bench.postgres.database(name);
  const settings = { DATABASE_URL: database, AUTH_HS256_SECRET: secret, PROJECTOR: 'off' };
  const { url, stop } = await startService(bench.leftovers, settings);
  return { port: Number(new URL(url).port), database, secret, stop };
}

/** Ten times as much as it can do: what is taken is done within a bound, and the rest is told at once to come back. */
export async function overload(bench: Bench): Promise<void> {
  const service = await serve(bench, 'overload');
  const seconds = bench.quick ? 4 : 10;
  try {
    // The second time it is warm.
    await take(bench, service, { rate: null, seconds: 2, connections: CALLERS });
    const { accepted: capacity } = await take(bench, service, { rate: null, seconds: 3, connections: CALLERS });
    bench.report.add({ scenario: 'overload', what: 'capacity', unit: '/s', figure: spreadOf([capacity]), runs: 1 });
    for (const times of TIMES) {
      const rate = Math.round(capacity * times);
      const { result, accepted, shed } = await take(bench, service, { rate, seconds, connections: CONNECTIONS });
      const scenario = `overload ${times}×`;
      const perSecond = (count: number): string => `${Math.round((count / result.elapsedMs) * 1_000)}/s`;
      const note =
        `offered ${rate}/s, sent ${perSecond(result.sent)}, shed ${Math.round(shed)}/s, ` +
        `p50 ${result.accepted.p50.toFixed(0)} ms, p99 of the shed ${result.shed.p99.toFixed(0)} ms; ` +
        `the load took ${Math.round(100 * result.cpu)} % of a core`;
      bench.report.add({ scenario, what: 'accepted', unit: '/s', figure: spreadOf([accepted]), runs: 1, note });
      const line = { scenario, what: 'p99 of the accepted', unit: 'ms', runs: 1 } as const;
      bench.report.add({ ...line, figure: spreadOf([result.accepted.p99]), target: { atMost: P99_MS.overload } });
    }
  } finally {
    await service.stop();
  }
}

/** Two thousand sockets that are slow, and one client that is not. */
export async function slowSockets(bench: Bench): Promise<void> {
  const service = await serve(bench, 'slow_sockets');
  try {
    const load = { rate: HEALTHY_RATE, seconds: bench.quick ? 4 : 20, connections: CALLERS };
    await take(bench, service, { rate: null, seconds: 1, connections: CALLERS });
    const add = (what: string, { result }: Taken, note?: string): void =>
      bench.report.add({
        scenario: 'slow sockets',
        ...{ what, unit: 'ms', runs: 1, figure: spreadOf([result.accepted.p99]), target: { atMost: P99_MS.slow } },
        ...(note === undefined ? {} : { note }),
      });
    add('p99 of a booking, nobody else there', await take(bench, service, load));
    const task = { port: service.port, secret: service.secret, sockets: SLOW_SOCKETS };
    const slow = await startChild<SlowSocketsTask, null>(bench, 'slow-sockets', task);
    add('p99 of a booking beside slow sockets', await take(bench, service, load), `${String(slow.ready)} sockets open`);
    await slow.stop();
  } finally {
    await service.stop();
  }
}

interface Taken {
  readonly result: OpenLoadResult;
  /** A second. */
  readonly accepted: number;
  readonly shed: number;
}

/** One load on an event of its own. Every answer is one that may be, and what was acknowledged is in the log, once. */
async function take(
  bench: Bench,
  service: Service,
  load: Pick<OpenLoadTask, 'rate' | 'seconds' | 'connections'>,
): Promise<Taken> {
  const { port, secret, database } = service;
  const eventId = `rush-${crypto.randomUUID()}`;
  await schedule(port, secret, [eventId], SEATS);
  const child = await startChild<OpenLoadTask, OpenLoadResult>(bench, 'open-load', { port, secret, eventId, ...load });
  const result = await child.go();
  await child.stop();
  const { statuses, lost, elapsedMs } = result;
  const of = (status: number): number => statuses[status] ?? 0;
  const what = `${load.rate ?? 'as many as it takes'}/s`;
  for (const status of Object.keys(statuses).filter((known) => known !== '201' && known !== '503'))
    bench.report.wrong(`${what}: ${statuses[status]} answers with status ${status}`);
  const written = await bookedIn(database, eventId);
  if (written < of(201)) bench.report.wrong(`${what}: ${of(201)} acknowledged, ${written} in the log`);
  if (written > of(201) + lost + of(503))
    bench.report.wrong(`${what}: ${written} in the log, more than were asked for`);
  bench.report.progress(`${what}: ${JSON.stringify(statuses)}, lost ${lost}`);
  const perSecond = (count: number): number => (count / elapsedMs) * 1_000;
  return { result, accepted: perSecond(of(201)), shed: perSecond(of(503)) };
}

async function bookedIn(database: string, eventId: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: database, max: 1 });
  try {
    const text = "SELECT count(*)::integer AS booked FROM log.events WHERE stream = $1 AND type = 'BookingConfirmed'";
    const { rows } = await pool.query<{ booked: number }>(text, [`booking-${eventId}`]);
    return rows[0]!.booked;
  } finally {
    await pool.end();
  }
}
