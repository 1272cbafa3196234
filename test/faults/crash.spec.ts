import { Load, groupsOf, schedule } from '../support/load.js';
import { Stage, signalFromOutside, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth, longestOf } from './verdict.js';

const EVENTS = { one: 1, seven: 7, many: 400 };
const PLAN = { callers: 32, events: ['one', 'seven', 'many', 'many'], users: 300, pauseMs: 40, seed: 3 };
const ANSWERED_WITHIN_MS = 10_000;

let stage: Stage;
let api: Api;
let load: Load;

beforeAll(async () => {
  stage = await Stage.migrated();
  api = await stage.api();
  load = new Load([api.url], 64);
  for (const [eventId, capacity] of Object.entries(EVENTS)) await schedule(api.url, eventId, capacity);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

const unanswered = (): number => load.calls.filter(({ outcome }) => outcome === 'unknown').length;

test('all of Postgres is killed under load: every request is answered, and the service goes on by itself', async () => {
  load.start(PLAN);
  await load.more(200);
  const [server] = await stage.postgres();
  await signalFromOutside(await stage.postgres(), 'SIGKILL', 50);
  const killedAt = performance.now();
  await load.more(300);
  await load.stop();

  expect((await stage.postgres())[0]).not.toBe(server);
  expect(api.child.exitCode).toBeNull();
  expect(longestOf(load.calls)).toBeLessThan(ANSWERED_WITHIN_MS);
  expect(load.calls.filter(({ code }) => code === 'no answer')).toEqual([]);
  await expectReady(api);
  // A kill that interrupted nobody, or after which nobody booked, would have tested nothing.
  expect(load.calls.filter(({ startedAt, endedAt }) => startedAt < killedAt && endedAt > killedAt)).not.toEqual([]);
  expect(load.calls.filter(({ startedAt, outcome }) => startedAt > killedAt && outcome === 'ok')).not.toEqual([]);
  await load.resolve();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(api);
});

test('the service is killed under load and started again: it adopts its Postgres and gives the original answers', async () => {
  load.start({ ...PLAN, seed: 4 });
  const [server] = await stage.postgres();
  const unknownsBefore = unanswered();
  await load.more(300);
  await signalFromOutside([api.pid], 'SIGKILL', 50);
  await api.ended;
  await load.stop();
  expect(unanswered()).toBeGreaterThan(unknownsBefore);

  api = await stage.api();
  load.targets.splice(0, 1, api.url);
  await expectReady(api);
  expect((await stage.postgres())[0]).toBe(server);
  await load.resolve();
  await expectOriginalAnswers();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(api);
});

/** Asked again, every booking that was acknowledged by whichever process is told as it was the first time. */
async function expectOriginalAnswers(): Promise<void> {
  const done = [...groupsOf(load.calls).values()].flatMap((calls) => calls.find(isBooked) ?? []);
  expect(done.length).toBeGreaterThan(20);
  await Promise.all(
    done.slice(0, 100).map(async (call) => {
      const again = await load.ask(call);
      expect({ code: again.code, replayed: again.reply?.replayed }).toEqual({ code: 'ok', replayed: true });
      expect(again.reply?.body).toEqual(call.reply?.body);
    }),
  );
}

const isBooked = ({ kind, outcome }: { kind: string; outcome: string }): boolean => kind === 'book' && outcome === 'ok';
