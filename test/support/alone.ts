import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const WAITS_MS = 60_000;
const POLL_MS = 20;

/** Of all workers of this run, one at a time does what has this name; the others wait, for a minute at most. */
export async function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, `${what}.lock`);
  for (const end = Date.now() + WAITS_MS; !(await take(lock)); await sleep(POLL_MS))
    if (Date.now() > end) throw new Error(`${lock} was held for ${WAITS_MS} ms`);
  try {
    return await work();
  } finally {
    await rmdir(lock);
  }
}

const take = (lock: string): Promise<boolean> =>
  mkdir(lock).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
