import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readdir, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { registerBackup } from '../../src/cli/backup.js';
import { toldOfFile } from '../../src/cli/files.js';
import { registerLog } from '../../src/cli/log.js';
import { UsageError } from '../../src/cli/open.js';
import { registerVerify } from '../../src/cli/verify.js';
import { copyCluster } from '../../src/infrastructure/postgres/file-copy.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { bookedLog } from '../support/bookings.js';
import { run } from '../support/cli.js';
import { putCluster } from '../support/cluster.js';
import { foldAll } from '../support/fold.js';
import { fill, write } from '../support/log.js';
import { onServer, silent } from '../support/postgres.js';

/** What docs/backup.md tells operators to do with the files of a Postgres. */

const BOUNDS = { startTimeoutMs: 20_000, stopTimeoutMs: 5_000, logger: silent };
const FOLDED = 50;
const BEFORE = 60;
const MEANWHILE = 100;

let folder: string;
const running: EmbeddedPostgres[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'backup-'));
});
afterAll(async () => {
  for (const server of running) await server.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Fast: what is shown here is not that a disk keeps what it was given. */
async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, ...BOUNDS });
  running.unshift(server);
  return server;
}

const verbs = (program: Command): void => {
  registerLog(program);
  registerVerify(program);
  registerBackup(program);
};

async function json(settings: Readonly<Record<string, string>>, ...words: string[]): Promise<Record<string, unknown>> {
  const { stdout, exitCode } = await run(verbs, settings, ...words, '--json');
  return { ...(JSON.parse(stdout) as object), exitCode };
}

it('a copy of the files that is made while bookings go on is a whole log, and its tables catch up with it', async () => {
  const original = path.join(folder, 'original');
  await mkdir(original);
  await putCluster(original);
  const server = await start(original);
  const booked = await bookedLog();
  await fill(server.url, booked.slice(0, FOLDED));
  await foldAll({ DATABASE_URL: server.url });
  await write(server.url, booked.slice(FOLDED, BEFORE));

  // Somebody books all the time.
  const copied = path.join(folder, 'copy');
  const writing = (async () => {
    for (let n = BEFORE; n < MEANWHILE; n += 1) await write(server.url, booked.slice(n, n + 1));
  })();
  // Of one that was killed, and of somebody else.
  const [dead, another] = [`${copied}.new-4194305-${randomUUID()}`, `${copied}.new-2024-01-01`];
  await mkdir(dead);
  await mkdir(another);
  const backup = await json({ DATA_DIR: original }, 'backup', copied);
  await writing;
  expect((await readdir(folder)).filter((name) => name.includes('.new'))).toEqual([path.basename(another)]);
  await rm(another, { recursive: true });
  expect(backup).toMatchObject({ exitCode: null, folder: copied });
  await expect(run(verbs, { DATA_DIR: original }, 'backup', copied)).rejects.toThrow('is there already');
  await write(server.url, booked.slice(MEANWHILE));
  await foldAll({ DATABASE_URL: server.url });

  // What was acknowledged before is there, in order, and nothing in part.
  const { url } = await start(copied);
  const restored = { DATABASE_URL: url };
  const verified = await json(restored, 'log', 'verify');
  expect(verified).toMatchObject({ ok: true, exitCode: null });
  expect(verified['records']).toBeGreaterThanOrEqual(BEFORE);
  expect(verified['records']).toBeLessThanOrEqual(MEANWHILE);
  // Its tables are behind it, and catch up.
  const behind = await onServer(url, (client) => client.query('SELECT position FROM read_model.checkpoint'));
  expect(Number((behind.rows[0] as { position: string }).position)).toBe(FOLDED);
  expect(await json(restored, 'log', 'renew', '--yes')).toMatchObject({ ok: true, exitCode: null, tables: null });
  await foldAll(restored);
  expect(await json(restored, 'verify')).toMatchObject({ ok: true, exitCode: null, different: 0 });

  // The tables of the original are ahead of the copy, and do not go on with it.
  const ahead = { DATABASE_URL: server.url, EVENT_STORE_URL: url };
  expect(await json(ahead, 'log', 'renew', '--yes')).toMatchObject({
    ...{ ok: false, exitCode: 3 },
    tables: expect.stringMatching(/was restored from an older copy/),
  });
  await expect(foldAll(ahead)).rejects.toThrow(/was restored from an older copy/);
});

it('files are not copied from a Postgres that is elsewhere, and nothing is left of a copy that failed', async () => {
  const { url } = running.at(-1)!;
  const target = path.join(folder, 'none');
  await expect(run(verbs, { DATABASE_URL: url }, 'backup', target)).rejects.toThrow('DATABASE_URL is set');
  await expect(copyCluster(url, path.join(folder, 'nowhere'), target, 20_000)).rejects.toThrow('ENOENT');
  expect((await readdir(folder)).filter((name) => name.includes('.new'))).toEqual([]);
  await expect(stat(path.join(target, 'PG_VERSION'))).rejects.toThrow('ENOENT');
});

it('a file that cannot be put in its place is not taken for one that Postgres has deleted meanwhile', async () => {
  const target = path.join(folder, 'without-a-place');
  await mkdir(target);
  await symlink(path.join(folder, 'nowhere', 'PG_VERSION'), path.join(target, 'PG_VERSION'));
  const copied = copyCluster(running.at(-1)!.url, path.join(folder, 'original', 'postgres'), target, 20_000);
  await expect(copied).rejects.toThrow('ENOENT');
});

it('a copy that is whole is on the disk, every file and folder of it', async () => {
  const target = path.join(folder, 'kept');
  const probe = await open(folder);
  const handle = Object.getPrototypeOf(probe) as { sync(): Promise<void> };
  await probe.close();
  const { sync } = handle;
  let syncs = 0;
  handle.sync = function (this: object) {
    syncs += 1;
    return sync.call(this);
  };
  try {
    const original = path.join(folder, 'original', 'postgres');
    const { files } = await copyCluster(running.at(-1)!.url, original, target, 20_000);
    const all = await readdir(target, { recursive: true, withFileTypes: true });
    expect(files).toBeGreaterThan(500);
    expect(syncs).toBeGreaterThanOrEqual(all.length);
  } finally {
    handle.sync = sync;
  }
});

it('is not made among the files that are copied, which would have no end', async () => {
  const original = path.join(folder, 'original');
  const target = path.join(original, 'postgres', 'copy');
  await expect(run(verbs, { DATA_DIR: original }, 'backup', target)).rejects.toThrow('say a folder elsewhere');
});

it('what the system says of a file that cannot be copied is told in a sentence', async () => {
  const failed = await copyFile(path.join(folder, 'none'), path.join(folder, 'nowhere')).catch(
    (error: unknown) => error,
  );
  expect(toldOfFile(failed)).toBeInstanceOf(UsageError);
});
