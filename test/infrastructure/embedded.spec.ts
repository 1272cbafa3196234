import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Account, postgresBinaries, reachable } from '../../src/infrastructure/postgres/binaries.js';
import {
  type EmbeddedOptions,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '../../src/infrastructure/postgres/embedded.js';
import { keepAlive } from '../../src/infrastructure/postgres/keep-alive.js';
import { onServer, silent } from '../support/postgres.js';

let root: string;
let dataDir: string;
const children: ChildProcess[] = [];

// One data directory for all: making one takes a second. Every test leaves it stopped.
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'holdfast-embedded-'));
  dataDir = path.join(root, 'data');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const pid = await postmasterPid();
  if (pid !== null && isRunning(pid)) process.kill(pid, 'SIGQUIT');
  if (pid !== null) await until(() => !isRunning(pid));
});

afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

const options = (overrides: Partial<EmbeddedOptions> = {}): EmbeddedOptions => ({
  dataDir,
  startTimeoutMs: 10_000,
  stopTimeoutMs: 5_000,
  logger: silent,
  ...overrides,
});

async function postmasterPid(): Promise<number | null> {
  const text = await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => null);
  return text === null ? null : Number(text.split('\n')[0]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // An orphan stays in the table of processes until its new parent has looked at it.
  const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  return !/\) [ZX] /.test(state);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition()); await sleep(10)) {
    if (Date.now() > end) throw new Error('waited 10 s in vain');
  }
}

const insert = (url: string, id: number) =>
  onServer(url, async (client) => {
    await client.query('CREATE TABLE IF NOT EXISTS kept (id int)');
    await client.query('INSERT INTO kept VALUES ($1)', [id]);
  });

const kept = (url: string): Promise<number[]> =>
  onServer(url, async (client) => {
    const { rows } = await client.query<{ id: number }>('SELECT id FROM kept ORDER BY id');
    return rows.map(({ id }) => id);
  });

interface Found {
  readonly url: string;
  readonly pid: number;
  readonly adopted: boolean;
}

const here = (file: string) => new URL(file, import.meta.url).href;
const OTHER_PROCESS = `
  import { startEmbeddedPostgres } from '${here('../../src/infrastructure/postgres/embedded.ts')}';
  const ignore = () => undefined;
  const logger = { debug: ignore, log: ignore, warn: ignore, error: ignore };
  const [dataDir] = process.argv.slice(1);
  const { url, pid, adopted } = await startEmbeddedPostgres({ dataDir, startTimeoutMs: 10_000, stopTimeoutMs: 5_000, logger });
  console.log(JSON.stringify({ url, pid, adopted }));
  setInterval(ignore, 1_000);`;

