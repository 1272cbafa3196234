import { setTimeout as sleep } from 'node:timers/promises';
import { loadProjectorConfig } from '../../src/infrastructure/config.js';
import { openFigures } from '../../src/infrastructure/metrics/door.js';
import { Story } from '../projections/story.js';
import { book, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { Stage, type Program } from '../support/processes.js';
import { pageOf } from './scrape.js';

const TOKEN = 'for-those-who-scrape';

let database: TestDatabase;
let stage: Stage;
let projector: Program;
let url: string;

beforeAll(async () => {
  [database, stage] = await Promise.all([freshDatabase(), Stage.open()]);
  const story = new Story();
  story.ask('opera', scheduleIt({ capacity: 3 }));
  for (const user of ['ada', 'bob']) story.ask('opera', book(user));
  story.ask('opera', book('eve', { hold: true }));
  await write(database.url, story.log.records);
  projector = await stage.projector({ DATABASE_URL: database.url, PROJECTOR_PORT: '0', METRICS_TOKEN: TOKEN });
  [, url] = (await projector.says(/"url":"(http[^"]+)\/metrics"/)) as unknown as [string, string];
});

afterAll(async () => {
  await stage?.close();
  await database?.drop();
});

const ask = (path: string, token = TOKEN, method = 'GET') =>
  fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });

test('a projector process shows where the tables stand, and itself, and nothing that it knows nothing of', async () => {
  const look = async () => pageOf(await (await ask('/metrics')).text());
  const isFolded = async () => (await look()).of('holdfast_projector_position{generation="1"}') === 4;
  for (let looks = 0; looks < 500 && !(await isFolded()); looks += 1) await sleep(10);
  // Asked anew: the figures of one page are not read in one snapshot, and the holds may have been counted first.
  const { of, types } = await look();
  expect([of('holdfast_projector_position{generation="1"}'), of('holdfast_log_position')]).toEqual([4, 4]);
  expect([of('holdfast_projector_lag_events'), of('holdfast_projector_behind')]).toEqual([0, 0]);
  expect(of('holdfast_holds_open')).toBe(1);
  expect(of('holdfast_pool_connections{pool="holdfast-projector",state="waiting"}')).toBe(0);
  expect(of(`holdfast_build_info{version="0.1.0",node="${process.version}"}`)).toBe(1);
  expect([types.has('nodejs_eventloop_lag_seconds'), types.has('holdfast_appends_total')]).toEqual([true, false]);
});

test('it shows them to whoever has the token, and answers nothing else', async () => {
  const asked = [
    ...[ask('/metrics', 'another'), ask('/health/live', ''), ask('/', TOKEN), ask('/metrics?x', TOKEN)],
    ask('/metrics', TOKEN, 'POST'),
  ];
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status)).toEqual([401, 200, 404, 404, 405]);
  expect(await answers[0]!.text()).not.toContain('holdfast_');
});

test('a port that is taken is said; beyond this machine a token is asked for', async () => {
  const taken = { port: Number(new URL(url).port), host: '127.0.0.1', token: null };
  await expect(openFigures(taken, async () => '')).rejects.toThrow(
    'PROJECTOR_PORT cannot be listened on: listen EADDRINUSE',
  );
  const settings = { PROJECTOR_PORT: '9464', HOST: '0.0.0.0' };
  expect(() => loadProjectorConfig(settings)).toThrow(/^ {2}METRICS_TOKEN: expected a token/m);
  expect(loadProjectorConfig({ ...settings, METRICS_TOKEN: TOKEN }).figures).toEqual({
    ...{ port: 9464, host: '0.0.0.0', token: TOKEN },
  });
  expect(loadProjectorConfig({}).figures).toBeNull();
});
