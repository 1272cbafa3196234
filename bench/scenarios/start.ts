import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPostgres, readServerFile } from '../../src/infrastructure/postgres/cluster.js';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import type { Bench } from '../support/bench.js';
import { spreadOf } from '../support/measure.js';
import { freePorts } from '../support/ports.js';
import { removeFolder, silent, temporaryFolder } from '../support/postgres.js';
import { ROOT } from '../support/table.js';

const RUNS = 3;
const TARGET_S = 6;
const READY_BOUND_MS = 120_000;
const STOP_BOUND_MS = 15_000;
const POLL_MS = 10;
const LAST_WORDS = 2_000;

/**
 * From nothing but an installed and built checkout to the first 200 on `/health/ready`, through the script that
 * `npm start` runs; then once more on the data that is there.
 */
export async function start(bench: Bench): Promise<void> {
  const { report, quick } = bench;
  const runs = quick ? 1 : RUNS;
  const cold: number[] = [];
  const warm: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const dataDir = await temporaryFolder();
    const clear = bench.leftovers.add(() => removeFolder(dataDir));
    try {
      cold.push(await secondsToReady(bench, dataDir));
      warm.push(await secondsToReady(bench, dataDir));
      report.progress(`start ${run}/${runs}: ${cold.at(-1)!.toFixed(1)} s, again ${warm.at(-1)!.toFixed(1)} s`);
    } finally {
      await clear();
    }
  }
  const line = { scenario: 'start', unit: 's', runs, target: { atMost: TARGET_S } } as const;
  report.add({ ...line, what: 'npm start to ready, no data yet', figure: spreadOf(cold) });
  report.add({ ...line, what: 'npm start to ready, data there', figure: spreadOf(warm) });
}

/** Starts the service, waits until it is ready, and stops it. Throws with its last words when it does not get there. */
async function secondsToReady(bench: Bench, dataDir: string): Promise<number> {
  const port = await freePorts();
  const beganAt = performance.now();
  const child = spawn(process.execPath, [...process.execArgv, path.join(ROOT, 'scripts', 'start.mjs')], {
    cwd: ROOT,
    env: { ...bareEnvironment(), DATA_DIR: dataDir, PORT: `${port}`, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastWords = listen(child);
  const stop = bench.leftovers.add(() => stopService(child, dataDir));
  try {
    await untilReady(child, port, beganAt + READY_BOUND_MS);
    return (performance.now() - beganAt) / 1_000;
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${lastWords()}`, { cause: error });
  } finally {
    await stop();
  }
}

/** Ours without the settings that would make it another service. */
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

async function untilReady(child: ChildProcess, port: number, deadline: number): Promise<void> {
  for (; performance.now() < deadline; await sleep(POLL_MS)) {
    if (hasEnded(child)) throw new Error('the service ended at its start');
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
  }
  throw new Error('the service was not ready in time');
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** SIGTERM, and when that does not help SIGKILL. Whatever became of it, its Postgres must not outlive its data. */
async function stopService(child: ChildProcess, dataDir: string): Promise<void> {
  child.kill('SIGTERM');
  for (const end = performance.now() + STOP_BOUND_MS; !hasEnded(child) && performance.now() < end;)
    await sleep(POLL_MS);
  if (!hasEnded(child)) child.kill('SIGKILL');
  const server = await readServerFile(path.join(dataDir, 'postgres'));
  if (server === null || !(await isPostgres(server.pid))) return;
  // A killed service leaves it running by design; adopting it is how one gets to stop it.
  const bounds = { startTimeoutMs: READY_BOUND_MS, stopTimeoutMs: STOP_BOUND_MS };
  await (await startEmbeddedPostgres({ dataDir, ...bounds, logger: silent })).stop();
}
