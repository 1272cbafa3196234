import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPostgres, readServerFile, urlOf } from '../../src/infrastructure/postgres/cluster.js';
import type { Leftovers } from './bench.js';
import { HttpClient } from './http-client.js';
import { freePorts } from './ports.js';
import { ROOT } from './table.js';

/** A service to talk to. */
export interface Service {
  readonly url: string;
  readonly dataDir: string;
  /** Whether it was started here, on data of its own. */
  readonly isOurs: boolean;
  /** Ends it and deletes its data, if it was started here; `keep` leaves the data where they are. */
  stop(keep?: boolean): Promise<void>;
}

/** Beside the built programs: what `npm start` runs. It stops by itself when we are killed. */
const START = ['scripts/start.mjs'];
/** As `npm start` does, beside what the bench itself has. */
export const NODE_OPTIONS = ['--min-semi-space-size=16', '--heap-growing-percent=300'];
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const MOST_PROCESSES = 2;

/** Settings of somebody else's service; ours has its own database, its own secret and its own streams. */
const NOT_INHERITED = /^(AUTH_|METRICS_TOKEN|DATABASE_URL|EVENT_STORE_URL|NODE_ENV|HOST|PORT|DATA_DIR|PROJECTOR|npm_)/;

/**
 * Starts the built service on a free port and a new, empty data directory below the system's temporary folder. Bounds
 * and LOCKING are taken from the environment. `settings`: over all others; `program`: what is started instead of one process, with its
 * arguments. It ends with the run, whatever ends that. Throws with its last words when it does not get ready.
 */
export async function startService(
  leftovers: Leftovers,
  settings: Readonly<Record<string, string>> = {},
  program: readonly string[] = START,
): Promise<Service> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'holdfast-'));
  // As root, Postgres runs as another user, who must be able to pass.
  await chmod(dataDir, 0o755);
  // A cluster takes the ports behind it too.
  const port = await freePorts(MOST_PROCESSES);
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  const own = { PORT: String(port), HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  const output = await open(path.join(dataDir, 'service.log'), 'a');
  const child = spawn(process.execPath, [...process.execArgv, ...NODE_OPTIONS, ...program], {
    cwd: ROOT,
    // The name of an npm script tells the service to watch its parent: it must not outlive us.
    env: { ...Object.fromEntries(inherited), ...own, ...settings, npm_lifecycle_event: 'start' },
    // In a process group of its own, so that Ctrl-C reaches it once, through us: twice would mean "at once".
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  await output.close();
  const url = `http://127.0.0.1:${port}`;
  let keeps = false;
  const undo = leftovers.add(() => stopChild(child, dataDir, keeps));
  const stop = (keep = false): Promise<void> => {
    keeps = keep;
    return undo();
  };
  if (!(await becomesReady(url, child))) {
    const words = await readFile(path.join(dataDir, 'service.log'), 'utf8');
    await stop();
    throw new Error(`The service did not get ready:\n${words.trimEnd().split('\n').slice(-20).join('\n')}`);
  }
  return { url, dataDir, isOurs: true, stop };
}

/** A service that runs already; it is left as it is. */
export const runningService = (url: string, dataDir: string): Service => ({
  url: url.replace(/\/+$/, ''),
  dataDir,
  isOurs: false,
  stop: () => Promise.resolve(),
});

/** Whether a service answers there and is ready. */
export async function isReady(url: string): Promise<boolean> {
  const client = new HttpClient(url, 1);
  try {
    return (await client.send({ method: 'GET', path: '/health/ready' })).status === 200;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

/** Address of the embedded Postgres of a data directory; null when none runs there. */
export async function embeddedDatabase(dataDir: string): Promise<string | null> {
  const file = await readServerFile(path.join(dataDir, 'postgres'));
  return file === null ? null : urlOf(file.port);
}

async function becomesReady(url: string, child: ChildProcess): Promise<boolean> {
  for (const end = Date.now() + START_TIMEOUT_MS; Date.now() < end; await sleep(POLL_MS)) {
    if (hasEnded(child)) return false;
    if (await isReady(url)) return true;
  }
  return false;
}

async function stopChild(child: ChildProcess, dataDir: string, keep: boolean): Promise<void> {
  if (!hasEnded(child)) child.kill('SIGTERM');
  for (const end = Date.now() + STOP_TIMEOUT_MS; !hasEnded(child) && Date.now() < end;) await sleep(POLL_MS);
  if (!hasEnded(child)) child.kill('SIGKILL');
  if (keep) return;
  // Whatever became of the service: its database must not outlive its data.
  const postgres = await readServerFile(path.join(dataDir, 'postgres'));
  if (postgres !== null) await endPostgres(postgres.pid);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function endPostgres(pid: number): Promise<void> {
  if (await isPostgres(pid)) process.kill(pid, 'SIGINT');
  for (const end = Date.now() + STOP_TIMEOUT_MS; (await isPostgres(pid)) && Date.now() < end;) await sleep(POLL_MS);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
