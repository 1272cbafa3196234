import { setTimeout as sleep } from 'node:timers/promises';
import { registerAudit } from '../../src/cli/audit.js';
import { run } from '../support/cli.js';
import { Load, schedule, tokenOf } from '../support/load.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';

const PROMPTLY_MS = 1_000;

let database: TestDatabase;
let stage: Stage;
/** The first is killed in the end, the second told to end; the last keeps no refusals. */
let api: Api;
let second: Api;
let silent: Api;
let load: Load;

beforeAll(async () => {
  [database, stage] = await Promise.all([freshDatabase(), Stage.open()]);
  const start = (settings = {}) => stage.api({ DATABASE_URL: database.url, ...settings });
  [api, second, silent] = await Promise.all([start(), start(), start({ REFUSALS: 'off' })]);
  load = new Load([api.url], 32);
});
afterAll(async () => {
  await load?.close();
  await stage?.close();
  await database?.drop();
});

const query = (sql: string) => onServer(database.url, (client) => client.query(sql));
const book = (eventId: string, user: string, by = api) => load.ask(load.wish(eventId, user), by.url);

const countOf = async (eventId: string) =>
  (await query(`SELECT FROM refusals.facts WHERE event_id = '${eventId}'`)).rowCount;

interface Item {
  readonly userId: string;
  readonly code: string;
  readonly revision: number;
  readonly takenBy: Readonly<Record<string, unknown>> | null;
}

async function refusals(eventId: string): Promise<Item[]> {
  const headers = { authorization: `Bearer ${tokenOf('auditor', 'audit:read')}` };
  const response = await fetch(`${api.url}/v1/events/${eventId}/refusals?limit=200`, { headers });
  return ((await response.json()) as { items: Item[] }).items;
}

async function until(eventId: string, count: number): Promise<Item[]> {
  for (let looks = 0; looks < 100; looks += 1, await sleep(20)) {
    const found = await refusals(eventId);
    if (found.length >= count) return found;
  }
  throw new Error(`never ${count} refusals of ${eventId}`);
}

test('20 callers and one place: 19 refusals, each naming the revision and the domain event that took it', async () => {
  await schedule(api.url, 'flash', 1);
  const calls = await Promise.all(Array.from({ length: 20 }, (_, n) => book('flash', `user-${n}`)));
  const [winner] = calls.filter(({ outcome }) => outcome === 'ok');
  const { rows } = await query(`SELECT id FROM log.events WHERE stream = 'booking-flash' AND revision = 1`);
  const bookingId = (winner!.reply!.body as { bookingId: string }).bookingId;

  const found = await until('flash', 19);
  expect(found).toHaveLength(19);
  expect(new Set(found.map(({ userId }) => userId))).toEqual(
    new Set(calls.filter((call) => call !== winner).map(({ user }) => user)),
  );
  for (const item of found)
    expect(item).toMatchObject({
      ...{ code: 'sold-out', requested: 1, free: 0, waiting: 0, revision: 1 },
      takenBy: {
        ...{ revision: 1, type: 'BookingConfirmed', recordId: (rows[0] as { id: string }).id, bookingId },
        ...{ userId: winner!.user, actor: winner!.user },
      },
    });
});

test('the command line tells the same, of everybody or of one', async () => {
  const holdfast = async (...words: string[]): Promise<string> =>
    (await run(registerAudit, { DATABASE_URL: database.url }, 'audit', 'flash', '--refusals', ...words)).stdout;
  const [first] = await refusals('flash');
  const told = await holdfast();
  expect(told.match(/the last place went to \S+ of \S+ at revision 1 by \S+: BookingConfirmed/g)).toHaveLength(19);
  expect(told).toMatch(/\n19 refusals of flash kept\n$/);
  const one = await holdfast('--user', first!.userId);
  expect(one).toContain(
    `  ${first!.userId}: sold-out (1 asked for, 0 free, 0 waiting)\n   BookPlace, decided at revision 1\n`,
  );
  expect(one).toMatch(/\n1 refusal of flash kept\n$/);
  expect(JSON.parse(await holdfast('--json'))).toEqual({ eventId: 'flash', refusals: await refusals('flash') });
  const times = `'2031-01-01T00:00:00Z', '2031-01-01T00:00:01Z'`;
  await query(`INSERT INTO refusals.gaps VALUES (gen_random_uuid(), 'flash', 7, ${times})`);
  expect(await holdfast()).toMatch(
    /:00\.000Z {2}7 refusals were not kept, the last of them at \S+:01\.000Z\n\n19 refusals of flash kept, 7 not kept\n$/,
  );
  await expect(holdfast('--user', 'ada', '--as-of', '1')).rejects.toThrow('--refusals: expected none of');
  await expect(holdfast('--diff')).rejects.toThrow('--refusals: expected none of');
});

test('bookings and refusals are answered at once while the tables of refusals are locked, and kept afterwards', async () => {
  await schedule(api.url, 'locked', 5);
  const longest = await onServer(database.url, async (intruder) => {
    await intruder.query('BEGIN; LOCK TABLE refusals.facts, refusals.gaps IN ACCESS EXCLUSIVE MODE');
    const calls = [];
    for (let round = 0; round < 4; round += 1) {
      calls.push(...(await Promise.all(Array.from({ length: 10 }, (_, n) => book('locked', `user-${round}-${n}`)))));
      await sleep(100);
    }
    await intruder.query('ROLLBACK');
    expect(calls.filter(({ outcome }) => outcome === 'ok')).toHaveLength(5);
    expect(calls.filter(({ code }) => code === 'sold-out')).toHaveLength(35);
    return Math.max(...calls.map(({ startedAt, endedAt }) => endedAt - startedAt));
  });
  expect(longest).toBeLessThan(PROMPTLY_MS);
  expect(await until('locked', 35)).toHaveLength(35);
  const figures = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${tokenOf('ops', 'ops')}` } });
  expect(await figures.text()).toMatch(/^holdfast_refusals_kept_total 54\n[^]*^holdfast_refusals_lost_total 0$/m);
});

test('a process that is told to end writes down what it has', async () => {
  await schedule(second.url, 'ending', 1);
  await Promise.all(Array.from({ length: 12 }, (_, n) => book('ending', `user-${n}`, second)));
  expect((await second.stop()).code).toBe(0);
  expect(await countOf('ending')).toBe(11);
});

test('one that is killed loses what it has not written yet, and nothing else', async () => {
  await schedule(api.url, 'killed', 1);
  await Promise.all(Array.from({ length: 6 }, (_, n) => book('killed', `user-${n}`)));
  await until('killed', 5);
  await book('killed', 'last');
  await api.kill();
  expect([5, 6]).toContain(await countOf('killed'));
});

test('REFUSALS=off answers as before and keeps nothing', async () => {
  await schedule(silent.url, 'silent', 1);
  const calls = [await book('silent', 'ada', silent), await book('silent', 'bob', silent)];
  expect(calls.map(({ code }) => code)).toEqual(['ok', 'sold-out']);
  expect((await silent.stop()).code).toBe(0);
  expect(await countOf('silent')).toBe(0);
});
