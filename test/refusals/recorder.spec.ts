import { setTimeout as sleep } from 'node:timers/promises';
import type { NotedRefusal } from '../../src/application/ports.js';
import { createPool } from '../../src/infrastructure/postgres/pool.js';
import { RefusalRecorder, type RecorderSettings } from '../../src/infrastructure/refusals/recorder.js';
import { PostgresRefusalViews } from '../../src/infrastructure/refusals/views.js';
import { onServer, silent, freshDatabase, type TestDatabase } from '../support/postgres.js';
import { SetTime } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const NOW = Date.now();
const BOUNDS = { statementTimeoutMs: 300, lockTimeoutMs: 150, idleInTransactionTimeoutMs: 300, queryTimeoutMs: 350 };
const FAST: RecorderSettings = { bound: 10, batch: 4, flushMs: 5, expireMs: 1_000, drainMs: 200, keepDays: 30 };

let database: TestDatabase;
let recorders: { readonly stop: () => Promise<void> }[];
beforeAll(async () => (database = await freshDatabase()));
beforeEach(() => (recorders = []));
afterEach(() => Promise.all(recorders.map(({ stop }) => stop())));
afterAll(() => database.drop());

const query = (sql: string) => onServer(database.url, (client) => client.query(sql));
const pool = (url: string) =>
  createPool(url, { ...BOUNDS, connectTimeoutMs: 5_000, max: 1, applicationName: 'test', logger: silent });

function recorder(settings: Partial<RecorderSettings> = {}, url = database.url) {
  const made = new RefusalRecorder(pool(url), new SetTime(), { ...FAST, ...settings }, silent);
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  const start = (): void => void (running = made.run(stopping.signal));
  const stop = async (): Promise<void> => {
    if (running === null) start();
    stopping.abort();
    await running;
  };
  recorders.push({ stop });
  return { note: (refusal: NotedRefusal) => made.note(refusal), tally: made.tally, start, stop };
}

const refusal = (eventId: string, n = 0, told: Partial<NotedRefusal> = {}): NotedRefusal => ({
  ...{ eventId, userId: `user-${n}`, actor: `user-${n}`, command: 'BookPlace', bookingId: null, code: 'sold-out' },
  ...{ requested: 1, free: 0, waiting: 0, revision: 7, takenAt: 3, refusedAt: NOW + n },
  commandId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  correlationId: `req-${n}`,
  ...told,
});

async function kept(eventId: string, filter = {}) {
  const views = pool(database.url);
  const found = await new PostgresRefusalViews(views).refusals(eventId, filter, 100, null);
  await views.end();
  return found;
}

async function until(eventId: string, count: number) {
  for (let looks = 0; looks < 200; looks += 1, await sleep(10)) {
    const found = await kept(eventId);
    if (found.length >= count) return found;
  }
  throw new Error(`${eventId}: never ${count} rows`);
}

test('refusals are kept as they were, in batches, and found by event, user and code', async () => {
  const { note, start, tally } = recorder();
  start();
  for (let n = 0; n < 9; n += 1) note(refusal('plain', n, n === 4 ? { code: 'not-held', takenAt: null } : {}));
  const found = await until('plain', 9);
  expect(found[2]).toEqual({ kind: 'refusal', id: expect.any(String), ...refusal('plain', 2) });
  expect(found.map((each) => each.refusedAt - NOW)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await kept('plain', { code: 'not-held' })).toMatchObject([{ takenAt: null, userId: 'user-4' }]);
  expect(await kept('plain', { userId: 'user-8' })).toHaveLength(1);
  expect(await kept('elsewhere')).toEqual([]);
  expect(tally).toEqual({ kept: 9, lost: 0 });
});

test('what is too much is counted, event by event, and the count is kept as a gap', async () => {
  const { note, start, tally } = recorder();
  for (let n = 0; n < 10; n += 1) note(refusal('rush', n));
  for (let n = 10; n < 25; n += 1) note(refusal(n % 5 === 0 ? 'other' : 'rush', n));
  start();
  const found = await until('rush', 11);
  expect(found.at(-1)).toEqual({
    ...{ kind: 'gap', id: expect.any(String), eventId: 'rush', lost: 12, refusedAt: NOW + 11, until: NOW + 24 },
  });
  expect(await until('other', 1)).toMatchObject([{ kind: 'gap', lost: 3, refusedAt: NOW + 10, until: NOW + 20 }]);
  expect(tally).toEqual({ kept: 10, lost: 15 });
});

