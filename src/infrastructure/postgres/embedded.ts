import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../logger.js';
import { unconfined } from '../make-way.js';
import { EmbeddedPostgresError } from './binaries.js';
import {
  type Cluster,
  SERVER_ENVIRONMENT,
  isAlive,
  isPostgres,
  lastLines,
  openCluster,
  readServerFile,
  urlOf,
  whoAnswers,
} from './cluster.js';
import { endOrphans } from './orphans.js';

export { EmbeddedPostgresError } from './binaries.js';

export interface EmbeddedOptions {
  /** The folder for everything that lasts: `postgres/`, `postgres.log`, `postgres.port`, `users/`. */
  readonly dataDir: string;
  /** Postgres settings over the durable ones below. Only tests turn durability off. */
  readonly settings?: Readonly<Record<string, string>>;
  /** From the start until it answers, recovery after a crash included. */
  readonly startTimeoutMs: number;
  /** For a fast shutdown; afterwards Postgres is told to quit at once, which loses nothing either. */
  readonly stopTimeoutMs: number;
  /** Gives a start up that is under way; once the server answers, it means nothing. */
  readonly stopping?: AbortSignal;
  readonly logger: Log;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  /** Whether it was found running, left by a process that was killed or shared with one that lives. */
  readonly adopted: boolean;
  /** Ends our use; the last user stops the server. May be called twice. */
  stop(): Promise<void>;
}

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  logging_collector: 'off',
  // Errors of statements are answered to us; their text, with values in it, does not belong in a file.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  // Pages are written by the server's own writer, in small pieces and in time: a session that needs room would otherwise write
  // them itself, and what is written so is left to the system, which takes hundreds of megabytes to the disk in one stroke.
  bgwriter_delay: '20ms',
  bgwriter_lru_maxpages: '1000',
  bgwriter_lru_multiplier: '4',
  // What sessions write nevertheless, and autovacuum above all, goes to the disk in small pieces too. Only Linux can be told.
  ...(process.platform === 'linux' && { backend_flush_after: '2MB' }),
  // Whoever commits when the write-ahead log has no file left to use again fills a new one with zeros and waits for the disk:
  // as many are kept as are needed between two checkpoints, and room in memory for what comes while one commit is waited for.
  max_wal_size: '2GB',
  min_wal_size: '2GB',
  wal_buffers: '16MB',
};

/**
 * Starts the embedded Postgres of a data directory, or adopts the one that is running on it. Any number of processes may
 * call it for one directory, at once too: one starts the server, all use it, the last one to stop takes it down.
 * Listens on 127.0.0.1 only, on a port that is chosen once and kept while it is free; whoever may connect there is
 * trusted. It outlives this process when that is killed. Throws EmbeddedPostgresError with the server's last words.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { use, server } = await beginUse(options);
  return {
    url: urlOf(server.port),
    pid: server.pid,
    adopted: server.adopted,
    stop: () => endUse(use, server.pid),
  };
}

/** This process's use of a cluster, registered by a file in `users/` so that others know of it. */
export interface Use {
  readonly cluster: Cluster;
  readonly options: EmbeddedOptions;
  readonly registration: string;
  /** Aborted when the use ends: a start under way is given up. */
  readonly ending: AbortController;
}

export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
}

/** Our own registrations: a file with our process id that is not among them is from an earlier process of that number. */
const registrations = new Set<string>();

export async function beginUse(options: EmbeddedOptions): Promise<{ use: Use; server: Server }> {
  const durable = { ...DURABLE, ...options.settings }.fsync === 'on';
  const cluster = await openCluster(options.dataDir, durable);
  const users = path.join(cluster.home, 'users');
  await mkdir(users, { recursive: true });
  const registration = path.join(users, `${process.pid}.${randomUUID()}`);
  registrations.add(registration);
  await writeFile(registration, '');
  const use = { cluster, options, registration, ending: new AbortController() };
  const { stopping } = options;
  const giveUp = (): void => use.ending.abort();
  stopping?.addEventListener('abort', giveUp);
  try {
    if (stopping?.aborted) giveUp();
    return { use, server: await obtainServer(use, null) };
  } catch (error) {
    await endUse(use, null);
    throw error;
  } finally {
    stopping?.removeEventListener('abort', giveUp);
  }
}

/** Ends the use and, when nobody else is registered, the server (null: there is none to end). */
export async function endUse(use: Use, pid: number | null): Promise<void> {
  const { cluster, options, registration, ending } = use;
  ending.abort();
  registrations.delete(registration);
  await rm(registration, { force: true });
  if (pid === null || !(await isPostgres(pid))) return;
  const others = await otherUsers(path.dirname(registration));
  if (others.length > 0) {
    options.logger.log('Postgres goes on for its other users', { pid, users: others });
    return;
  }
  const file = await readServerFile(cluster.directory);
  if (file?.pid !== pid) return;
  process.kill(pid, 'SIGINT');
  if (await gone(pid, options.stopTimeoutMs)) return;
  options.logger.warn('Postgres takes long to stop and is told to quit; it recovers at its next start', { pid });
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
  await gone(pid, QUIT_TIMEOUT_MS);
}

const QUIT_TIMEOUT_MS = 1_000;
const POLL_MS = 10;

async function gone(pid: number, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(POLL_MS)) {
    if (!(await isPostgres(pid))) return true;
  }
  return false;
}

async function otherUsers(users: string): Promise<number[]> {
  const alive: number[] = [];
  for (const name of await readdir(users)) {
    const pid = Number.parseInt(name, 10);
    const file = path.join(users, name);
    if (pid === process.pid ? registrations.has(file) : isAlive(pid)) alive.push(pid);
    else await rm(file, { force: true });
  }
  return alive;
}

