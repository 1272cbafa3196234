import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { registerLog } from '../../src/cli/log.js';
import { UsageError } from '../../src/cli/open.js';
import { registerVerify } from '../../src/cli/verify.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { bookedLog } from '../support/bookings.js';
import { run, type Printed } from '../support/cli.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { foldAll as fold } from '../support/fold.js';
import { fill } from '../support/log.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';

/** What docs/moving.md tells operators to do, done with the log of a replay. */

const CLI = fileURLToPath(new URL('../../dist/bundle/holdfast.js', import.meta.url));

/** Made up it takes a few seconds; six thousand real records are given to EventStoreDB one after another. */
const WITH_A_FILE_MS = 120_000;

type Settings = Readonly<Record<string, string>>;

const toClose: (() => Promise<unknown>)[] = [];
let folder: string;
/** The site before it moves: its log, its database, what `holdfast verify` says of its tables, and its export. */
let booked: readonly StoredRecord[];
let old: TestDatabase;
let checksum: unknown;
let parts: string;
let exported: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'moving-'));
  old = await database();
  booked = await bookedLog();
  await fill(old.url, booked);
  const settings = { DATABASE_URL: old.url };
  await fold(settings);
  checksum = await checksumOf(settings);
  parts = path.join(folder, 'postgres');
  exported = await json(settings, 'log', 'export', parts, '--part-records', '50');
  expect(exported).toMatchObject({ ok: true, exitCode: null, kept: 0, records: booked.length });
});
afterAll(async () => {
  for (const close of toClose) await close();
  rmSync(folder, { recursive: true });
});

async function database(): Promise<TestDatabase> {
  const fresh = await freshDatabase();
  toClose.unshift(() => fresh.drop());
  return fresh;
}

async function eventStoreDb(): Promise<StandIn> {
  const server = await StandIn.start({});
  toClose.unshift(() => server.stop());
  return server;
}

const verbs = (program: Command): void => {
  registerLog(program);
  registerVerify(program);
};
const holdfast = (settings: Settings, ...words: string[]): Promise<Printed> => run(verbs, settings, ...words);

async function json(settings: Settings, ...words: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout, exitCode } = await holdfast(settings, ...words, '--json');
  return { ...(JSON.parse(stdout) as object), exitCode };
}

const checksumOf = async (settings: Settings): Promise<unknown> => {
  const report = await json(settings, 'verify');
  expect(report).toMatchObject({ ok: true, exitCode: null, different: 0 });
  return report['checksum'];
};

const rowsOf = (url: string): Promise<unknown> =>
  onServer(url, async (client) => {
    const { rows: events } = await client.query('SELECT e.*, data::text, metadata::text FROM log.events e ORDER BY 1');
    const { rows: streams } = await client.query('SELECT * FROM log.streams ORDER BY 1');
    const { rows: head } = await client.query('SELECT * FROM log.position');
    return { events, streams, head };
  });

