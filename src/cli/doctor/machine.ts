import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { StoreConfig } from '../../infrastructure/config.js';
import { ok, wrong, type Check } from './check.js';

const MIB = 1_048_576;

/** Room to write below DATA_DIR, or where it will be made. */
export async function checkDisk({ dataDir, limits }: StoreConfig): Promise<Check[]> {
  const folder = await firstThere(dataDir);
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / MIB);
  const found = `${free} MiB free in ${folder}`;
  if (free >= limits.diskFreeMib) return [ok('disk', found)];
  const todo = `Make room, or set DATA_DIR to a larger disk: fewer than ${limits.diskFreeMib} MiB (DISK_FREE_MIB) are left.`;
  return [wrong('disk', found, todo)];
}

async function firstThere(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  return isThere || folder === path.dirname(folder) ? folder : firstThere(path.dirname(folder));
}

/** The secret that the service has made for itself; with AUTH_ settings there may be none. */
export async function checkSecret({ dataDir }: StoreConfig): Promise<Check[]> {
  const file = path.join(dataDir, 'secret');
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null)
    return [ok('secret', `there is no ${file}: tokens are checked by AUTH_ settings, or nothing has started yet`)];
  const mode = `mode 0${(found.mode & 0o777).toString(8)}`;
  if ((found.mode & 0o077) === 0) return [ok('secret', `${file} has ${mode}`)];
  const todo = `chmod 600 ${file}; if others may have read it, delete it: the next start makes another, and tokens signed with this one end.`;
  return [wrong('secret', `${file} has ${mode}: others may read it`, todo)];
}

/** How far this machine's clock is from the database's. The answer's age is unknown up to the round trip. */
export async function checkClock(limitMs: number, ask: () => Promise<number>): Promise<Check[]> {
  const before = Date.now();
  const theirs = await ask();
  const after = Date.now();
  const offMs = theirs < before ? Math.round(before - theirs) : theirs > after ? Math.round(theirs - after) : 0;
  const found = `${offMs} ms from the database's`;
  if (limitMs === 0) return [ok('clock', `${found}; CLOCK_SKEW_LIMIT_MS=0: nobody minds`)];
  if (offMs <= limitMs) return [ok('clock', found)];
  return [
    wrong('clock', found, `Set both by NTP: above ${limitMs} ms (CLOCK_SKEW_LIMIT_MS) every command is refused.`),
  ];
}
