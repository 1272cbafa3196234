import { mintToken } from '../../src/infrastructure/http/tokens.js';
import type { WatchResult, WatchTask } from '../children/watchers.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { flashCrowd } from '../support/crowds.js';
import { interleave, spreadOf } from '../support/measure.js';
import { load, service, type Sale, type Server } from './http.js';

const WATCHERS = 20;
const ROUNDS = 15;
const SEATS = 12_000;
/** Sold before it is measured: by then a reader that has just begun has been compiled, as one that has watched for a minute. */
const SEATS_BEFORE = 6_000;
const CALLERS = 256;
const LEAST_OF_UNWATCHED = 0.9;
const PAGES = ['events', 'feed', 'projectors'];
const VISITS = 20;
const PAGE_MS = 300;
const TTL_MS = 3_600_000;

/** What people who look cost, and how long they wait. */
export async function controlRoom(bench: Bench): Promise<void> {
  const secret = crypto.randomUUID() + crypto.randomUUID();
  const server = await service(bench, 'control_room', secret, {});
  try {
    await sellWatched(bench, server, secret);
    await openPages(bench, server, secret);
  } finally {
    await server.stop();
  }
}

/** A flash sale over HTTP, with and without people who watch it: twenty feeds, read by another process. */
async function sellWatched(bench: Bench, server: Server, secret: string): Promise<void> {
  const rounds = bench.quick ? 1 : ROUNDS;
  const sale: Sale = {
    ...{ scenario: 'control room', callers: CALLERS, counts: 'bookings' },
    crowd: (round) => flashCrowd(bench.quick ? SEATS / 8 : SEATS, round),
  };
  const alone = async (round: number): Promise<number> => (await load(bench, server, secret, sale, round)).rate;
  const watched = async (round: number): Promise<number> => {
    const task = { port: server.port, secret, watchers: WATCHERS };
    const child = await startChild<WatchTask, WatchResult>(bench, 'watchers', task);
    if (child.ready !== WATCHERS)
      bench.report.wrong(`control room, round ${round}: ${String(child.ready)} feeds are open`);
    await load(bench, server, secret, { ...sale, crowd: () => flashCrowd(SEATS_BEFORE, round) }, round);
    const { rate } = await load(bench, server, secret, sale, round);
    const { told } = await child.go();
    await child.stop();
    // Each of them sees everything; what that is, the log has been asked.
    if (new Set(told).size !== 1 || told[0] === 0)
      bench.report.wrong(`control room, round ${round}: they were told of ${told.join(', ')} domain events`);
    return rate;
  };
  for (const warming of [alone, watched, alone]) await warming(0);
  const [without, withThem] = (await interleave(rounds, [alone, watched])) as [number[], number[]];
  const line = { scenario: 'control room', runs: rounds };
  bench.report.add({ ...line, what: 'bookings, nobody watches', unit: '/s', figure: spreadOf(without) });
  bench.report.add({ ...line, what: `bookings, ${WATCHERS} feeds are read`, unit: '/s', figure: spreadOf(withThem) });
  bench.report.add({
    ...line,
    ...{ what: 'of the bookings without', unit: '×', target: { atLeast: LEAST_OF_UNWATCHED } },
    figure: spreadOf(withThem.map((rate, round) => rate / without[round]!)),
  });
}

/** Each page as a browser gets it first, signed in; the first time of all is that of whoever comes first. */
async function openPages(bench: Bench, server: Server, secret: string): Promise<void> {
  const grant = { subject: 'watcher', scope: 'audit:read ops', ttlMs: TTL_MS, issuer: null, audience: null };
  const headers = { cookie: `holdfast=${mintToken(secret, grant)}` };
  for (const page of PAGES) {
    const times: number[] = [];
    for (let visit = 0; visit < VISITS; visit += 1) {
      const askedAt = performance.now();
      const response = await fetch(`http://127.0.0.1:${server.port}/control-room/${page}`, { headers });
      await response.text();
      times.push(performance.now() - askedAt);
      if (response.status !== 200) bench.report.wrong(`control room, ${page}: status ${response.status}`);
    }
    bench.report.add({
      ...{ scenario: 'control room', what: `page ${page}, first visit of all`, unit: 'ms', runs: 1 },
      ...{ figure: spreadOf(times.slice(0, 1)), target: { atMost: PAGE_MS } },
      note: `then ${spreadOf(times.slice(1)).median.toFixed(1)} ms`,
    });
  }
}
