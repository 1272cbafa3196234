import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PREFIX = 'holdfast-test-';

/**
 * Names the folder of this run's Postgres for the workers. The server itself is started by the first suite that wants
 * a database (see `postgres.ts`). Also clears away what a killed run has left behind.
 */
export default async function globalSetup(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : NaN;
    if (pid > 0 && (pid === process.pid || !isAlive(pid))) await removeTestServer(path.join(tmpdir(), name));
  }
  const directory = path.join(tmpdir(), `${PREFIX}${process.pid}`);
  await mkdir(directory, { recursive: true });
  process.env['HOLDFAST_TEST_DATA_DIR'] = directory;
}

/** Stops the server of that folder, if one runs, and deletes the folder. */
export async function removeTestServer(directory: string): Promise<void> {
  const file = await readFile(path.join(directory, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(file.split('\n')[0]);
  const isServer = async () =>
    pid > 0 && (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres')).includes('postgres');
  if (pid > 0 && isAlive(pid) && (await isServer())) {
    process.kill(pid, 'SIGQUIT'); // Its data is thrown away: it need not be tidy.
    for (let waited = 0; isAlive(pid) && waited < 5_000; waited += 20) await sleep(20);
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
