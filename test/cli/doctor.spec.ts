import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerDoctor } from '../../src/cli/doctor.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import { EXPIRE, KEEP } from '../../src/infrastructure/refusals/statements.js';
import { Story } from '../projections/story.js';
import { ReadModel } from '../projections/tables.js';
import { run } from '../support/cli.js';
import { SECOND, book, scheduleIt } from '../support/facts.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { write } from '../support/log.js';
import { emptyDatabase, freshDatabase, onServer, silent, testServer } from '../support/postgres.js';

interface Looked {
  readonly exitCode: number | null;
  readonly ok: boolean;
  /** What is not well: by its name, what was found and what to do. */
  readonly bad: Readonly<Record<string, string>>;
  readonly names: readonly string[];
}

let folder: string;
let model: ReadModel;
const story = new Story().ask('gala', scheduleIt()).ask('gala', book('ann'));

beforeAll(async () => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'doctor-'));
  model = await ReadModel.open();
  await write(model.url, story.log.records);
  await model.fold(story.records(), [10]);
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

async function look(settings: Readonly<Record<string, string>> = {}): Promise<Looked> {
  const usual = { DATABASE_URL: model.url, DATA_DIR: folder, READ_WAIT_MS: '50' };
  const printed = await run(registerDoctor, { ...usual, ...settings }, 'doctor', '--json');
  expect(printed.stderr).toBe('');
  const { ok, checks } = JSON.parse(printed.stdout) as {
    ok: boolean;
    checks: { name: string; state: string; found: string; todo: string | null }[];
  };
  const bad = checks.filter(({ state }) => state !== 'ok');
  for (const { todo } of bad) expect(todo).not.toBeNull();
  const entries = bad.map(({ name, state, found, todo }) => [name, `${state}: ${found} → ${todo}`]);
  return { exitCode: printed.exitCode, ok, bad: Object.fromEntries(entries), names: checks.map(({ name }) => name) };
}

const OURS = 'holdfast, log, projections, people, rate_limits, refusals, webhooks, read_model, read_model_g1';

/** The server of the tests may lose what it acknowledged, and says so. */
const LOSSY = {
  'database fsync': expect.stringMatching(/^wrong: off: .*lost.* → ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf/),
  'database full_page_writes': expect.stringMatching(/^wrong: off: .*half written/),
  'database synchronous_commit': expect.stringMatching(/^wrong: off: /),
};

/** Breaks one thing, looks, and puts it right again. */
async function broken(breaks: string, mends: string): Promise<Looked> {
  // As somebody who may do everything, foreign keys and triggers included.
  const asRoot = (text: string) => onServer(model.url, (client) => client.query(text));
  await asRoot(breaks);
  try {
    return await look();
  } finally {
    await asRoot(mends);
  }
}

