import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { silent } from './postgres.js';
import { ROOT } from './table.js';

const READY_BOUND_MS = 120_000;
const STOP_BOUND_MS = 15_000;
const POLL_MS = 10;
const LAST_WORDS = 2_000;

/** The whole service as `npm start` runs it, in a process of its own. */
export interface Service {
  readonly address: string;
  /** From the spawning of the process to the first 200 on `/health/ready`. */
  readonly startMs: number;
  /** SIGTERM, and when that does not help SIGKILL, to the Postgres it left behind too. */
  stop(): Promise<void>;
}

/** Starts the service on a free port and waits until it is ready. Throws with its last words when it does not get there. */
export async function startService(dataDir: string, settings: Readonly<Record<string, string>>): Promise<Service> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const beganAt = performance.now();
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts', 'start.mjs')], {
    cwd: ROOT,
    env: { ...bareEnvironment(), ...settings, DATA_DIR: dataDir, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = listen(child);
  const stop = (): Promise<void> => stopService(child, dataDir);
  try {
    await ready(child, address, beganAt + READY_BOUND_MS);
    return { address, startMs: performance.now() - beganAt, stop };
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}: ${words()}`);
  }
}

/** Ours without what would make it another service: only what the caller sets is set. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG', 'TZ'];
  return Object.fromEntries(kept.map((name) => [name, process.env[name]]));
}

function listen(child: ChildProcess): () => string {
  let heard = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (heard = (heard + text).slice(-LAST_WORDS)));
  return () => heard;
}

async function ready(child: ChildProcess, address: string, deadline: number): Promise<void> {
  for (; performance.now() < deadline; await sleep(POLL_MS)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the service ended at its start');
    const status = await fetch(`${address}/health/ready`).then(
      async (response) => (await response.arrayBuffer(), response.status),
      () => null,
    );
    if (status === 200) return;
  }
  throw new Error('the service was not ready in time');
}

async function stopService(child: ChildProcess, dataDir: string): Promise<void> {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  child.kill('SIGTERM');
  for (const end = performance.now() + STOP_BOUND_MS; !hasEnded() && performance.now() < end; ) await sleep(POLL_MS);
  if (hasEnded() && child.signalCode !== 'SIGKILL') return;
  child.kill('SIGKILL');
  // Its Postgres outlives it by design; adopting it is how one gets to stop it.
  const bounds = { startTimeoutMs: READY_BOUND_MS, stopTimeoutMs: STOP_BOUND_MS };
  await (await startEmbeddedPostgres({ dataDir, ...bounds, logger: silent })).stop();
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
