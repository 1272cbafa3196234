import { setTimeout as sleep } from 'node:timers/promises';
import { Load, schedule } from '../support/load.js';
import { onServer } from '../support/postgres.js';
import { Stage, type Api, type Program } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth } from './verdict.js';

const STOPPED_WITHIN_MS = 10_000;

let stage: Stage;
let projectors: Program[];
let api: Api;
let load: Load;

// The first projector to start gets the lock; the second and the one inside the API process stand by.
beforeAll(async () => {
  stage = await Stage.migrated();
  const first = await stage.projector();
  await holderOfLock();
  projectors = [first, await stage.projector()];
  api = await stage.api({ PROJECTOR: 'inline' });
  load = new Load([api.url], 32);
  for (const [eventId, capacity] of Object.entries({ few: 7, many: 400 })) await schedule(api.url, eventId, capacity);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

/** The database's number for the session that holds the projector's lock. */
async function holderOfLock(): Promise<number> {
  return onServer(await stage.databaseUrl(), async (client) => {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted",
      );
      if (rows[0] !== undefined) return rows[0].pid;
    }
    throw new Error('nobody holds the lock of the projector');
  });
}

test('three projectors on one database: the active one is killed, another goes on, and the tables are the log', async () => {
  load.start({ callers: 24, events: ['few', 'many', 'many'], users: 300, pauseMs: 15, seed: 2 });
  await load.more(200);
  const before = await holderOfLock();
  await projectors[0]!.kill();
  await load.more(200);
  await load.stop();

  const records = await expectTruth(await stage.databaseUrl(), load);
  expect(records.length).toBeGreaterThan(100);
  await expectTables(await stage.databaseUrl());
  expect(await holderOfLock()).not.toBe(before);
  await expectReady(api);
  expectQuiet(api, ...projectors);
});

test('the lock is lost to another while both go on: two are active, no record is folded twice, and nobody halts', async () => {
  load.start({ callers: 24, events: ['few', 'many', 'many'], users: 300, pauseMs: 15, seed: 7 });
  for (let round = 0; round < 5; round += 1) {
    const holder = await holderOfLock();
    await onServer(await stage.databaseUrl(), (client) => client.query('SELECT pg_terminate_backend($1)', [holder]));
    await load.more(50);
    expect(await holderOfLock()).not.toBe(holder);
  }
  await load.stop();
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
  expectQuiet(api, ...projectors);
});

test('a projector stops within seconds, and the last one left goes on', async () => {
  const { code, tookMs } = await projectors[1]!.stop();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(STOPPED_WITHIN_MS);
  await load.ask(load.wish('many', 'the-last-one'));
  await expectTruth(await stage.databaseUrl(), load);
  await expectTables(await stage.databaseUrl());
});
