import { setTimeout as sleep } from 'node:timers/promises';
import { Load, schedule } from '../support/load.js';
import { Stage, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth, talliesOf } from './verdict.js';

const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;
const LAPSED_WITHIN_MS = 5_000;

let stage: Stage;
/** Right; guarded and an hour ahead until it is set; unguarded and ten years behind until it is set an hour ahead. */
let right: Api;
let guarded: Api;
let unguarded: Api;
let load: Load;

beforeAll(async () => {
  stage = await Stage.migrated();
  right = await stage.api();
  [guarded, unguarded] = await Promise.all([
    stage.api({ PROJECTOR: 'off' }, { clockOffMs: [HOUR_MS, 0] }),
    stage.api({ PROJECTOR: 'off', CLOCK_SKEW_LIMIT_MS: '0' }, { clockOffMs: [-TEN_YEARS_MS, HOUR_MS] }),
  ]);
  load = new Load([right.url], 32);
  for (const [eventId, capacity] of Object.entries({ few: 7, many: 300, lapsing: 1 }))
    await schedule(right.url, eventId, capacity);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

const readiness = async (): Promise<{ status: number; code: unknown }> => {
  const { status, body } = await load.send({ method: 'GET', path: '/health/ready' }, guarded.url);
  return { status, code: body['code'] };
};

test('a process whose clock is an hour off is not ready and decides nothing, until it is set; a jump is noticed at once', async () => {
  expect(await readiness()).toEqual({ status: 503, code: 'clock-skew' });
  expect((await load.ask(load.wish('many', 'early'), guarded.url)).code).toBe('clock-skew');

  guarded.signal('SIGUSR2');
  await expectReady(guarded);
  const early = await load.ask(load.wish('many', 'early'), guarded.url);
  expect(early.code).toBe('ok');

  guarded.signal('SIGUSR2');
  await sleep(50);
  const calls = [load.wish('many', 'late'), load.cancelOf(early), load.wish('few', 'late')];
  expect(talliesOf(await Promise.all(calls.map((wish) => load.ask(wish, guarded.url))))).toEqual({ 'clock-skew': 3 });
  expect(await readiness()).toEqual({ status: 503, code: 'clock-skew' });
  expect((await load.ask(load.wish('many', 'late'))).code).toBe('ok');
  await expectTruth(await stage.databaseUrl(), load);
});

test('without the guard, clocks ten years and an hour off beside a right one: never oversold, never twice, order by revision', async () => {
  load.targets.push(unguarded.url);
  load.start({ callers: 16, events: ['few', 'many'], users: 150, pauseMs: 15, seed: 8 });
  await load.more(150);
  unguarded.signal('SIGUSR2');
  await load.more(150);
  await load.stop();
  load.targets.pop();

  expect(load.calls.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(20);
  await load.resolve();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
});

test('a hold that is due by a process of the pair is lapsed unasked, and the next in line gets the offer', async () => {
  const held = await load.ask(load.wish('lapsing', 'holder', { hold: true }));
  const next = await load.ask(load.wish('lapsing', 'next', { waitlist: true }));
  expect([held.reply?.body['status'], next.reply?.body['status']]).toEqual(['held', 'waitlisted']);
  const statusOf = async ({ user, reply }: typeof held): Promise<unknown> => {
    const path = `/v1/events/lapsing/bookings/${String(reply!.body['bookingId'])}`;
    return (await load.read(path, user)).body['status'];
  };
  for (const end = Date.now() + LAPSED_WITHIN_MS; (await statusOf(next)) !== 'held'; await sleep(100))
    if (Date.now() > end) throw new Error('nobody lapsed the hold');
  expect(await statusOf(held)).toBe('expired');
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(right, guarded, unguarded);
});
