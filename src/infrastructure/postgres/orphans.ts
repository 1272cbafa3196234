import { readFile, readdir, readlink } from 'node:fs/promises';
import type { Log } from '../logger.js';

/**
 * Ends what a killed server of this data directory left behind. Its processes leave by themselves when they notice; but one
 * that waits for a lock of another that was killed never does, and as long as it is there no new server starts. Linux
 * only: elsewhere nobody says whose directory a process works in, and it must be ended by hand.
 */
export async function endOrphans(directory: string, log: Log): Promise<void> {
  for (const pid of await orphansOf(directory)) {
    log.warn('A process of a Postgres that was killed has not left, and is ended', { pid, dataDir: directory });
    try {
      // Nobody is left whom a signal that gives no time could take by surprise.
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function orphansOf(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isOrphan(pid, directory)) ? [pid] : [])));
  return found.flat();
}

async function isOrphan(pid: number, directory: string): Promise<boolean> {
  const stat = STAT.exec(await textOf(pid, 'stat'));
  if (stat?.groups?.['name'] !== 'postgres') return false;
  // A postmaster, also one that is just starting, shows how it was called; its children show what they do.
  if (!(await textOf(pid, 'cmdline')).startsWith('postgres: ')) return false;
  if ((await readlink(`/proc/${pid}/cwd`).catch(() => null)) !== directory) return false;
  return STAT.exec(await textOf(Number(stat.groups['parent']), 'stat'))?.groups?.['name'] !== 'postgres';
}

const STAT = /^\d+ \((?<name>.*)\) \S (?<parent>\d+) /s;

/** Empty when it is gone, or not ours to look at. */
const textOf = (pid: number, file: 'stat' | 'cmdline'): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
