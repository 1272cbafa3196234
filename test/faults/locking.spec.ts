import { setTimeout as sleep } from 'node:timers/promises';
import { Load, schedule, type Call } from '../support/load.js';
import { Stage, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth, holding, talliesOf } from './verdict.js';

const CALLERS = 64;
const STOPPED_WITHIN_MS = 10_000;

let stage: Stage;
let apis: Api[];
let load: Load;

// The second process adopts the Postgres that the first one started.
beforeAll(async () => {
  stage = await Stage.migrated();
  const first = await stage.api({ LOCKING: 'optimistic' });
  apis = [first, await stage.api({ LOCKING: 'pessimistic' })];
  load = new Load(
    apis.map(({ url }) => url),
    CALLERS,
  );
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

test('an optimistic and a pessimistic process race for 20 places and for one: exactly as many win', async () => {
  await schedule(apis[0]!.url, 'twenty', 20);
  await schedule(apis[1]!.url, 'one', 1);
  const wishes = Array.from({ length: CALLERS }, (_, n) => [
    load.wish('twenty', `user-${n}`),
    load.wish('one', `user-${n}`),
  ]);
  const book = async (process: number): Promise<Call[]> =>
    Promise.all(wishes.flat().map((wish, n) => load.ask(wish, apis[(n + (n >> 1) + process) % 2]!.url)));
  const [first, again] = [await book(0), await book(1)];

  for (const calls of [first, again]) {
    expect(talliesOf(calls.filter(({ eventId }) => eventId === 'twenty'))).toEqual({ ok: 20, 'sold-out': 44 });
    expect(talliesOf(calls.filter(({ eventId }) => eventId === 'one'))).toEqual({ ok: 1, 'sold-out': 63 });
  }
  // The same keys on the other process: the same winners, with the same bookings.
  const bookings = (calls: readonly Call[]) =>
    calls.filter(({ outcome }) => outcome === 'ok').map(({ reply }) => reply!.body);
  expect(bookings(again)).toEqual(bookings(first));
  expect(again.filter(({ reply }) => reply!.status === 201 && !reply!.replayed)).toEqual([]);
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
});

test('LOCKING is changed process by process under load: in flight is answered, nothing is lost or doubled', async () => {
  for (const [eventId, capacity] of Object.entries({ few: 7, many: 300 }))
    await schedule(apis[0]!.url, eventId, capacity);
  await schedule(apis[0]!.url, 'held', 100);
  load.start({ callers: 8, events: ['few', 'many', 'many'], users: 200, pauseMs: 80, seed: 1 });
  await load.more(40);
  await change(0, 'pessimistic');
  await change(1, 'optimistic');
  await load.more(80);
  await load.stop();

  await expectReady(...apis);
  await load.resolve();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(...apis);
});

/** Stops a process while calls are certainly in flight on it, and starts it again with the other strategy. */
async function change(process: number, locking: string): Promise<void> {
  const leaving = apis[process]!;
  const others = load.targets.filter((url) => url !== leaving.url);
  const { inFlight, stopping } = await holding(await stage.databaseUrl(), 'held', async () => {
    const inFlight = Array.from({ length: 8 }, (_, n) =>
      load.ask(load.wish('held', `late-${process}-${n}`), leaving.url),
    );
    await sleep(150);
    load.targets.splice(0, 2, ...others);
    const stopping = leaving.stop();
    await sleep(300);
    return { inFlight, stopping };
  });
  const { code, tookMs } = await stopping;
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(STOPPED_WITHIN_MS);
  const answers = await Promise.all(inFlight);
  expect(answers.filter(({ outcome, reply }) => outcome !== 'ok' && reply?.status !== 503)).toEqual([]);
  expectQuiet(leaving);

  apis[process] = await stage.api({ LOCKING: locking });
  load.targets.push(apis[process]!.url);
}