/** In a process of its own, from the build, killed when it has come so far. Throws when it has ended before. */
async function killed(settings: Settings, words: readonly string[], isThere: () => Promise<boolean>): Promise<void> {
  const env = { PATH: process.env['PATH'], ...settings };
  const child = spawn(process.execPath, [CLI, 'log', ...words], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (child.exitCode === null && !(await isThere())) await pause(10);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

it(
  'a site moves from Postgres to EventStoreDB and back, and to another Postgres, and its tables are the same',
  async () => {
    // To EventStoreDB, with tables in a database of their own: what was before stays as it is.
    const server = await eventStoreDb();
    const after = { DATABASE_URL: (await database()).url, EVENT_STORE_URL: server.url };
    const tried = await json(after, 'log', 'import', parts, '--dry-run');
    expect(tried).toMatchObject({ ok: true, dryRun: true, found: 0, records: exported['records'] });
    const imported = await json(after, 'log', 'import', parts);
    expect(imported).toMatchObject({ ok: true, exitCode: null, ofLog: exported['logId'], tables: null });
    expect(imported['logId']).not.toBe(exported['logId']);
    expect(await json(after, 'log', 'verify')).toMatchObject({
      ...{ ok: true, exitCode: null, logId: imported['logId'] },
      ...{ records: exported['records'], digest: exported['digest'] },
    });
    await fold(after);
    expect(await checksumOf(after)).toBe(checksum);

    // From there to an empty Postgres: the way back, once there are bookings that the old log does not have.
    const back = path.join(folder, 'eventstoredb');
    expect(await json(after, 'log', 'export', back)).toMatchObject({ digest: exported['digest'], exitCode: null });
    const returned = { DATABASE_URL: (await database()).url };
    expect(await json(returned, 'log', 'import', back)).toMatchObject({ ok: true, exitCode: null });
    await fold(returned);
    expect(await checksumOf(returned)).toBe(checksum);

    // From Postgres to Postgres every row is the same, dates and positions included.
    const moved = { DATABASE_URL: (await database()).url };
    expect(await json(moved, 'log', 'import', parts)).toMatchObject({ ok: true, exitCode: null });
    expect(await rowsOf(moved.DATABASE_URL)).toEqual(await rowsOf(old.url));
    await fold(moved);
    expect(await checksumOf(moved)).toBe(checksum);

    // The tables of the old log do not go on with the new one, until they are folded anew from it.
    const mixed = { DATABASE_URL: moved.DATABASE_URL, EVENT_STORE_URL: server.url };
    await expect(fold(mixed)).rejects.toThrow(
      /the read model was folded from .* run SELECT projections\.start_over\(1\)/,
    );
    await onServer(moved.DATABASE_URL, (client) => client.query('SELECT projections.start_over(1)'));
    await fold(mixed);
    expect(await checksumOf(mixed)).toBe(checksum);
  },
  WITH_A_FILE_MS,
);

it('a log that was restored behind the tables is refused, whatever it is called, with what to do', async () => {
  const some = await database();
  await fill(some.url, booked.slice(0, 50));
  const older = path.join(folder, 'older');
  expect(await json({ DATABASE_URL: some.url }, 'log', 'export', older)).toMatchObject({ records: 50 });
  const restored = { DATABASE_URL: old.url, EVENT_STORE_URL: (await database()).url };
  const told =
    /is not in this log\. The log was restored from an older copy, or is another one\. Either point the service/;
  expect(await json(restored, 'log', 'import', older)).toMatchObject({ ok: true, tables: expect.stringMatching(told) });
  await expect(fold(restored)).rejects.toThrow(told);
  const renewed = await json(restored, 'log', 'renew', '--yes');
  expect(renewed).toMatchObject({ ok: false, exitCode: 3, tables: expect.stringMatching(told) });
});

it('a log that is renewed has another identity, and the tables follow where its records are theirs', async () => {
  const settings = { DATABASE_URL: old.url };
  await expect(holdfast(settings, 'log', 'renew')).rejects.toThrow('nothing was changed: say --yes');
  const renewed = await json(settings, 'log', 'renew', '--yes');
  expect(renewed).toMatchObject({ ok: true, exitCode: null, before: exported['logId'], tables: null });
  expect(renewed['logId']).not.toBe(exported['logId']);
  expect(await checksumOf(settings)).toBe(checksum);
  const server = await eventStoreDb();
  const other = { DATABASE_URL: (await database()).url, EVENT_STORE_URL: server.url };
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push((await json(other, 'log', 'renew', '--yes'))['logId']);
  expect(new Set(ids).size).toBe(3);
  expect(await json(other, 'log', 'verify')).toMatchObject({ logId: ids[2] });
});

it('what cannot be done is told in a sentence, and what is damaged with exit code 3', async () => {
  const settings = { DATABASE_URL: old.url };
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  await expect(holdfast(settings, 'log', 'export', file)).rejects.toThrow(UsageError);
  for (const none of [file, path.join(folder, 'none')])
    await expect(holdfast(settings, 'log', 'import', none)).rejects.toThrow(
      new UsageError(`${none}: expected a folder that is there`),
    );
  for (const words of [['0'], ['many'], ['50001']])
    await expect(holdfast(settings, 'log', 'export', folder, '--part-records', ...words)).rejects.toThrow(
      '--part-records: expected a whole number from 1 to 50000',
    );
  const copy = path.join(folder, 'damaged');
  cpSync(parts, copy, { recursive: true });
  const part = path.join(copy, 'part-000002.ndjson');
  writeFileSync(part, readFileSync(part, 'utf8').replace('schemaVersion\\":1', 'schemaVersion\\":2'));
  const target = { DATABASE_URL: (await database()).url };
  const refusal = /^part-000002\.ndjson: its SHA-256 is .*; line \d+: its content does not fit its hash/;
  for (const more of [[], ['--dry-run']])
    expect(await holdfast(target, 'log', 'import', copy, ...more)).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(refusal),
    });
  expect(await json(target, 'log', 'import', copy)).toMatchObject({ ok: false, what: expect.stringMatching(refusal) });
  expect(await json(target, 'log', 'verify')).toMatchObject({ ok: true, records: 0 });
  await onServer(target.DATABASE_URL, (client) =>
    client.query(`
      INSERT INTO log.events VALUES (1, 'booking-x', 0, gen_random_uuid(), 'EventRenamed', '{}', '{}');
      INSERT INTO log.streams VALUES ('booking-x', 0); UPDATE log.position SET head = 1`),
  );
  const { stdout } = await holdfast(target, 'log', 'import', parts);
  expect(stdout).toMatch(/^the log is not empty: at position 1 it has revision 0 of booking-x, id /);
  const { stdout: damaged, exitCode } = await holdfast(target, 'log', 'export', path.join(folder, 'none'));
  expect([damaged.split('\n')[0], exitCode]).toEqual([
    expect.stringMatching(/^first bad event: position 1, booking-x, revision 0, id .*: its metadata has no hash$/),
    3,
  ]);
});

