import pg from 'pg';
import type { EventStore } from '../../src/application/ports.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { APPEND, appendParameters } from '../../src/infrastructure/event-store/postgres-statements.js';
import { SystemTime } from '../../src/infrastructure/time.js';
import { makeBatches } from '../support/batches.js';
import type { Bench } from '../support/bench.js';
import { CommandPath } from '../support/command-path.js';
import type { Grounds } from '../support/contest.js';
import { flashCrowd } from '../support/crowds.js';
import { Holdfast } from '../support/holdfast.js';
import type { Unit } from '../support/line.js';
import { drive, quantile, type Spread } from '../support/measure.js';
import { onDatabase, silent } from '../support/postgres.js';
import { sell } from '../support/sale.js';
import { measureStages, processorTimeOf } from '../support/stages.js';

const ALONE = 500;
/** A booking alone and its statement are measured in turns, so that a slow minute falls on both. */
const TURNS = 5;
const WARM_UP = 100;
const CALLERS = 256;
const SEATS = 30_000;
const BOUND_MS = 30_000;

/** Where the time of one booking goes: of one that is alone, and of one among many. Both add up to what was measured. */
export async function breakdown(bench: Bench, { holdfastUrl }: Grounds): Promise<void> {
  await ofOneAlone(bench, holdfastUrl);
  await ofOneAmongMany(bench, holdfastUrl);
}

/** One caller: what counts is how long it waits, and for what. */
async function ofOneAlone(bench: Bench, url: string): Promise<void> {
  const count = (bench.quick ? ALONE / 5 : ALONE) / TURNS;
  const times: Alone[] = [];
  const statements: Statement[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    times.push(...(await bookAlone(url, count)));
    statements.push(await appendAlone(url, count));
  }
  const [wire, durable, volatile] = (['wire', 'durable', 'volatile'] as const).map((part) =>
    mean(statements.map((each) => each[part])),
  ) as [number, number, number];
  const add = adder(bench, 'one booking alone', 'µs');
  add('before the append: ids, decision, seal', mean(times.map(({ before }) => before)));
  const append = mean(times.map(({ append }) => append));
  add('the turn in which others may join, the driver, the wire there and back', append - (durable - wire));
  add('Postgres: log.append', volatile - wire);
  add('Postgres: commit, on disk', durable - volatile);
  add('after the append: the answer', mean(times.map(({ after }) => after)));
  add('all of it, as measured', mean(times.map(({ all }) => all)));
}

/** Microseconds: of a statement that does nothing, and of an append that waits for the disk or does not. */
interface Statement {
  readonly wire: number;
  readonly durable: number;
  readonly volatile: number;
}

interface Alone {
  readonly before: number;
  readonly append: number;
  readonly after: number;
  readonly all: number;
}

/** Bookings one after another, in microseconds, with a watch on the store. */
async function bookAlone(url: string, bookings: number): Promise<Alone[]> {
  const config = loadStoreConfig({ DATABASE_URL: url });
  const log = openEventStore(url, config, silent);
  const [sent, back] = [{ at: 0 }, { at: 0 }];
  const store: EventStore = {
    identity: () => log.store.identity(),
    read: (...args) => log.store.read(...args),
    append: async (...args) => {
      sent.at = performance.now();
      const result = await log.store.append(...args);
      back.at = performance.now();
      return result;
    },
  };
  const path = new CommandPath(config, { ...log, store }, new SystemTime({ skewLimitMs: 0, compareEveryMs: 0 }));
  try {
    const eventId = `alone-${crypto.randomUUID()}`;
    await path.schedule(eventId, bookings + WARM_UP);
    const times: Alone[] = [];
    for (let user = 0; user < bookings + WARM_UP; user += 1) {
      const beganAt = performance.now();
      await path.book(eventId, `user-${user}`);
      const endedAt = performance.now();
      const us = (from: number, to: number): number => (to - from) * 1_000;
      times.push({
        before: us(beganAt, sent.at),
        append: us(sent.at, back.at),
        after: us(back.at, endedAt),
        all: us(beganAt, endedAt),
      });
    }
    return withoutStragglers(times.slice(WARM_UP), ({ all }) => all);
  } finally {
    await log.close();
  }
}