describe('holdfast doctor, on a server that may lose what it acknowledged', () => {
  it('finds just that, and looks at everything', async () => {
    const found = await look();
    expect(found).toMatchObject({ exitCode: 3, ok: false });
    expect(found.bad).toEqual(LOSSY);
    expect(found.names).toEqual([
      'database',
      ...['version', 'encoding', 'writable', 'fsync', 'full_page_writes', 'synchronous_commit'].map(
        (s) => `database ${s}`,
      ),
      ...['database migrations', 'database privileges', 'database append-only'],
      ...['log', 'log identity, generation 1', 'projector, generation 1 (live)', 'clock', 'disk', 'secret'],
    ]);
  });

  it.each<[string, string, string, string, RegExp]>([
    [
      'a migration that is to come',
      `DELETE FROM holdfast.migrations WHERE name = (SELECT max(name) FROM holdfast.migrations)`,
      `INSERT INTO holdfast.migrations (name, sha256) SELECT name, sha256 FROM kept ON CONFLICT DO NOTHING`,
      'database migrations',
      /^wrong: to be applied: \d{4}_\w+\.sql → Start a process of this version/,
    ],
    [
      'a migration that was changed',
      `UPDATE holdfast.migrations SET sha256 = 'x' WHERE name = '0010_log.sql'`,
      `UPDATE holdfast.migrations m SET sha256 = k.sha256 FROM kept k WHERE k.name = m.name`,
      'database migrations',
      /^wrong: 0010_log\.sql was changed after it was applied/,
    ],
    [
      'a migration of a newer version',
      `INSERT INTO holdfast.migrations (name, sha256) VALUES ('9999_future.sql', 'x')`,
      `DELETE FROM holdfast.migrations WHERE name = '9999_future.sql'`,
      'database migrations',
      /^wrong: 9999_future\.sql was applied by a newer version/,
    ],
    [
      'a log that can be changed',
      'ALTER TABLE log.events DISABLE TRIGGER append_only',
      'ALTER TABLE log.events ENABLE TRIGGER append_only',
      'database append-only',
      /^wrong: the trigger .* → ALTER TABLE log\.events ENABLE TRIGGER append_only/,
    ],
    [
      'the log of other tables',
      `UPDATE projections.checkpoint SET record_id = '00000000-0000-8000-8000-000000000000'`,
      `UPDATE projections.checkpoint SET record_id = (SELECT id FROM log.events WHERE position = 2)`,
      'log identity, generation 1',
      /^wrong: revision 1 of booking-gala is another record/,
    ],
    [
      'a halted projector',
      `UPDATE projections.checkpoint SET halted_at = now(), halt_position = 3, halt_stream = 'booking-gala',
         halt_revision = 2, halt_record_id = gen_random_uuid(), halt_reason = 'unknown type'`,
      `UPDATE projections.checkpoint SET halted_at = NULL, halt_position = NULL, halt_stream = NULL,
         halt_revision = NULL, halt_record_id = NULL, halt_reason = NULL`,
      'projector, generation 1 (live)',
      /^wrong: halted, .*before position 3, revision 2 of booking-gala, .*unknown type → Mend .* holdfast projections resume/,
    ],
    [
      'a paused projector',
      `ALTER TABLE projections.checkpoint ADD COLUMN IF NOT EXISTS paused_at timestamptz,
         ADD COLUMN IF NOT EXISTS paused_by text, ADD COLUMN IF NOT EXISTS pause_reason text;
       UPDATE projections.checkpoint SET paused_at = now(), paused_by = 'ops', pause_reason = 'moving'`,
      `UPDATE projections.checkpoint SET paused_at = NULL, paused_by = NULL, pause_reason = NULL`,
      'projector, generation 1 (live)',
      /^wrong: paused, .* by ops: moving → To go on: holdfast projections resume/,
    ],
    [
      'tables that nobody feeds',
      `UPDATE projections.checkpoint SET position = 1, stream = 'booking-gala', revision = 0,
         record_id = (SELECT id FROM log.events WHERE position = 1)`,
      `UPDATE projections.checkpoint SET position = 2, revision = 1,
         record_id = (SELECT id FROM log.events WHERE position = 2)`,
      'projector, generation 1 (live)',
      /^wrong: behind and standing still since .*position 1, the log ends at 2 → Start one/,
    ],
    [
      'a generation that was begun and given up',
      'SELECT projections.create_generation(2); SELECT projections.strip_generation(2)',
      'SELECT projections.drop_generation(2)',
      'projector, generation 2',
      /^wrong: half made, standing still since .*position 0, .* projections rebuild goes on .* projections drop 2 takes it away\.$/,
    ],
  ])('finds %s', async (_, breaks, mends, name, expected) => {
    await model.pool.query('CREATE TABLE IF NOT EXISTS kept AS SELECT name, sha256 FROM holdfast.migrations');
    const { exitCode, bad } = await broken(breaks, mends);
    expect(exitCode).toBe(3);
    expect(bad).toEqual({ ...LOSSY, [name]: expect.stringMatching(expected) });
    expect((await look()).bad).toEqual(LOSSY);
  });

  it('waits a moment for tables that follow', async () => {
    story.now += SECOND;
    story.ask('gala', book('bob'));
    await write(model.url, story.log.records.slice(2));
    const looking = look({ READ_WAIT_MS: '5000' });
    await sleep(60);
    await model.fold(story.records().slice(2), [10]);
    expect((await looking).bad).toEqual(LOSSY);
  });

  it('finds a log under another name well, and does not give it that name', async () => {
    await model.pool.query(`UPDATE log.identity SET id = 'deadbeef'`);
    await model.pool.query(`UPDATE projections.checkpoint SET log_id = '0badcafe'`);
    expect((await look()).bad).toEqual(LOSSY);
    const { rows } = await model.pool.query<{ log_id: string }>('SELECT log_id FROM projections.checkpoint');
    expect(rows).toEqual([{ log_id: '0badcafe' }]);
  });

  it('finds what the account may not do', async () => {
    const role = `doctor_${process.pid}`;
    await model.pool.query(`
      CREATE ROLE ${role} LOGIN;
      GRANT USAGE ON SCHEMA ${OURS} TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA ${OURS} TO ${role};
      REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC`);
    try {
      const { bad } = await look({ DATABASE_URL: model.url.replace('//postgres@', `//${role}@`) });
      expect(Object.keys(bad)).toEqual([...Object.keys(LOSSY), 'database privileges']);
      for (const what of ['INSERT on log.events', 'EXECUTE on log.append', 'UPDATE on projections.checkpoint'])
        expect(bad['database privileges']).toContain(what);
      for (const what of ['facts', 'gaps'].flatMap((table) =>
        ['INSERT', 'DELETE'].map((may) => `${may} on refusals.${table}`),
      ))
        expect(bad['database privileges']).toContain(what);
      for (const what of ['INSERT on people.erasures', 'DELETE on rate_limits.windows', 'INSERT on projections.skips'])
        expect(bad['database privileges']).toContain(what);
      for (const sequence of ['people.profile_revision', 'webhooks.subscription_revision'])
        expect(bad['database privileges']).toContain(`USAGE on ${sequence}`);
      expect(bad['database privileges']).not.toContain('SELECT');
    } finally {
      await model.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('asks for what the service needs of every table of ours', async () => {
    const role = `doctor_${process.pid}`;
    await model.pool.query(`
      CREATE ROLE ${role} LOGIN;
      GRANT USAGE ON SCHEMA ${OURS} TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA holdfast, log TO ${role};
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA log TO ${role};
      GRANT SELECT ON projections.checkpoint, projections.skips TO ${role}`);
    const url = model.url.replace('//postgres@', `//${role}@`);
    try {
      const { bad } = await look({ DATABASE_URL: url });
      const asked = [...bad['database privileges']!.matchAll(/(\w+) on (\w+\.\w+)/g)];
      const { rows } = await model.pool.query<{ name: string }>(
        `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text IN
           ('people', 'rate_limits', 'read_model_g1', 'refusals', 'webhooks')`,
      );
      expect(asked.map(([, , relation]) => relation)).toEqual(expect.arrayContaining(rows.map(({ name }) => name)));
      for (const [, privilege, relation] of asked)
        await model.pool.query(
          `GRANT ${privilege} ON ${relation!.endsWith('_revision') ? 'SEQUENCE' : 'TABLE'} ${relation} TO ${role}`,
        );
      expect((await look({ DATABASE_URL: url })).bad).toEqual(LOSSY);
      await onServer(url, async (client) => {
        await client.query(KEEP, ['[]', '[]']);
        for (const text of EXPIRE) await client.query(text, [1, 1]);
        await client.query(`INSERT INTO people.profiles (user_id, name) VALUES ('ann', 'Ann')`);
        await client.query(`WITH erased AS (DELETE FROM people.profiles RETURNING user_id)
          INSERT INTO people.erasures (user_id, erased_by) SELECT user_id, 'eve' FROM erased`);
      });
    } finally {
      await model.pool.query(`DELETE FROM people.erasures; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('finds a clock that is off, a full disk, and a secret that others may read', async () => {
    const real = Date.now;
    Date.now = () => real() + 60_000;
    const { bad: late } = await look().finally(() => (Date.now = real));
    expect(late).toEqual({
      ...LOSSY,
      clock: expect.stringMatching(/^wrong: (59|60)\d{3} ms .* → Set both by NTP: above 5000/),
    });

    writeFileSync(path.join(folder, 'secret'), 'x'.repeat(43), { mode: 0o600 });
    expect((await look()).bad).toEqual(LOSSY);
    chmodSync(path.join(folder, 'secret'), 0o644);
    const { bad } = await look({ DISK_FREE_MIB: '1000000000', DATA_DIR: `${folder}/.` });
    expect(bad).toEqual({
      ...LOSSY,
      disk: expect.stringMatching(/^wrong: \d+ MiB free in .* → Make room/),
      secret: expect.stringMatching(/^wrong: .*secret has mode 0644.* → chmod 600/),
    });
    rmSync(path.join(folder, 'secret'));
    expect((await look({ DATA_DIR: path.join(folder, 'not/yet') })).bad).toEqual(LOSSY);
  });

  it('finds an empty database, and leaves it empty', async () => {
    const empty = await emptyDatabase();
    try {
      const { exitCode, bad } = await look({ DATABASE_URL: empty.url });
      expect(exitCode).toBe(3);
      expect(bad['database migrations']).toMatch(/^wrong: to be applied: 0010_log\.sql, /);
      expect(bad['log']).toMatch(/^unknown: /);
      const count = `SELECT count(*)::int FROM pg_namespace WHERE nspname IN ('holdfast', 'log', 'projections')`;
      expect((await onServer(empty.url, (client) => client.query(count))).rows).toEqual([{ count: 0 }]);
    } finally {
      await empty.drop();
    }
  });

  it('looks at a log in a database of its own', async () => {
    const other = await freshDatabase();
    try {
      await onServer(other.url, (client) => client.query('ALTER TABLE log.events DISABLE TRIGGER append_only'));
      const { bad, names } = await look({ EVENT_STORE_URL: other.url });
      expect(bad['log database append-only']).toMatch(/^wrong: /);
      expect(bad['log identity, generation 1']).toMatch(/^wrong: the log is empty; the tables were folded from 3/);
      expect(names).not.toContain('database append-only');
    } finally {
      await other.drop();
    }
  });

  it('looks at a log in EventStoreDB without writing to it', async () => {
    const standIn = await StandIn.start();
    const tables = await freshDatabase();
    try {
      const { bad } = await look({ EVENT_STORE_URL: standIn.url, DATABASE_URL: tables.url });
      expect(bad).toEqual(LOSSY);
      expect(standIn.log.all.filter(({ stream }) => !stream.startsWith('$'))).toEqual([]);
    } finally {
      await tables.drop();
      await standIn.stop();
    }
  });

  it('says that it could not look', async () => {
    const away = new URL(await testServer());
    away.port = '1';
    for (const settings of [{ DATABASE_URL: away.href }, { DATABASE_URL: '' }]) {
      const { exitCode, bad, ok } = await look(settings);
      expect([exitCode, ok, Object.keys(bad)]).toEqual([1, false, ['database']]);
      expect(bad['database']).toMatch(
        /^unknown: (cannot be reached: .*ECONNREFUSED|the embedded Postgres in .* does not run)/,
      );
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('holdfast doctor, on a server that keeps what it acknowledged', () => {
  let server: EmbeddedPostgres;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = path.join(folder, 'data');
    server = await startEmbeddedPostgres({ dataDir, startTimeoutMs: 20_000, stopTimeoutMs: 2_000, logger: silent });
  });
  afterAll(() => server.stop());

  it('finds the embedded one, and that all is well, and says so in words', async () => {
    await migrate(server.url, { directory: MIGRATIONS, timeoutMs: 20_000, logger: silent });
    const settings = { DATA_DIR: dataDir };
    const { stdout, stderr, exitCode } = await run(registerDoctor, settings, 'doctor');
    expect(
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.slice(0, 9)),
    ).toEqual([...Array.from({ length: 16 }, () => 'ok       '), 'all is we']);
    expect([stderr, exitCode]).toEqual(['', null]);
    await onServer(server.url, (client) => client.query('ALTER DATABASE postgres SET synchronous_commit = off'));
    const wrong = await run(registerDoctor, settings, 'doctor');
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stdout).toMatch(/^WRONG {4}database synchronous_commit +off: .*\n {9}→ ALTER SYSTEM .*$/m);
    expect(wrong.stdout).toMatch(/\n1 wrong, 0 that could not be looked at, 15 well\n$/);
  });
});