test('of more events than can be counted one by one, the rest is counted together', async () => {
  const { note, stop } = recorder({ bound: 0 });
  for (let n = 0; n < 1_003; n += 1) note(refusal(`many-${n}`, n));
  await stop();
  const [first] = await kept('many-0');
  const [last] = (await kept('many-1002')).slice(-1);
  expect([first, last]).toMatchObject([
    { eventId: 'many-0', lost: 1 },
    { eventId: null, lost: 3 },
  ]);
  await query('DELETE FROM refusals.gaps WHERE event_id IS NULL');
});

test('nobody waits: with its tables locked it takes what comes at once, and writes it when they are free', async () => {
  const { note, start } = recorder();
  await onServer(database.url, async (intruder) => {
    await intruder.query('BEGIN; LOCK TABLE refusals.facts IN ACCESS EXCLUSIVE MODE');
    start();
    note(refusal('locked', 0));
    await sleep(60);
    for (let n = 1; n < 50; n += 1) note(refusal('locked', n));
    await intruder.query('ROLLBACK');
  });
  const found = await until('locked', 11);
  expect(found.filter(({ kind }) => kind === 'refusal')).toHaveLength(10);
  expect(found.find(({ kind }) => kind === 'gap')).toMatchObject({ lost: 40 });
});

test('a batch whose answer was lost is sent again, and is there once', async () => {
  const proxy = await TcpProxy.to(database.url);
  const { note, start, tally } = recorder({}, proxy.url);
  start();
  // The connection itself needs answers, so it is made while there are some.
  note(refusal('doubtful', 0));
  // Not when it is there, but when the recorder has been told so: that answer must not be swallowed.
  for (let looks = 0; looks < 500 && tally.kept === 0; looks += 1) await sleep(10);
  proxy.swallowAnswers();
  note(refusal('doubtful', 1));
  await until('doubtful', 2);
  expect(tally.kept).toBe(1);
  proxy.heal();
  note(refusal('doubtful', 2));
  expect(await until('doubtful', 3)).toHaveLength(3);
  await recorders[0]!.stop();
  proxy.close();
  expect(tally).toEqual({ kept: 3, lost: 0 });
});

test('what waits at the end is written, within a bound also where nothing takes it', async () => {
  // It ends when all is written; how long that takes is the machine's affair.
  const sound = recorder({ batch: 1, drainMs: 20_000 });
  for (let n = 0; n < 8; n += 1) sound.note(refusal('leaving', n));
  await sound.stop();
  expect(await kept('leaving')).toHaveLength(8);

  const proxy = await TcpProxy.to(database.url);
  proxy.refuse();
  const lost = recorder({}, proxy.url);
  lost.note(refusal('leaving', 9));
  const startedAt = performance.now();
  await lost.stop();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  proxy.close();
});

test('rows that the tables do not take are counted as lost, and those behind them are kept', async () => {
  const { note, start } = recorder({ batch: 1 });
  note(refusal('odd', 0, { revision: -5 }));
  note(refusal('odd', 1));
  start();
  const found = await until('odd', 2);
  expect(found.map((each) => (each.kind === 'gap' ? each.lost : each.userId)).sort()).toEqual([1, 'user-1']);
});

test('what is older than it should be kept is forgotten, a few rows at a time', async () => {
  const { note, start } = recorder({ bound: 100, batch: 2, expireMs: 10 });
  for (let n = 0; n < 5; n += 1) note(refusal('old', n, { refusedAt: NOW - 31 * 86_400_000 + n }));
  for (let n = 5; n < 8; n += 1) note(refusal('old', n, { refusedAt: NOW - 29 * 86_400_000 + n }));
  await query(`INSERT INTO refusals.gaps VALUES (gen_random_uuid(), 'old', 3, '2001-01-01', '2001-01-02')`);
  start();
  for (let looks = 0; looks < 200 && (await kept('old')).length !== 3; looks += 1) await sleep(10);
  await sleep(50);
  expect((await kept('old')).map((each) => each.kind === 'refusal' && each.userId)).toEqual([
    'user-5',
    'user-6',
    'user-7',
  ]);
});

test('every table and column says what it is', async () => {
  const { rows } = await query(
    `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0
     WHERE c.relnamespace = 'refusals'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
       AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)`,
  );
  expect(rows).toEqual([]);
});
