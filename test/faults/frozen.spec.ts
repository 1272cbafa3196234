import { setTimeout as sleep } from 'node:timers/promises';
import { Load, schedule } from '../support/load.js';
import { Stage, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth, longestOf } from './verdict.js';

const ANSWERED_WITHIN_MS = 10_000;
const FROZEN_MS = 10_500;

let stage: Stage;
let api: Api;
let load: Load;

// With the time-outs that the service has by default: it is their sum that must stay below 10 s.
beforeAll(async () => {
  stage = await Stage.migrated();
  api = await stage.api();
  load = new Load([api.url], 64);
  for (const [eventId, capacity] of Object.entries({ one: 1, many: 500 })) await schedule(api.url, eventId, capacity);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

test('Postgres frozen for longer than anybody may wait: every call is answered within 10 s, and each key has one effect afterwards', async () => {
  load.start({ callers: 16, events: ['one', 'many', 'many'], users: 400, pauseMs: 20, seed: 5 });
  await load.more(200);
  await stage.freeze();
  const frozenAt = performance.now();
  const thawing = sleep(FROZEN_MS).then(() => stage.thaw());
  // Reads, health, and a ledger that is not in memory give up sooner than that.
  const others = ['/v1/events', '/v1/events/many', '/health/ready'].map((path) => timed(path));
  await load.ask(load.wish('not-in-memory', 'somebody'));
  await thawing;
  const thawedAt = performance.now();
  await load.more(100);
  await load.stop();

  const during = load.calls.filter(({ startedAt, endedAt }) => startedAt < thawedAt && endedAt > frozenAt);
  expect(during.filter(({ outcome }) => outcome === 'failed' || outcome === 'unknown')).not.toEqual([]);
  expect(load.calls.filter(({ code }) => code === 'no answer')).toEqual([]);
  expect(longestOf(load.calls)).toBeLessThan(ANSWERED_WITHIN_MS);
  for (const { status, tookMs } of await Promise.all(others)) {
    expect(status).toBe(503);
    expect(tookMs).toBeLessThan(FROZEN_MS);
  }
  await expectReady(api);
  await load.resolve();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(api);
});

async function timed(path: string): Promise<{ status: number; tookMs: number }> {
  const startedAt = performance.now();
  const { status } = await load.send({ method: 'GET', path });
  return { status, tookMs: performance.now() - startedAt };
}
