import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Bench } from '../support/bench.js';
import { Holdfast } from '../support/holdfast.js';
import { quantile } from '../support/measure.js';
import { onDatabase } from '../support/postgres.js';

const WRITES = 100;
const TARGET_MS = 100;
/** Between two writes nothing happens: varied, so that they do not fall into step with anybody's polling. */
const PAUSE_MS = 20;
const PAUSE_SPREAD_MS = 60;
const POLL_MS = 1;
const BOUND_MS = 5_000;
/** Beforehand, for what other scenarios have left in the log. */
const CATCH_UP_BOUND_MS = 120_000;

/** From the answer of a command to its row in the read model, while nothing else happens. */
export async function visible(bench: Bench, holdfastUrl: string): Promise<void> {
  const holdfast = await Holdfast.open(holdfastUrl, 'optimistic');
  const stop = holdfast.startProjector();
  try {
    await holdfast.untilProjected(CATCH_UP_BOUND_MS);
    const delays = await onDatabase(holdfastUrl, (client) => measure(holdfast, client, bench.quick ? 20 : WRITES));
    const figure = { median: quantile(delays, 0.5), min: Math.min(...delays), max: Math.max(...delays) };
    bench.report.add({
      scenario: 'visible',
      what: 'answer of a booking to its row in the read model',
      unit: 'ms',
      figure,
      runs: delays.length,
      target: { atMost: TARGET_MS },
      note: `p99 ${quantile(delays, 0.99).toFixed(0)} ms`,
    });
  } finally {
    await stop();
    await holdfast.close();
  }
}

async function measure(holdfast: Holdfast, client: pg.Client, writes: number): Promise<number[]> {
  const eventId = `visible-${crypto.randomUUID()}`;
  await holdfast.schedule(eventId, writes + 1);
  const delays: number[] = [];
  // The first one finds connections unmade and statements unprepared, and is not counted.
  for (let write = 0; write <= writes; write += 1) {
    const told = await holdfast.book(eventId, `reader-${write}`);
    const answeredAt = performance.now();
    if (told.kind !== 'booked') throw new Error(`the booking was answered "${told.kind}"`);
    await untilVisible(client, told.bookingId, BOUND_MS);
    if (write > 0) delays.push(performance.now() - answeredAt);
    await sleep(PAUSE_MS + Math.random() * PAUSE_SPREAD_MS);
  }
  return delays;
}

async function untilVisible(client: pg.Client, bookingId: string, boundMs: number): Promise<void> {
  const beganAt = performance.now();
  while (performance.now() - beganAt < boundMs) {
    const text = 'SELECT 1 FROM read_model.bookings WHERE booking_id = $1';
    const { rowCount } = await client.query({ name: 'visible', text, values: [bookingId] });
    if (rowCount === 1) return;
    await sleep(POLL_MS);
  }
  throw new Error(`a booking was not in the read model after ${boundMs} ms`);
}
