import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../src/infrastructure/postgres/migrate.js';
import { Load, schedule } from '../support/load.js';
import { freshDatabase, silent, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';
import { expectTruth } from './verdict.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OF_BUILD = 'dist/src/infrastructure/postgres/migrations';
/** What a version that keeps refunds would begin with, and what one after it would end. */
const EXPANDS = `-- expands: nobody before reads or writes refunds
ALTER TABLE log.streams ADD COLUMN refunds integer;
CREATE TABLE read_model.refunds (booking_id text PRIMARY KEY, at timestamptz NOT NULL);`;
const CONTRACTS = `-- contracts: refunds are domain events since the version before
DROP TABLE read_model.refunds;`;

let database: TestDatabase;
let folder: string;
let ours: Stage;
let theirs: Stage;
let load: Load | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'newer-'));
  [database, ours, theirs] = await Promise.all([freshDatabase(), Stage.open(), Stage.open({ root: folder })]);
  await mkdir(path.join(folder, 'dist/src/infrastructure/postgres'), { recursive: true });
  for (const part of ['dist/bundle', OF_BUILD, 'package.json'])
    await cp(path.join(ROOT, part), path.join(folder, part), {
      recursive: true,
      filter: (file) => !file.endsWith('.map'),
    });
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
});

afterAll(async () => {
  await load?.close();
  await Promise.all([ours?.close(), theirs?.close()]);
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The copy of this build has one more migration. */
const plant = (name: string, sql: string): Promise<void> => writeFile(path.join(folder, OF_BUILD, name), sql);

const settings = () => ({ DATABASE_URL: database.url, PROJECTOR: 'inline' });

async function booksOn({ url }: Api, user: string): Promise<void> {
  const { outcome } = await load!.ask(load!.wish('opera', user), url);
  expect([url, outcome]).toEqual([url, 'ok']);
}

test('beside a newer version that expanded, this one books on and starts; beside one that contracted it does not start', async () => {
  const running = await ours.api(settings());
  await schedule(running.url, 'opera', 100_000);
  const targets = [running.url];
  load = new Load(targets, 8);
  load.start({ callers: 4, events: ['opera'], users: 10_000, pauseMs: 5, seed: 41 });
  await load.more(20);
  await plant('9980_refunds.sql', EXPANDS);
  const newer = await theirs.api(settings());
  await load.more(20);
  const started = await ours.api(settings());
  expect(started.output).toContain('9980_refunds.sql');
  targets.push(started.url, newer.url);
  await load.more(40);
  await load.stop();
  await expectTruth(database.url, load);
  expect(load.calls.filter(({ outcome }) => outcome === 'failed' || outcome === 'unknown')).toEqual([]);

  await plant('9990_no_refunds.sql', CONTRACTS);
  const directory = path.join(folder, OF_BUILD);
  expect(await migrate(database.url, { directory, timeoutMs: 5_000, logger: silent })).toEqual(['9990_no_refunds.sql']);
  await booksOn(started, 'who-came-late');
  const refused = ours.attempt('api', settings());
  expect((await refused.ended).code).toBe(1);
  expect(refused.output).toMatch(
    /^Holdfast cannot start\. 9990_no_refunds\.sql was applied by a newer version .* takes away what this one needs/m,
  );
});
