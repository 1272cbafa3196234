import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onServer } from '../support/postgres.js';
import { execute } from './execute.js';
import { LANES, MATRIX } from './matrix.js';
import type { Result } from './result.js';
import { killedApi, killedProjector } from './rows/crashes.js';
import { calmLoad } from './rows/stores.js';
import type { Row } from './run.js';
import { Scene } from './scene.js';
import { runRow } from './run-row.js';
import { reasonsForVoid } from './sums.js';
import { document, terminalTable } from './table.js';

/** The proof in small: some of its runs, and that it does not stay green whatever happens. */

let folder: string;
let scene: Scene;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-proof-spec-'));
  scene = await Scene.open({ ...killedApi.topology, name: 'small', projectors: 1 });
}, 60_000);

afterAll(async () => {
  await scene?.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (row: Row, seed = 1): Promise<Result> => execute(row, seed, 'quick', scene, folder);

/** As the proof does it: a run whose kills interrupted nobody does not count, and another one is made. */
async function runThatCounts(row: Row): Promise<Result> {
  for (let seed = 1; ; seed += 1) {
    const result = await run(row, seed);
    if (result.void === null || seed === 6) return result;
    expect(result.violations).toEqual([]);
  }
}

test('the API and a projector are killed under load, and no invariant is violated', async () => {
  for (const row of [killedApi, killedProjector]) {
    const result = await runThatCounts(row);
    expect(result).toMatchObject({ violations: [], void: null, notRun: null });
    expect(result.acknowledged).toBeGreaterThan(0);
    expect(result.kills.api + result.kills.projector).toBeGreaterThan(0);
  }
}, 120_000);

/** Everybody has their answer before the kill. */
const killedAtRest: Row = {
  ...killedApi,
  id: 'at-rest',
  run: async (run) => {
    await run.underLoad(() => run.more(40), calmLoad(run));
    await run.reviveApi(0, await run.strike(run.scene.apis[0]!, 'api', 0));
  },
};

test('a kill that interrupted nobody makes the run void', async () => {
  const result = await run(killedAtRest);
  expect(result).toMatchObject({ violations: [], unknown: 0 });
  expect(result.void).toContain('1 kills of the API or the store, and only 0 unknown outcomes');
  expect(terminalTable([result], 'quick', false)).toContain('VOID   at-rest with seed 1');
}, 60_000);

/** What a service that loses a booking would leave behind. */
const forgetful: Row = {
  ...killedApi,
  id: 'forgetful',
  run: async (run) => {
    await run.underLoad(() => run.more(60), calmLoad(run));
    await onServer(run.books.tables, async (superuser) => {
      await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
      await superuser.query(
        `DELETE FROM log.events WHERE position =
           (SELECT max(position) FROM log.events WHERE type = 'BookingConfirmed' AND metadata->>'actor' <> 'system:settle')`,
      );
      await superuser.query('COMMIT');
    });
  },
};

test('a booking that was acknowledged and is not in the log is named, with the command that repeats it', async () => {
  const result = await run(forgetful);
  const broken = result.violations.map(({ invariant }) => invariant);
  expect(broken).toContain('I1');
  expect(broken).toContain('I6');
  expect(terminalTable([result], 'quick', false)).toMatch(/BROKEN I1 in npm run proof -- --row forgetful --seed 1: /);
}, 60_000);

test('runs without contention prove nothing, and both tables say so', () => {
  const row = MATRIX[0]!;
  const calm = { overlap: 3, conflicts: 0, replayed: 0, promotions: 0, reused: 0, lateConfirmed: 0, lateRefused: 0 };
  const result: Result = {
    ...{ row: row.id, seed: 7, mode: 'full', startedAt: '2026-11-28T00:00:00.000Z', tookMs: 1_000, operations: 10 },
    ...{
      acknowledged: 5,
      kills: { api: 1, projector: 0, postgres: 0, standIn: 0 },
      unknown: 1,
      violations: [],
      void: null,
    },
    ...{ notRun: null, recoveriesMs: [900], contention: calm, points: {}, longestMs: 20 },
  };
  expect(reasonsForVoid([result], 'full')).toContain('revision conflicts: 0, and it takes 1000');
  expect(terminalTable([result], 'full', true)).toContain('the run is void: it does not prove anything');
  expect(document([result], 'full', 'npm run proof')).toContain('**Void:**');
});

test('every row of the matrix has its place in a lane, and no other can be run', async () => {
  await expect(runRow('F99', 1)).rejects.toThrow('there is no row F99');
  for (const lanes of Object.values(LANES)) expect(lanes.flat().sort()).toEqual(MATRIX.map(({ id }) => id).sort());
});