/** Another process of the service, on the same data directory; it goes on until it is killed. */
async function startInChild(): Promise<{ child: ChildProcess; found: Found }> {
  const loader = ['--import', here('../support/jest-typescript.mjs'), '--input-type=module'];
  const child = spawn(process.execPath, [...loader, '-e', OTHER_PROCESS, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer];
  return { child, found: JSON.parse(line.toString()) as Found };
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('the embedded Postgres', () => {
  test('is made by the first start, durable and on loopback only', async () => {
    const server = await startEmbeddedPostgres(options());
    expect(server.adopted).toBe(false);
    const expected = {
      ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
      ...{ listen_addresses: '127.0.0.1', server_encoding: 'UTF8' },
      backend_flush_after: process.platform === 'linux' ? '2MB' : '0',
      ...{ max_wal_size: '2GB', min_wal_size: '2GB', wal_buffers: '16MB' },
    };
    const { rows } = await onServer(server.url, (client) =>
      client.query<{ name: string; value: string }>(
        'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
        [Object.keys(expected)],
      ),
    );
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual(expected);
    expect((await stat(path.join(dataDir, 'postgres.log'))).mode & 0o077).toBe(0);
    await insert(server.url, 1);
    await server.stop();
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
  });

  test('comes back at the same address with everything in it', async () => {
    const before = await startEmbeddedPostgres(options());
    await insert(before.url, 2);
    await before.stop();
    const after = await startEmbeddedPostgres(options());
    expect(after.url).toBe(before.url);
    expect(await kept(after.url)).toEqual([1, 2]);
    await after.stop();
  });

  test('moves to another port when its own is taken', async () => {
    const before = await startEmbeddedPostgres(options());
    await before.stop();
    const squatter = createServer().listen(Number(new URL(before.url).port), '127.0.0.1');
    await once(squatter, 'listening');
    const after = await startEmbeddedPostgres(options());
    expect(after.url).not.toBe(before.url);
    expect(await kept(after.url)).toEqual([1, 2]);
    await after.stop();
    squatter.close();
  });

  test('is adopted when the process that started it was killed', async () => {
    const { child, found } = await startInChild();
    await insert(found.url, 3);
    await kill(child);
    expect(isRunning(found.pid)).toBe(true);
    const server = await startEmbeddedPostgres(options());
    expect(server).toMatchObject({ adopted: true, pid: found.pid, url: found.url });
    expect(await kept(server.url)).toEqual([1, 2, 3]);
    await server.stop();
    expect(isRunning(found.pid)).toBe(false);
  });

  test('is shared by processes that start together, and stopped by the last of them', async () => {
    const [ours, { child, found }] = await Promise.all([startEmbeddedPostgres(options()), startInChild()]);
    expect(found.url).toBe(ours.url);
    expect([ours.adopted, found.adopted].sort()).toEqual([false, true]);
    await ours.stop();
    expect(isRunning(ours.pid)).toBe(true);
    expect(await kept(found.url)).toEqual([1, 2, 3]);
    await kill(child);
    const last = await startEmbeddedPostgres(options());
    await last.stop();
    expect(isRunning(last.pid)).toBe(false);
  });

  test('is made once when two processes make it together', async () => {
    const elsewhere = path.join(root, 'together');
    const both = [1, 2].map(() => startEmbeddedPostgres(options({ dataDir: elsewhere, settings: { fsync: 'off' } })));
    const [one, other] = (await Promise.all(both)) as [Found & { stop(): Promise<void> }, { stop(): Promise<void> }];
    expect(await Promise.all(both.map(async (server) => (await server).pid))).toEqual([one.pid, one.pid]);
    expect((await readdir(elsewhere)).filter((name) => name.startsWith('postgres.new'))).toEqual([]);
    await one.stop();
    await other.stop();
    expect(isRunning(one.pid)).toBe(false);
  });

  test('starts over a postmaster.pid whose number belongs to a stranger today', async () => {
    const leftover = `${process.pid}\n${dataDir}/postgres\n1700000000\n1\n\n127.0.0.1\n  1 1\nready   \n`;
    await writeFile(path.join(dataDir, 'postgres', 'postmaster.pid'), leftover);
    const server = await startEmbeddedPostgres(options());
    expect(server.adopted).toBe(false);
    await server.stop();
  });

  test('starts once over such a leftover, and over a log that is full, when many find them together', async () => {
    const leftover = `${process.pid}\n${dataDir}/postgres\n1700000000\n1\n\n127.0.0.1\n  1 1\nready   \n`;
    await writeFile(path.join(dataDir, 'postgres', 'postmaster.pid'), leftover);
    await truncate(path.join(dataDir, 'postgres.log'), 10_000_001);
    const servers = await Promise.all(Array.from({ length: 6 }, () => startEmbeddedPostgres(options())));
    expect(servers.filter(({ adopted }) => !adopted)).toHaveLength(1);
    expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
    for (const server of servers) await server.stop();
    expect(isRunning(servers[0]!.pid)).toBe(false);
  });

  test('does not adopt the server of a directory that this one was copied from', async () => {
    const original = await startEmbeddedPostgres(options());
    const copy = path.join(root, 'copy');
    await cp(dataDir, copy, { recursive: true });
    if (process.getuid?.() === 0) await changeOwner(path.join(copy, 'postgres'), { uid: 65_534, gid: 65_534 });
    const server = await startEmbeddedPostgres(options({ dataDir: copy }));
    expect(server.adopted).toBe(false);
    expect(server.url).not.toBe(original.url);
    await server.stop();
    await original.stop();
  });

  test('says with the words of Postgres why it does not start', async () => {
    const failure = startEmbeddedPostgres(options({ settings: { shared_buffers: 'plenty' } }));
    await expect(failure).rejects.toThrow(EmbeddedPostgresError);
    await expect(failure).rejects.toThrow(
      /did not start: it ended with 1\n.*invalid value.*"shared_buffers": "plenty"/s,
    );
    expect(await readdir(path.join(dataDir, 'users'))).toEqual([]);
  });

  test('gives up at its bound when it holds the directory and does not answer', async () => {
    const server = await startEmbeddedPostgres(options());
    process.kill(server.pid, 'SIGSTOP');
    const failure = startEmbeddedPostgres(options({ startTimeoutMs: 200 }));
    await expect(failure).rejects.toThrow(new RegExp(`process id ${server.pid} holds .* has not answered for 200 ms`));
    process.kill(server.pid, 'SIGCONT');
    await server.stop();
  });
});

async function changeOwner(folder: string, account: Account): Promise<void> {
  const child = spawn('chown', ['-R', `${account.uid}:${account.gid}`, folder]);
  await once(child, 'exit');
}

describe('the supervisor', () => {
  test('starts a killed Postgres again at the same address, with every committed row', async () => {
    const server = await keepAlive(options());
    for (const id of [4, 5]) {
      const killed = server.pid;
      await insert(server.url, id);
      process.kill(killed, 'SIGKILL');
      await until(() => server.pid !== killed);
    }
    expect(await kept(server.url)).toEqual([1, 2, 3, 4, 5]);
    const { pid } = server;
    await server.stop();
    expect(isRunning(pid)).toBe(false);
  });

  test('ends what a killed Postgres left behind and what would keep the next one out for ever', async () => {
    const server = await keepAlive(options());
    const killed = server.pid;
    const client = new pg.Client(server.url);
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const backend = rows[0]!.pid;
    process.kill(backend, 'SIGSTOP');
    process.kill(killed, 'SIGKILL');
    // Elsewhere nobody can tell whose it is, and it has to leave by itself.
    if (process.platform !== 'linux') process.kill(backend, 'SIGCONT');
    try {
      await until(() => server.pid !== killed);
      expect(isRunning(backend)).toBe(false);
      expect(await kept(server.url)).toEqual([1, 2, 3, 4, 5]);
    } finally {
      if (isRunning(backend)) process.kill(backend, 'SIGKILL');
      await client.end().catch(() => undefined);
      await server.stop();
    }
  });

  test('looks after an adopted Postgres too, and leaves a stopped one alone', async () => {
    const { child, found } = await startInChild();
    await kill(child);
    const server = await keepAlive(options());
    expect(server).toMatchObject({ adopted: true, pid: found.pid });
    process.kill(found.pid, 'SIGKILL');
    await until(() => server.pid !== found.pid);
    expect(await kept(server.url)).toEqual([1, 2, 3, 4, 5]);
    await server.stop();
    await sleep(300);
    expect(isRunning(server.pid)).toBe(false);
  });
});

describe('the binaries', () => {
  const nobody: Account = { uid: 65_534, gid: 65_534 };

  test('are reachable for another account when every folder above lets it pass', async () => {
    const closed = path.join(root, 'closed');
    await mkdir(path.join(closed, 'inner'), { recursive: true });
    await chmod(root, 0o755);
    await chmod(closed, 0o700);
    expect(await reachable(path.join(closed, 'inner'), nobody)).toBe(process.getuid?.() === nobody.uid);
    await chmod(closed, 0o711);
    expect(await reachable(path.join(closed, 'inner'), nobody)).toBe(true);
    await chmod(root, 0o700);
    expect(await reachable(path.join(closed, 'inner'), null)).toBe(true);
  });

  test('are used in place, with the links that the install script should have made', async () => {
    const native = await postgresBinaries(null, []);
    const links = JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) expect((await stat(path.join(native, '..', target))).isFile()).toBe(true);
  });
});
