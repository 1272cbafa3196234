import type { Bench } from '../support/bench.js';
import { Holdfast } from '../support/holdfast.js';
import { spreadOf } from '../support/measure.js';
import { onDatabase } from '../support/postgres.js';
import { writeMixedLog } from './mixed-log.js';

const MIXED_DOMAIN_EVENTS = 100_000;
const ROUNDS = 3;
const TARGET_PER_SECOND = 20_000;
const ROUND_BOUND_MS = 120_000;

/**
 * How fast the read model is made anew from the whole log: what the flash sales have left there, and a mixed log of many
 * events. After each round the tables are held against the log.
 */
export async function catchUp(bench: Bench, holdfastUrl: string): Promise<void> {
  const { report, postgres, quick } = bench;
  const holdfast = await Holdfast.open(holdfastUrl, 'optimistic');
  try {
    const mixed = await writeMixedLog(holdfast, quick ? MIXED_DOMAIN_EVENTS / 10 : MIXED_DOMAIN_EVENTS);
    const length = await holdfast.logLength();
    report.progress(`catch-up: ${length} domain events, ${mixed} of them mixed`);
    const rates: number[] = [];
    const rounds = quick ? 1 : ROUNDS;
    for (let round = 1; round <= rounds; round += 1) {
      await onDatabase(holdfastUrl, (client) => client.query('SELECT projections.start_over(1)'));
      await postgres.checkpoint();
      rates.push((length / (await foldAll(holdfast))) * 1_000);
      report.progress(`catch-up ${round}/${rounds}: ${Math.round(rates.at(-1)!)}/s`);
      const differing = await compare(holdfastUrl);
      if (differing > 0) report.wrong(`catch-up, round ${round}: ${differing} events are not what the log says`);
    }
    report.add({
      scenario: 'catch-up',
      what: `projector from zero, ${length.toLocaleString('en-US')} domain events`,
      unit: '/s',
      figure: spreadOf(rates),
      runs: rounds,
      target: { atLeast: TARGET_PER_SECOND },
      note: `${mixed.toLocaleString('en-US')} of them mixed`,
    });
  } finally {
    await holdfast.close();
  }
}

/** Runs the projector until its checkpoint is at the end of the log. Answers the milliseconds that took. */
async function foldAll(holdfast: Holdfast): Promise<number> {
  const beganAt = performance.now();
  const stop = holdfast.startProjector();
  try {
    await holdfast.untilProjected(ROUND_BOUND_MS);
    return performance.now() - beganAt;
  } finally {
    await stop();
  }
}

/** How many events have other places taken in the tables than by the last fact of each of their bookings. */
async function compare(url: string): Promise<number> {
  return onDatabase(url, async (client) => {
    const { rows } = await client.query<{ differing: number }>(
      `WITH last AS (
         SELECT DISTINCT ON (data->>'bookingId') stream, data->>'status' AS status, (data->>'seats')::int AS seats
         FROM log.events WHERE data->>'bookingId' IS NOT NULL ORDER BY data->>'bookingId', position DESC),
       said AS (
         SELECT substr(s.stream, length('booking-') + 1) AS event_id,
                coalesce(sum(l.seats) FILTER (WHERE l.status IN ('held', 'confirmed')), 0) AS taken
         FROM log.streams s LEFT JOIN last l USING (stream) GROUP BY s.stream)
       SELECT count(*)::int AS differing FROM said FULL JOIN read_model.events e USING (event_id)
       WHERE said.taken IS DISTINCT FROM e.seats_taken`,
    );
    return rows[0]!.differing;
  });
}
