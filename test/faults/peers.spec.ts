import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf } from '../../src/infrastructure/peers/local-peers.js';
import { scrape } from '../metrics/scrape.js';
import { Load, schedule } from '../support/load.js';
import { Stage, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth, longestOf } from './verdict.js';

const TOKEN = 'figures';
const SILENCE_MS = 2_000;
/** Of a call whose decider stands still: until that is noticed, and then what any call takes. */
const ANSWERED_WITHIN_MS = 5_000;

let stage: Stage;
let apis: Api[];
let load: Load;
/** Of each process's share one. */
const shows = [0, 1].map((at) =>
  Array.from({ length: 100 }, (_, n) => `show-${n}`).find((id) => hashOf(id) % 2 === at)!,
);

const settingsOf = (at: number): Record<string, string> => ({
  PEER_SOCKETS: [0, 1].map((n) => `${stage.dataDir}/api-${n}`).join(', '),
  PEER_SOCKET: `${stage.dataDir}/api-${at}`,
  PEER_SILENCE_MS: String(SILENCE_MS),
  METRICS_TOKEN: TOKEN,
  PROJECTOR: at === 0 ? 'inline' : 'off',
});

/** A figure of each process. */
const figures = (name: string): Promise<number[]> =>
  Promise.all(apis.map(async ({ url }) => (await scrape(url, TOKEN)).of(name) ?? NaN));

async function untilTogether(): Promise<void> {
  while ((await figures('holdfast_peers_away')).some((away) => away > 0)) await sleep(20);
}

beforeAll(async () => {
  stage = await Stage.migrated();
  const first = await stage.api(settingsOf(0));
  apis = [first, await stage.api(settingsOf(1))];
  load = new Load(
    apis.map(({ url }) => url),
    32,
  );
  await untilTogether();
  for (const show of shows) await schedule(first.url, show, 300);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

test('two processes that sell the same events decide each in one of them, and never in vain', async () => {
  load.start({ callers: 8, events: shows, users: 200, pauseMs: 2, seed: 7 });
  await load.more(400);
  await load.stop();
  expect(await figures('holdfast_conflicts_total')).toEqual([0, 0]);
  expect(await figures('holdfast_cached_ledgers')).toEqual([1, 1]);
  const asked = await figures('holdfast_commands_asked_total{result="answered"}');
  for (const count of asked) expect(count).toBeGreaterThan(50);
  const decided = await figures('holdfast_command_duration_seconds_count{outcome="accepted"}');
  for (const count of decided) expect(count).toBeGreaterThan(50);
});

test('one of them stands still under load: the other one decides what is theirs, until it goes on', async () => {
  load.start({ callers: 8, events: shows, users: 200, pauseMs: 2, seed: 8 });
  await load.more(100);
  apis[1]!.signal('SIGSTOP');
  // Nobody who can choose goes to one that stands still; those who had are answered when it goes on.
  const there = load.wish(shows[1]!, 'somebody');
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => load.ask({ ...there, user: `other-${n}` }, apis[0]!.url)),
  );
  expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 'ok'));
  expect(longestOf(answers)).toBeLessThan(ANSWERED_WITHIN_MS);
  apis[1]!.signal('SIGCONT');
  await load.more(100);
  await load.stop();
  await untilTogether();
  expect((await figures('holdfast_commands_asked_total{result="silent"}'))[0]).toBeGreaterThan(0);
});

test('one of them is killed under load, and another comes: what it had been asked is decided once', async () => {
  load.start({ callers: 8, events: shows, users: 200, pauseMs: 2, seed: 9 });
  await load.more(100);
  await apis[1]!.kill();
  await load.more(50);
  await load.stop();
  const asked = load.wish(shows[1]!, 'somebody-else');
  expect((await load.ask(asked, apis[0]!.url)).code).toBe('ok');
  apis[1] = await stage.api({ ...settingsOf(1), PORT: new URL(apis[1]!.url).port });
  await untilTogether();
  expect((await load.ask(asked, apis[1].url)).reply).toMatchObject({ replayed: true });

  await expectReady(...apis);
  await load.resolve();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(...apis);
});
