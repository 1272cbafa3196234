import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { ColdLoadResult, ColdLoadTask } from '../children/cold-load.js';
import type { ManyEventsResult, ManyEventsTask } from '../children/many-events.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import { flashCrowd } from '../support/crowds.js';
import { fillLog, writeLongStream } from '../support/filler.js';
import { Holdfast, prepareDatabase } from '../support/holdfast.js';
import type { Line, Unit } from '../support/line.js';
import { drive, quantile, type Spread } from '../support/measure.js';
import { silent } from '../support/postgres.js';
import { count } from '../support/print.js';
import { sell } from '../support/sale.js';
import { writeMixedLog } from './mixed-log.js';

const CALLERS = 256;
const BOUND_MS = 300_000;
/** The ledger of 50,000 bookings that were held, extended, confirmed and cancelled. */
const HELD_TO = { length: 200_000, coldMs: 3_000, megabytes: 80 };
/** A record with its share of the indexes and of the write-ahead log that is kept, in bytes: to see whether it fits. */
const BYTES_PER_RECORD = 1_500;
const FREE_BYTES = 10e9;

/** One stream, longer and longer: what its first booking costs, and every other one. */
export async function streamLength(bench: Bench): Promise<void> {
  const lengths = bench.quick ? [10, 1_000, 20_000] : [10, 100, 1_000, 10_000, 100_000, HELD_TO.length, 1_000_000];
  const url = await freshLog(bench, 'stream_length');
  const add = adder(bench, 'stream length', 'domain events in the stream');
  for (const length of lengths) {
    bench.report.progress(`stream length: writing ${count(length)}`);
    const eventId = `long-${length}`;
    const log = openEventStore(url, loadStoreConfig({ DATABASE_URL: url }), silent);
    await writeLongStream(log, `booking-${eventId}`, length).finally(() => log.close());
    const child = await startChild<ColdLoadTask, ColdLoadResult>(bench, 'cold-load', { url, eventId }, ['--expose-gc']);
    const result = await child.go().finally(() => child.stop());
    const isHeld = length === HELD_TO.length;
    const [panel, memory] = ['Length of a stream: milliseconds', 'Length of a stream: memory of its ledger, MB'];
    add(panel, 'cold load and first booking', length, 'ms', result.coldMs, isHeld ? HELD_TO.coldMs : undefined);
    add(panel, 'booking alone, cached', length, 'ms', result.cachedMs);
    add('Length of a stream: bookings a second, cached', `${CALLERS} callers`, length, '/s', result.cachedPerSecond);
    add(memory, 'ledger', length, 'MB', result.megabytes, isHeld ? HELD_TO.megabytes : undefined);
  }
}

/** More and more events in one process, until its cache is full. */
export async function manyEvents(bench: Bench): Promise<void> {
  const counts = bench.quick ? [1, 100, 2_000] : [1, 10, 100, 1_000, 10_000, 100_000];
  const url = await freshLog(bench, 'many_events');
  const add = adder(bench, 'many events', 'events in use');
  for (const events of counts) {
    bench.report.progress(`many events: scheduling ${count(events)}`);
    const names = Array.from({ length: events }, (_, at) => `many-${events}-${at}`);
    const holdfast = await Holdfast.open(url, 'optimistic');
    await drive(names, CALLERS, BOUND_MS, (eventId) => holdfast.schedule(eventId, 100_000));
    await holdfast.close();
    const task = { url, events: names };
    const child = await startChild<ManyEventsTask, ManyEventsResult>(bench, 'many-events', task, ['--expose-gc']);
    const result = await child.go().finally(() => child.stop());
    const panel = 'Number of events: bookings a second';
    add(panel, 'first of each, cold', events, '/s', result.coldPerSecond);
    add(panel, 'here and there', events, '/s', result.warmPerSecond);
    const cached = `${count(result.cached)} ledgers in memory`;
    add('Number of events: memory, MB', 'cached ledgers', events, 'MB', result.megabytes, undefined, cached);
  }
}

/** A longer and longer log on disk: what an append, a page of the feed, and one booking cost. */
export async function logSize(bench: Bench): Promise<void> {
  const sizes = bench.quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000, 10_000_000];
  const url = await freshLog(bench, 'log_size');
  const add = adder(bench, 'log size', 'domain events in the log');
  const holdfast = await Holdfast.open(url, 'optimistic');
  try {
    await writeMixedLog(holdfast, 5_000);
    const pattern = 5_000;
    for (const size of sizes) {
      if (!(await fits(size * BYTES_PER_RECORD)))
        return bench.report.remark(
          `log size: ${count(size)} domain events and more were left out, the disk is too small.`,
        );
      bench.report.progress(`log size: filling up to ${count(size)}`);
      await fillLog(url, pattern, size);
      await bench.postgres.checkpoint();
      const panel = 'Size of the log: a second';
      const length = await holdfast.logLength();
      const crowd = flashCrowd(bench.quick ? 2_000 : 10_000, size);
      const sold = await sell(holdfast, crowd, CALLERS, BOUND_MS);
      for (const problem of sold.problems) bench.report.wrong(`log size ${size}: ${problem}`);
      add(panel, 'bookings, 256 callers', length, '/s', sold.bookingsPerSecond);
      add(panel, 'records fed', length, '/s', await holdfast.feedRate(100_000));
      add('Size of the log: one booking alone, ms', 'booking', length, 'ms', await alone(holdfast));
    }
  } finally {
    await holdfast.close();
  }
}

async function alone(holdfast: Holdfast): Promise<number> {
  const eventId = `alone-${crypto.randomUUID()}`;
  await holdfast.schedule(eventId, 1_000);
  const times: number[] = [];
  for (let user = 0; user < 200; user += 1) {
    const beganAt = performance.now();
    await holdfast.book(eventId, `user-${user}`);
    times.push(performance.now() - beganAt);
  }
  return quantile(times, 0.5);
}

async function fits(bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(tmpdir());
  return bavail * bsize - bytes > FREE_BYTES;
}

async function freshLog(bench: Bench, name: string): Promise<string> {
  const url = await bench.postgres.database(name);
  await prepareDatabase(url);
  return url;
}

/** Puts one point of a curve into the table. */
function adder({ report }: Bench, scenario: string, xLabel: string) {
  return (panel: string, curve: string, x: number, unit: Unit, value: number, atMost?: number, note?: string): void => {
    const figure: Spread = { median: value, min: value, max: value };
    const line: Line = {
      ...{ scenario, what: `${curve}, ${count(x)} ${xLabel}`, unit, figure, runs: 1 },
      ...(atMost !== undefined && { target: { atMost } }),
      ...(note !== undefined && { note }),
      point: { panel, curve, x, xLabel },
    };
    report.add(line);
  };
}
