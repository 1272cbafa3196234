import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import type { Grounds } from '../support/contest.js';
import { Holdfast } from '../support/holdfast.js';
import { drive, quantile } from '../support/measure.js';
import { onDatabase } from '../support/postgres.js';

const CALLERS = 256;
const EVENTS = 100;
const SECONDS = 15;
const SAMPLE_MS = 50;
const CATCH_UP_BOUND_MS = 180_000;
const TARGET_S = 1;

interface Sample {
  readonly atMs: number;
  /** Positions: of the last record, and of the last one that the tables show. */
  readonly head: number;
  readonly shown: number;
}

/**
 * How far the tables are behind while as much is written as goes: with the projector in the writing process, as the
 * service has it by default, and with one of its own.
 */
export async function lag(bench: Bench, { holdfastUrl: url }: Grounds): Promise<void> {
  for (const place of ['in the same process', 'in a process of its own'] as const) {
    const holdfast = await Holdfast.open(url, 'optimistic');
    const stop = await startProjector(bench, holdfast, url, place === 'in the same process');
    try {
      await holdfast.untilProjected(CATCH_UP_BOUND_MS);
      const { lags, perSecond } = await onDatabase(url, (client) => writeAndWatch(bench, holdfast, client));
      const figure = { median: quantile(lags, 0.5), min: Math.min(...lags), max: Math.max(...lags) };
      bench.report.add({
        scenario: 'lag',
        what: `tables behind the log at full write load, projector ${place}`,
        unit: 's',
        figure,
        runs: lags.length,
        target: { atMost: TARGET_S },
        note: `${Math.round(perSecond).toLocaleString('en-US')} bookings a second meanwhile; runs are looks`,
      });
    } finally {
      await stop();
      await holdfast.close();
    }
  }
}

async function startProjector(bench: Bench, holdfast: Holdfast, url: string, isHere: boolean) {
  if (isHere) return holdfast.startProjector();
  const child = await startChild<{ url: string }, null>(bench, 'projector', { url });
  return () => child.stop();
}

async function writeAndWatch(bench: Bench, holdfast: Holdfast, client: pg.Client) {
  const boundMs = (bench.quick ? SECONDS / 5 : SECONDS) * 1_000;
  const events = Array.from({ length: EVENTS }, () => `lag-${crypto.randomUUID()}`);
  await drive(events, CALLERS, boundMs, (eventId) => holdfast.schedule(eventId, 1_000_000));
  const samples: Sample[] = [];
  const watching = new AbortController();
  const watched = watch(client, samples, watching.signal);
  const asks = Array.from({ length: boundMs * 100 }, (_, at) => at);
  const run = await drive(asks, CALLERS, boundMs, (at) => holdfast.book(events[at % EVENTS]!, `user-${at}`));
  watching.abort();
  await watched;
  return { lags: lagsOf(samples), perSecond: (run.answered.length / run.elapsedMs) * 1_000 };
}

async function watch(client: pg.Client, samples: Sample[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await client.query<{ head: string; shown: string }>(
      'SELECT p.head::text AS head, c.position::text AS shown FROM log.position p, read_model.checkpoint c',
    );
    samples.push({ atMs: performance.now(), head: Number(rows[0]!.head), shown: Number(rows[0]!.shown) });
    await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Of each look: how long ago the log ended where the tables are now, in seconds. */
export function lagsOf(samples: readonly Sample[]): number[] {
  return samples.flatMap(({ atMs, shown }, at) => {
    const then = samples.slice(0, at + 1).findLast(({ head }) => head <= shown);
    return then === undefined ? [] : [(atMs - then.atMs) / 1_000];
  });
}