/**
 * The same statement on a connection that does nothing else, in microseconds: durable, not durable, and nothing at all.
 * It appends what no projector could fold, so the log must be nobody else's.
 */
async function appendAlone(url: string, appends: number): Promise<Statement> {
  const [stream] = makeBatches({ streams: 1, group: 1, appends: 2 * (appends + WARM_UP) });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const timed = async (query: pg.QueryConfig): Promise<number> => {
      const beganAt = performance.now();
      await client.query(query);
      return (performance.now() - beganAt) * 1_000;
    };
    const times = { wire: [] as number[], durable: [] as number[], volatile: [] as number[] };
    for (const [at, batch] of stream!.entries()) {
      const kind = at % 2 === 0 ? 'durable' : 'volatile';
      await client.query(`SET synchronous_commit = ${kind === 'durable' ? 'on' : 'off'}`);
      const took = await timed({ name: 'append', text: APPEND, values: appendParameters([batch], false) });
      const wire = await timed({ name: 'nothing', text: 'SELECT 1' });
      if (at < 2 * WARM_UP) continue;
      times[kind].push(took);
      times.wire.push(wire);
    }
    const middle = (of: readonly number[]): number => mean(withoutStragglers(of, (took) => took));
    return { wire: middle(times.wire), durable: middle(times.durable), volatile: middle(times.volatile) };
  } finally {
    await client.end();
  }
}

/** Many callers: what counts is what a booking costs the two processors, ours and that of Postgres. */
async function ofOneAmongMany(bench: Bench, url: string): Promise<void> {
  const stages = measureStages();
  const holdfast = await Holdfast.open(url, 'optimistic');
  try {
    await sell(holdfast, flashCrowd(2_000, 1), CALLERS, BOUND_MS);
    const pids = await onDatabase(url, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
      );
      return rows.map(({ pid }) => pid);
    });
    const seats = bench.quick ? SEATS / 5 : SEATS;
    const crowd = flashCrowd(seats, 2);
    await holdfast.schedule(crowd.events[0]!, seats);
    const before = processorTimeOf(pids);
    const { user, system } = process.cpuUsage();
    const run = await drive(crowd.asks, CALLERS, BOUND_MS, ({ eventId, userId }) => holdfast.book(eventId, userId));
    const used = process.cpuUsage();
    const after = processorTimeOf(pids);
    const ours = (used.user + used.system - user - system) / seats;
    const { ids, decide, seal, chain, parameters } = stages;
    const add = adder(bench, 'one booking of many', 'µs');
    add('this process: commandId', ids);
    add('this process: settle, decision, fold, receipt', decide);
    add('this process: JSON', seal - chain);
    add('this process: hash and record id (the chain)', chain);
    add('this process: parameters of the statement', parameters);
    add('this process: mailbox, promises, driver, the callers themselves', ours - ids - decide - seal - parameters);
    add('this process, all of it (processor time)', ours);
    adder(bench, 'one booking of many', '%')('the chain: its share of this process', (100 * chain) / ours);
    if (before !== null && after !== null) add('Postgres, all of it (processor time)', (after - before) / seats);
    const wallClock = (run.elapsedMs * 1_000) / seats;
    add('from one booking to the next (wall clock)', wallClock);
    adder(bench, 'one booking of many', '%')('the chain: its share of that', (100 * chain) / wallClock);
  } finally {
    await holdfast.close();
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The slowest twentieth is the machine's business. Means of the rest add up, which medians do not. */
function withoutStragglers<T>(items: readonly T[], timeOf: (item: T) => number): T[] {
  const bound = quantile(items.map(timeOf), 0.95);
  return items.filter((item) => timeOf(item) < bound);
}

function adder({ report }: Bench, scenario: string, unit: Unit) {
  return (what: string, value: number): void => {
    const figure: Spread = { median: value, min: value, max: value };
    report.add({ scenario, what, unit, figure, runs: 1 });
  };
}