/** Adopts or launches, until one of them works or the start's bound is reached. With a port: on that port only. */
export async function obtainServer(use: Use, port: number | null): Promise<Server> {
  const end = Date.now() + use.options.startTimeoutMs;
  let keptOutAt: number | null = null;
  for (;;) {
    use.ending.signal.throwIfAborted();
    const found = await findServer(use.cluster);
    if (typeof found === 'object' && found !== null) return found;
    if (found === null) {
      try {
        return await launch(use, port, end);
      } catch (error) {
        // Another process was quicker, children of a killed server are still leaving, or somebody took the port.
        if (!(error instanceof EmbeddedPostgresError && COLLISION.test(error.message) && Date.now() < end)) throw error;
        if (LEFTOVERS.test(error.message)) {
          keptOutAt ??= Date.now();
          if (Date.now() - keptOutAt > LEAVING_MS) await endOrphans(use.cluster.directory, use.options.logger);
        }
      }
    } else if (Date.now() >= end) {
      throw new EmbeddedPostgresError(
        `The Postgres with process id ${found} holds ${use.cluster.directory} and has not answered for ` +
          `${use.options.startTimeoutMs} ms. End that process; if it is not the one of this folder, delete postmaster.pid there.`,
      );
    }
    await sleep(5 * POLL_MS);
  }
}

/** Within it the children of a killed server are gone, unless they hang. */
const LEAVING_MS = 500;
const LEFTOVERS = /pre-existing shared memory block/;
const COLLISION =
  /lock file "postmaster\.pid" already exists|pre-existing shared memory block|could not create any TCP\/IP sockets/;

/** The running server of this directory; null when there is none; its pid while it cannot answer (yet). */
async function findServer({ directory }: Cluster): Promise<Server | number | null> {
  const file = await readServerFile(directory);
  if (file === null || !isAlive(file.pid)) return null;
  if (await isPostgres(file.pid)) {
    if (!file.ready) return file.pid;
    const answer = await whoAnswers(file.port, directory);
    if (answer === 'ours') return { pid: file.pid, port: file.port, adopted: true };
    if (answer === 'nobody') return file.pid;
  }
  // A leftover whose number belongs to somebody else today. Postgres itself would refuse to start over it.
  await setAside(path.join(directory, 'postmaster.pid'), file.text);
  return null;
}

/** Never takes away the file of a server that has started since we looked: Postgres would notice and stop. */
async function setAside(file: string, judged: string): Promise<void> {
  const aside = `${file}.stale-${process.pid}`;
  if (!(await moved(file, aside))) return;
  if ((await readFile(aside, 'utf8')) === judged) await rm(aside);
  else await rename(aside, file);
}

/** False: there is none any more. Others start over the same leftovers, and were quicker. */
async function moved(file: string, to: string): Promise<boolean> {
  try {
    await rename(file, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}

async function launch({ cluster, options, ending }: Use, fixedPort: number | null, end: number): Promise<Server> {
  const remembered = path.join(cluster.home, 'postgres.port');
  const preferred = fixedPort ?? Number(await readFile(remembered, 'utf8').catch(() => '0'));
  const port = fixedPort ?? (await freePort(preferred));
  const settings = { ...DURABLE, ...SETTINGS, ...options.settings, port: String(port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

  const log = await openLog(path.join(cluster.home, 'postgres.log'));
  const child = spawn(path.join(cluster.binaries, 'bin', 'postgres'), ['-D', cluster.nameForServer, ...flags], {
    cwd: cluster.directory,
    env: SERVER_ENVIRONMENT,
    // Its own process group: Ctrl-C must reach the service first, which then stops Postgres in good order.
    detached: true,
    stdio: ['ignore', log.handle.fd, log.handle.fd],
    ...cluster.account,
  });
  child.unref();
  try {
    if (child.pid !== undefined) await unconfined(child.pid);
    await ready(child, cluster.directory, end, ending.signal);
  } catch (error) {
    if (child.exitCode === null) child.kill('SIGQUIT');
    if (child.pid !== undefined) await gone(child.pid, QUIT_TIMEOUT_MS);
    // Not by its name, which may be another file's by now: a process that started with us may have set ours aside.
    const { size } = await log.handle.stat();
    const { buffer: words } = await log.handle.read({ buffer: Buffer.alloc(size - log.start), position: log.start });
    throw new EmbeddedPostgresError(
      `Postgres did not start: ${(error as Error).message}\n${lastLines(words.toString())}`,
    );
  } finally {
    await log.handle.close();
  }
  if (port !== preferred) await writeFile(remembered, String(port));
  options.logger.log('Postgres started', { pid: child.pid, port, dataDir: cluster.directory });
  return { pid: child.pid as number, port, adopted: false };
}

async function ready(child: ChildProcess, directory: string, end: number, signal: AbortSignal): Promise<void> {
  let ended: string | null = null;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? code}`));
  for (; Date.now() < end && !signal.aborted; await sleep(POLL_MS)) {
    if (ended !== null) throw new Error(ended);
    const file = await readServerFile(directory);
    if (file?.pid === child.pid && file?.ready) return;
  }
  throw new Error('it was not ready in time');
}

const MAX_LOG_BYTES = 10_000_000;

async function openLog(file: string) {
  const before = await stat(file).catch(() => null);
  if (before !== null && before.size > MAX_LOG_BYTES) await moved(file, `${file}.1`);
  const handle = await open(file, 'a+', 0o600);
  return { handle, start: (await handle.stat()).size };
}

/** The preferred port if it is free, else any that is. */
async function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort(0))));
    server.listen(preferred, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