describe('killed, and run again', () => {
  const exporting = (): string[] => ['export', path.join(folder, 'killed'), '--part-records', '5'];
  let postgres: Settings;
  let eventStore: Settings;
  let server: StandIn;

  beforeAll(() => Promise.all([killExport(), killInPostgres(), killInEventStoreDb()]));

  async function killExport(): Promise<void> {
    const [, cut] = exporting() as [string, string];
    mkdirSync(cut);
    // Whoever opens it for writing waits for somebody who reads.
    const gate = path.join(cut, 'part-000020.ndjson.new');
    await promisify(execFile)('mkfifo', [gate]);
    const isThere = async (): Promise<boolean> => existsSync(path.join(cut, 'part-000019.ndjson'));
    await killed({ DATABASE_URL: old.url }, exporting(), isThere);
    rmSync(gate);
    expect(existsSync(path.join(cut, 'manifest.json'))).toBe(false);
  }

  async function killInPostgres(): Promise<void> {
    const { url } = await database();
    postgres = { DATABASE_URL: url };
    await onServer(url, (client) =>
      client.query(`
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
        CREATE TRIGGER wait BEFORE INSERT ON log.events FOR EACH ROW WHEN (NEW.position = 103) EXECUTE FUNCTION wait()`),
    );
    const sleepers = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    await killed(postgres, ['import', parts], () =>
      onServer(url, async (client) => (await client.query(`SELECT ${sleepers}`)).rowCount === 1),
    );
    await onServer(url, async (client) => {
      await client.query(`SELECT pg_terminate_backend(pid, 5000) ${sleepers}`);
      await client.query('DROP FUNCTION wait CASCADE');
    });
  }

  async function killInEventStoreDb(): Promise<void> {
    server = await eventStoreDb();
    eventStore = { DATABASE_URL: (await database()).url, EVENT_STORE_URL: server.url };
    const isThere = (): boolean => server.log.all.length >= 60;
    // It writes this one, and answers nothing more.
    const done = server.log.onAppend(() => isThere() && (server.mode = 'mute'));
    await killed(eventStore, ['import', parts], async () => isThere());
    done();
    server.mode = 'sound';
  }

  it('an export goes on where it was', async () => {
    const again = await json({ DATABASE_URL: old.url }, 'log', ...exporting());
    expect(again).toMatchObject({ ok: true, digest: exported['digest'], redone: null });
    expect([18, 19]).toContain(again['kept']);
  });

  it('an import into Postgres goes on after the last transaction that was committed', async () => {
    expect(await json(postgres, 'log', 'import', parts)).toMatchObject({ ok: true, exitCode: null, found: 100 });
    expect(await rowsOf(postgres['DATABASE_URL']!)).toEqual(await rowsOf(old.url));
  });

  it('an import into EventStoreDB goes on after the last record that was written, acknowledged or not', async () => {
    const found = server.log.all.filter(({ stream }) => stream.startsWith('booking-')).length;
    const imported = await json(eventStore, 'log', 'import', parts);
    expect(imported).toMatchObject({ ok: true, exitCode: null, found, digest: exported['digest'] });
    expect(found).toBeGreaterThan(50);
    expect(found).toBeLessThan(booked.length);
  });
});
