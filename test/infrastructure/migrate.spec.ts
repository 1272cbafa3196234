import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { JsonLogger } from '../../src/infrastructure/logger.js';
import { MIGRATIONS, MigrationError, migrate } from '../../src/infrastructure/postgres/migrate.js';
import { type TestDatabase, emptyDatabase, freshDatabase, onServer, silent } from '../support/postgres.js';

let directory: string;
let database: TestDatabase;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'holdfast-migrations-'));
  database = await emptyDatabase();
  await file('0001_first.sql', 'CREATE TABLE first (id int); INSERT INTO first VALUES (1);');
  await file('0002_second.sql', 'CREATE TABLE second AS SELECT id FROM first;');
});

afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

const file = (name: string, sql: string) => writeFile(path.join(directory, name), sql);
const run = () => migrate(database.url, { directory, timeoutMs: 5_000, logger: silent });

const query = (sql: string, url: string = database.url) => onServer(url, (client) => client.query(sql));
const rowsOf = async (sql: string) => (await query(sql)).rows as unknown[];

describe('migrations', () => {
  test('are applied in the order of their names, and once', async () => {
    expect(await run()).toEqual(['0001_first.sql', '0002_second.sql']);
    expect(await run()).toEqual([]);
    expect(await rowsOf('SELECT id FROM second')).toEqual([{ id: 1 }]);
    expect(await rowsOf('SELECT name, length(sha256) FROM holdfast.migrations ORDER BY name')).toEqual([
      { name: '0001_first.sql', length: 64 },
      { name: '0002_second.sql', length: 64 },
    ]);
  });

  test('are applied once when several processes start together', async () => {
    const applied = await Promise.all([run(), run(), run(), run()]);
    expect(applied.flat().sort()).toEqual(['0001_first.sql', '0002_second.sql']);
    expect(await rowsOf('SELECT id FROM first')).toEqual([{ id: 1 }]);
  });

  test('are refused when an applied file was changed', async () => {
    await run();
    await file('0001_first.sql', 'CREATE TABLE first (id bigint);');
    await expect(run()).rejects.toThrow(/^0001_first\.sql was changed after it was applied/);
  });

  test('do not take other line ends for a change', async () => {
    await file('0003_lines.sql', 'SELECT 1;\nSELECT 2;\n');
    await run();
    await file('0003_lines.sql', 'SELECT 1;\r\nSELECT 2;\r\n');
    expect(await run()).toEqual([]);
  });

  test('of a newer version are no hindrance while they expand, and are refused once one contracts', async () => {
    await file('0003_more.sql', '-- expands: a table that nobody has heard of\nCREATE TABLE more (id int);');
    await run();
    await rm(path.join(directory, '0003_more.sql'));
    const lines: string[] = [];
    const logger = new JsonLogger('warn', { write: (line) => void lines.push(line) });
    expect(await migrate(database.url, { directory, timeoutMs: 5_000, logger })).toEqual([]);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', newer: ['0003_more.sql'] },
    ]);

    await file('0003_more.sql', '-- expands: a table that nobody has heard of\nCREATE TABLE more (id int);');
    await file('0004_less.sql', '-- contracts: nobody reads it since the version before\nDROP TABLE second;');
    await run();
    for (const name of ['0003_more.sql', '0004_less.sql']) await rm(path.join(directory, name));
    await expect(run()).rejects.toThrow(/^0004_less\.sql was applied by a newer version .* takes away/);
  });

  test('that do not say what they are contract, also those that were applied before anybody asked', async () => {
    await query(`CREATE SCHEMA holdfast; CREATE TABLE holdfast.migrations (
      name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO holdfast.migrations (name, sha256) VALUES ('0000_older.sql', 'x')`);
    await expect(run()).rejects.toThrow(/^0000_older\.sql was applied by a newer version/);
    await query("DELETE FROM holdfast.migrations WHERE name = '0000_older.sql'");
    await run();
    await rm(path.join(directory, '0002_second.sql'));
    await expect(run()).rejects.toThrow(/^0002_second\.sql was applied by a newer version/);
  });

  test('of this version say what they are, but for those that were there before it was asked', async () => {
    for (const name of (await readdir(MIGRATIONS)).filter((each) => each > '0100_webhooks.sql'))
      expect([name, await readFile(path.join(MIGRATIONS, name), 'utf8')]).toEqual([
        name,
        expect.stringMatching(/^-- (?:expands|contracts): \S/),
      ]);
  });

  test('are refused when a new file sorts before an applied one', async () => {
    await run();
    await file('0001_late.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow(/^0001_late\.sql is new but sorts before 0002_second\.sql/);
  });

  test('are refused when a file has a name that has no order', async () => {
    await file('next.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow(/^next\.sql: expected a name such as/);
  });

  test('leave nothing of a file that fails, and tell which it was', async () => {
    await file('0003_broken.sql', 'CREATE TABLE third (id int); SELECT 1/0;');
    const failure = run();
    await expect(failure).rejects.toThrow(MigrationError);
    await expect(failure).rejects.toThrow('0003_broken.sql: division by zero');
    expect(await rowsOf("SELECT to_regclass('third') AS third")).toEqual([{ third: null }]);
    expect(await rowsOf('SELECT count(*)::int FROM holdfast.migrations')).toEqual([{ count: 2 }]);
  });

  test('of this version apply to an empty database', async () => {
    const fresh = await freshDatabase();
    try {
      const { rows } = await query('SELECT name FROM holdfast.migrations ORDER BY name COLLATE "C"', fresh.url);
      expect(rows.map(({ name }) => name)).toEqual((await readdir(MIGRATIONS)).sort());
      expect(rows).not.toHaveLength(0);
      expect(await migrate(fresh.url, { directory: MIGRATIONS, timeoutMs: 5_000, logger: silent })).toEqual([]);
    } finally {
      await fresh.drop();
    }
  });
});
