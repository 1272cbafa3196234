import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { type Account, EmbeddedPostgresError, postgresBinaries, reachable } from './binaries.js';

/** A data directory that is initialised, and what is needed to run its server. */
export interface Cluster {
  /** The service's `DATA_DIR`, resolved. */
  readonly home: string;
  /** The data directory itself, `DATA_DIR/postgres`. */
  readonly directory: string;
  /** How the server is told the directory: its path, or a name for its working directory. */
  readonly nameForServer: string;
  readonly binaries: string;
  readonly account: Account | null;
}

/** Uid and gid of `nobody` on the usual systems: Postgres runs as it when the service is root. */
const NOBODY: Account = { uid: 65_534, gid: 65_534 };

/**
 * Promises an initialised data directory below `dataDir`; makes it when there is none, whole or not at all, also when
 * two processes try at once. Throws EmbeddedPostgresError with what to do.
 */
export async function openCluster(dataDir: string, durable: boolean): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true });
  const home = await realpath(dataDir);
  const directory = path.join(home, 'postgres');
  const account = await accountFor(directory);
  const copyTo = [path.join(home, 'bin'), ...(account === null ? [] : ['/var/cache/holdfast'])];
  const binaries = await postgresBinaries(account, copyTo);
  if (!(await isInitialised(directory))) await initialise(home, directory, binaries, account, durable);
  return { home, directory, nameForServer: await nameForServer(directory, account), binaries, account };
}

/** Null: run as ourselves. Root runs Postgres as the owner of the data, so that a change of user loses nothing. */
async function accountFor(directory: string): Promise<Account | null> {
  const self = process.getuid?.();
  const owner = await stat(directory).catch(() => null);
  if (self === 0) return owner === null || owner.uid === 0 ? NOBODY : { uid: owner.uid, gid: owner.gid };
  if (owner !== null && owner.uid !== self) {
    throw new EmbeddedPostgresError(
      `${directory} belongs to uid ${owner.uid}, and this process is uid ${self}. Start the service as the user who first ` +
        'started it here (uid 65534: that was root), change the owner of the folder, or set another DATA_DIR.',
    );
  }
  return null;
}

/**
 * Below a folder that the account may not pass, such as `/root`, no path leads to the data. But a process may always use
 * its own working directory, which it is given before it stops being root, and Linux has a name for that.
 */
async function nameForServer(directory: string, account: Account | null): Promise<string> {
  if (await reachable(directory, account)) return directory;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new EmbeddedPostgresError(
    `Postgres cannot run as root, and uid ${account?.uid} cannot reach ${directory}. Start the service as an ordinary user, ` +
      'or set DATA_DIR to a folder that every user may pass.',
  );
}

async function isInitialised(directory: string): Promise<boolean> {
  return stat(path.join(directory, 'PG_VERSION')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function initialise(
  home: string,
  directory: string,
  binaries: string,
  account: Account | null,
  durable: boolean,
): Promise<void> {
  await removeAbandonedDrafts(home);
  const draft = path.join(home, `postgres.new-${process.pid}-${randomUUID()}`);
  await mkdir(draft, { mode: 0o700 });
  try {
    if (account !== null) await chownTo(draft, account);
    const flags = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-instructions'];
    const name = await nameForServer(draft, account);
    await run(path.join(binaries, 'bin', 'initdb'), ['-D', name, ...flags, ...(durable ? [] : ['-N'])], draft, account);
    await rename(draft, directory);
    if (durable) await syncFolder(home);
  } catch (error) {
    // Another process may have been quicker: then its data directory is as good as ours.
    if (await isInitialised(directory)) return;
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeAbandonedDrafts(home: string): Promise<void> {
  for (const entry of await readdir(home)) {
    const pid = /^postgres\.new-(\d+)-/.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(path.join(home, entry), { recursive: true, force: true });
  }
}

async function chownTo(directory: string, { uid, gid }: Account): Promise<void> {
  const handle = await open(directory);
  await handle.chown(uid, gid).finally(() => handle.close());
}

async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory);
  await handle.sync().finally(() => handle.close());
}

/** Nothing of our own environment reaches Postgres: a stray PGOPTIONS or locale would change how it behaves. */
export const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };
const INITDB_TIMEOUT_MS = 120_000;

async function run(program: string, args: readonly string[], cwd: string, account: Account | null): Promise<void> {
  const child = spawn(program, args, {
    cwd,
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INITDB_TIMEOUT_MS,
    ...account,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const failure = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? code}`));
  });
  if (failure !== null) {
    throw new EmbeddedPostgresError(`${path.basename(program)} ${failure}:\n${lastLines(output)}`);
  }
}

const TAIL_LINES = 20;

export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether that process runs and, where it can be seen (Linux), is a Postgres and not a stranger who got the number. */
export async function isPostgres(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  // Third comes the state: a zombie (Z) has let go of everything and only waits for its parent.
  return /^\d+ \(postgres\) [^ZX]/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
}

/** What `postmaster.pid` says: Postgres writes it while it runs and leaves it behind when it is killed. */
export interface ServerFile {
  readonly text: string;
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

export async function readServerFile(directory: string): Promise<ServerFile | null> {
  const text = await readFile(path.join(directory, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0)) return null; // Half written, or of a maintenance mode: no server to speak of yet.
  return { text, pid, port: Number(lines[3]), ready: lines[7]?.startsWith('ready') ?? false };
}

export const urlOf = (port: number): string => `postgres://postgres@127.0.0.1:${port}/postgres`;

/**
 * Whether the server at that port serves this very directory. It is asked to see a file that we have just put there:
 * a pid or a port may have been given to another server meanwhile, and a copied directory names the original's.
 */
export async function whoAnswers(port: number, directory: string): Promise<'ours' | 'foreign' | 'nobody'> {
  const probe = `holdfast-${randomUUID()}.probe`;
  const client = new pg.Client({
    connectionString: urlOf(port),
    ssl: false,
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await writeFile(path.join(directory, probe), '');
    await client.connect();
    const { rows } = await client.query<{ size: unknown }>('SELECT size FROM pg_stat_file($1, true)', [probe]);
    return rows[0]?.size == null ? 'foreign' : 'ours';
  } catch {
    return 'nobody';
  } finally {
    await Promise.allSettled([client.end(), rm(path.join(directory, probe), { force: true })]);
  }
}

const PROBE_TIMEOUT_MS = 1_000;
