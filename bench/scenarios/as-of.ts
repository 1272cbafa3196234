import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { positionIn, positionToken } from '../../src/application/position-token.js';
import { holdfast } from '../../clients/typescript/holdfast.js';
import type { Bench } from '../support/bench.js';
import { writeLongStream } from '../support/filler.js';
import { prepareDatabase } from '../support/holdfast.js';
import { quantile, spreadOf } from '../support/measure.js';
import { silent } from '../support/postgres.js';
import { startService } from '../support/service.js';

const LENGTH = 10_000;
const ASKED = 200;
/** Each is asked about for the first time once; in the quick run a third of them. */
const EVENTS = 30;
const TARGET_MS = 100;
const AN_HOUR_MS = 3_600_000;

/**
 * "How many places were left then?" of events with a long past, over HTTP: of one that nobody has asked about, and of one
 * that is asked about again and again, at any of its moments and at the last one.
 */
export async function asOf(bench: Bench): Promise<void> {
  const secret = crypto.randomUUID() + crypto.randomUUID();
  const url = await bench.postgres.database('as_of');
  await prepareDatabase(url);
  const events = Array.from({ length: bench.quick ? EVENTS / 3 : EVENTS }, (_, at) => `long-past-${at}`);
  const log = openEventStore(url, loadStoreConfig({ DATABASE_URL: url }), silent);
  try {
    for (const eventId of events) await writeLongStream(log, `booking-${eventId}`, LENGTH);
  } finally {
    await log.close();
  }
  const settings = { DATABASE_URL: url, AUTH_HS256_SECRET: secret, PROJECTOR: 'off' };
  const { url: address, stop } = await startService(bench.leftovers, settings);
  const claims = { subject: 'auditor', scope: 'audit:read', ttlMs: AN_HOUR_MS, issuer: null, audience: null };
  const client = holdfast({ url: address, token: mintToken(secret, claims) });
  const times = bench.quick ? ASKED / 4 : ASKED;

  /** Answers the position that was meant, and how long it took. */
  async function ask(
    eventId: string,
    asked: string,
  ): Promise<{ readonly position: string; readonly revision: number; ms: number }> {
    const params = { path: { eventId }, query: { asOf: asked } };
    const beganAt = performance.now();
    const { data, error } = await client.GET('/v1/events/{eventId}/availability', { params });
    const ms = performance.now() - beganAt;
    if (data?.asOf === undefined) throw new Error(`as of ${asked}: ${JSON.stringify(error)}`);
    const { position, revision } = data.asOf;
    return { position, revision, ms };
  }

  try {
    const took: Record<'for the first time' | 'any moment' | 'the last moment', number[]> = {
      ...{ 'for the first time': [], 'any moment': [], 'the last moment': [] },
    };
    // Whatever is asked first, and of whom, is warm then.
    await ask(events[0]!, new Date().toISOString());
    const ends = new Map<string, string>();
    for (const eventId of events.slice(1)) {
      const { position, revision, ms } = await ask(eventId, new Date().toISOString());
      if (revision !== LENGTH - 1) bench.report.wrong(`as of now: revision ${revision}, written ${LENGTH}`);
      ends.set(eventId, position);
      took['for the first time'].push(ms);
    }
    const [eventId, end] = [...ends].at(-1)!;
    const logId = end.slice(0, end.indexOf('-'));
    const last = positionIn(end, logId);
    for (let turn = 0; turn < times; turn += 1) {
      took['the last moment'].push((await ask(eventId, end)).ms);
      const revision = Math.floor(Math.random() * LENGTH);
      const then = await ask(eventId, positionToken(logId, (last - BigInt(LENGTH - 1 - revision)) as typeof last));
      if (then.revision !== revision) bench.report.wrong(`as of ${then.position}: ${then.revision}, not ${revision}`);
      took['any moment'].push(then.ms);
    }
    for (const [what, ms] of Object.entries(took))
      bench.report.add({
        scenario: 'as of',
        what: `${what} of ${LENGTH.toLocaleString('en')} domain events`,
        ...{ unit: 'ms', runs: ms.length, target: { atMost: TARGET_MS } },
        figure: spreadOf(ms),
        note: `p99 ${quantile(ms, 0.99).toFixed(0)} ms`,
      });
  } finally {
    await stop();
  }
}
