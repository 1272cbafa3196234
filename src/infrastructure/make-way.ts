import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type pg from 'pg';

const run = promisify(execFile);
/** Of a program that asks the system one thing. */
const TASKSET_TIMEOUT_MS = 5_000;

/** Numbers of processors, as Linux lists them: `0-3,8`. */
interface Processors {
  readonly given: string;
  readonly kept: string;
}

let processors: Promise<Processors | null> | null = null;

/**
 * For work that takes minutes and fills tables beside a service that answers in milliseconds. The given session has what it
 * writes taken to the disk in small pieces, and half of the processors are left to everybody else on this machine from now on.
 * Throws what the server throws.
 */
export async function makeWay(session: pg.ClientBase): Promise<void> {
  await writeSteadily(session);
  await leaveHalf(session);
}

/**
 * Left to itself the system gathers the pages of new tables and writes hundreds of megabytes of them in one stroke, at the
 * latest when a checkpoint asks for them, and every commit waits behind that. Where a server cannot tell its system, the most
 * is 0, and nothing changes.
 */
const writeSteadily = (session: pg.ClientBase): Promise<unknown> =>
  session.query(`SELECT set_config(name, max_val, false) FROM pg_settings WHERE name = 'backend_flush_after'`);

/**
 * This process keeps to the other half of the processors with all its threads, and so does the given session of a
 * Postgres that runs here and is ours to tell. A priority would not do: Linux compares it within one login session only, of
 * which each session of Postgres is one, and whoever runs is let run for milliseconds before the one who waits. Where there
 * is but one processor, no Linux or no `taskset`, nothing changes.
 */
async function leaveHalf(session: pg.ClientBase): Promise<void> {
  processors ??= keepToHalf();
  const half = await processors;
  if (half === null) return;
  const { rows } = await session.query<{ pid: number; port: number | null }>(
    'SELECT pg_backend_pid() AS pid, inet_client_port() AS port',
  );
  const { pid, port } = rows[0]!;
  if (!(await isSession(pid, port)) || !(await confine(['-p'], half.kept, pid))) return;
  // They would be processes of the server's own making.
  await session.query('SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0');
}

/** A process that was begun by this one has all processors again: what serves others does not make way. */
export async function unconfined(pid: number): Promise<void> {
  const half = await processors;
  if (half) await confine(['-a', '-p'], half.given, pid);
}

async function keepToHalf(): Promise<Processors | null> {
  const given = /^Cpus_allowed_list:\s*(\S+)/m.exec(await contentOf('/proc/self/status'))?.[1] ?? '';
  const all = given.split(',').flatMap(numbersOf);
  if (all.length < 2) return null;
  const kept = all.slice(Math.ceil(all.length / 2)).join();
  return (await confine(['-a', '-p'], kept, process.pid)) ? { given, kept } : null;
}

/** Of `8` or `0-3`. */
function numbersOf(range: string): number[] {
  const [first = NaN, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, nth) => first + nth);
}

/**
 * Whether that process is the session at the other end of our port: its title says so. Behind a tunnel, or on another
 * machine, the number may be anybody's.
 */
const isSession = async (pid: number, port: number | null): Promise<boolean> =>
  port !== null && new RegExp(`^postgres: .*\\(${port}\\)`).test(await contentOf(`/proc/${pid}/cmdline`));

/** False where it could not be: there is no such program here, or the process is another account's. */
const confine = (flags: readonly string[], to: string, pid: number): Promise<boolean> =>
  run('taskset', [...flags, '-c', to, `${pid}`], { timeout: TASKSET_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );

const contentOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
