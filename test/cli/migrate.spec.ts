import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerMigrate } from '../../src/cli/migrate.js';
import { MIGRATIONS } from '../../src/infrastructure/postgres/migrate.js';
import { run } from '../support/cli.js';
import { emptyDatabase, onServer, type TestDatabase } from '../support/postgres.js';

const all = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith('.sql'))
  .sort();

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(() => database?.drop());

const migrate = (...words: string[]) => run(registerMigrate, { DATABASE_URL: database.url }, 'migrate', ...words);

const query = (sql: string) => onServer(database.url, (client) => client.query<{ there: boolean }>(sql));

test('says what is to be applied and changes nothing, applies it, and has nothing left to apply', async () => {
  const before = await migrate('--check', '--json');
  expect(before).toMatchObject({ stderr: '', exitCode: 3 });
  const none = { applied: [], pending: [], contracting: [], newer: [], refused: [] };
  const state = { database: 'DATABASE_URL', ...none };
  expect(JSON.parse(before.stdout)).toEqual({ ok: false, databases: [{ ...state, pending: all }] });
  expect((await query("SELECT to_regnamespace('holdfast') IS NOT NULL AS there")).rows).toEqual([{ there: false }]);

  const done = await migrate('--json');
  expect(done).toMatchObject({ stderr: '', exitCode: null });
  expect(JSON.parse(done.stdout)).toEqual({ ok: true, databases: [{ ...state, applied: all }] });
  expect(await migrate()).toEqual({ stdout: 'DATABASE_URL: nothing to apply\n', stderr: '', exitCode: null });
  expect(await migrate('--check')).toEqual({ stdout: 'DATABASE_URL: nothing to apply\n', stderr: '', exitCode: null });
});

test('says so when a newer version was here, and applies nothing', async () => {
  await query("INSERT INTO holdfast.migrations (name, sha256, expands) VALUES ('9980_more.sql', '', true)");
  const beside = '9980_more.sql was applied by a newer version, and only expands';
  expect(await migrate('--check')).toMatchObject({ stdout: `DATABASE_URL: ${beside}\n`, exitCode: null });
  expect(JSON.parse((await migrate('--check', '--json')).stdout)).toMatchObject({
    databases: [{ newer: ['9980_more.sql'], refused: [] }],
  });
  expect(await migrate()).toMatchObject({ exitCode: null });

  await query("INSERT INTO holdfast.migrations (name, sha256) VALUES ('9990_newer.sql', '')");
  const sentence = '9990_newer.sql was applied by a newer version of Holdfast and takes away what this one needs.';
  const looked = await migrate('--check');
  expect(looked).toMatchObject({ stdout: expect.stringContaining(sentence), stderr: '', exitCode: 3 });
  await expect(migrate()).rejects.toThrow(sentence);
});

test('does not start a Postgres to look at it', async () => {
  const DATA_DIR = path.join(tmpdir(), 'holdfast-is-not-here');
  await expect(run(registerMigrate, { DATA_DIR }, 'migrate', '--check')).rejects.toThrow(/does not run/);
  expect(readdirSync(tmpdir())).not.toContain('holdfast-is-not-here');
});
