import { mkdir, readFile, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PREFIX = 'holdfast-test-';
const MEMORY = '/dev/shm';
/** A server, its write-ahead log and the clusters of fault tests come to less than half of it. */
const ROOM_BYTES = 4e9;

/** Before all specs: their databases are in memory where there is room, else in the system's temporary folder. */
export default async function globalSetup(): Promise<void> {
  await setUp((await hasRoomInMemory()) ? MEMORY : tmpdir());
}

/**
 * Names the folder of this run's Postgres for the workers. The server itself is started by the first suite that wants
 * a database (see `postgres.ts`). Also clears away what a killed run has left behind.
 */
export async function setUp(parent = tmpdir()): Promise<void> {
  for (const folder of [MEMORY, tmpdir()])
    for (const name of await readdir(folder).catch(() => [])) {
      const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : NaN;
      if (pid > 0 && (pid === process.pid || !isAlive(pid))) await removeTestServer(path.join(folder, name));
    }
  const directory = path.join(parent, `${PREFIX}${process.pid}`);
  await mkdir(directory, { recursive: true });
  process.env['HOLDFAST_TEST_DATA_DIR'] = directory;
}

/** A database is made for most tests of tables, and most of that is files: in memory it takes a third of the time. */
async function hasRoomInMemory(): Promise<boolean> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '');
  // Where programs may run: that is where their copy goes when the account of Postgres cannot reach ours.
  if (!/^\S+ \/dev\/shm tmpfs (?!\S*noexec)/m.test(mounts)) return false;
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize >= ROOM_BYTES;
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
