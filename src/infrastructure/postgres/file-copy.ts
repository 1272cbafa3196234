import { chmod, chown, copyFile, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

/** What a copy came to. Positions are those of Postgres's write-ahead log. */
export interface FileCopy {
  readonly files: number;
  readonly bytes: number;
  readonly from: string;
  readonly to: string;
}

/** Of no use in a copy, or wrong there. The folders themselves must be there. */
const WITHOUT_CONTENT = /^(pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans|pg_wal)$/;
const LEFT_OUT = /^(postmaster\.(pid|opts)|pg_internal\.init.*|pgsql_tmp.*|backup_label(\.old)?)$/;

/**
 * Copies the data directory of a running Postgres into `folder`, which is whole and on the disk when this returns.
 * Everything that was committed before the call is in it, and the server goes on meanwhile: between `pg_backup_start` and
 * `pg_backup_stop` files may be copied while they change, and the write-ahead log of that time, copied last, makes them fit
 * each other at the first start (the PostgreSQL manual on making a base backup with the low-level API). A temporary replication slot keeps the server from recycling that log. `timeoutMs` bounds each statement. Throws what
 * Postgres and the file system throw.
 */
export async function copyCluster(
  url: string,
  directory: string,
  folder: string,
  timeoutMs: number,
): Promise<FileCopy> {
  const client = new pg.Client({
    ...{ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs },
    application_name: 'holdfast-backup',
  });
  client.on('error', () => undefined); // The statement that was running reports it.
  await client.connect();
  try {
    await client.query(
      "SELECT pg_create_physical_replication_slot('holdfast_backup_' || pg_backend_pid(), true, true)",
    );
    const { rows: begun } = await client.query<{ lsn: string }>(
      "SELECT pg_backup_start('holdfast backup', fast => true) AS lsn",
    );
    const copied = await copyFolder(directory, folder);
    const { rows: ended } = await client.query<{ lsn: string; labelfile: string; spcmapfile: string }>(
      'SELECT lsn, labelfile, spcmapfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    const [{ lsn: to, labelfile, spcmapfile }] = ended as [(typeof ended)[0]];
    const log = await copyFolder(path.join(directory, 'pg_wal'), path.join(folder, 'pg_wal'));
    await writeAs(directory, path.join(folder, 'backup_label'), labelfile);
    if (spcmapfile !== '') throw new Error('this Postgres has tablespaces, which are not copied');
    return { files: copied.files + log.files, bytes: copied.bytes + log.bytes, from: begun[0]!.lsn, to };
  } finally {
    await client.end();
  }
}

/** Owner and rights come along: as root, Postgres runs as another user. What vanishes meanwhile is in the log. */
async function copyFolder(from: string, to: string): Promise<{ files: number; bytes: number }> {
  const sum = { files: 0, bytes: 0 };
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    try {
      if (entry.isDirectory()) {
        const inside = WITHOUT_CONTENT.test(entry.name) ? await emptyFolder(target) : await copyFolder(source, target);
        sum.files += inside.files;
        sum.bytes += inside.bytes;
        await ownLike(source, target);
      } else {
        await copyFile(source, target);
        sum.files += 1;
        sum.bytes += await ownLike(source, target);
        await synced(target);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isThere(source))) throw error;
    }
  }
  await ownLike(from, to);
  await synced(to);
  return sum;
}

/** What is missing otherwise is a place to copy to. */
const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** A file, or the names in a folder, are on the disk. */
export async function synced(name: string): Promise<void> {
  const handle = await open(name);
  await handle.sync().finally(() => handle.close());
}

async function emptyFolder(folder: string): Promise<{ files: number; bytes: number }> {
  await mkdir(folder, { recursive: true });
  await synced(folder);
  return { files: 0, bytes: 0 };
}

/** Answers the size in bytes. */
async function ownLike(source: string, target: string): Promise<number> {
  const { mode, uid, gid } = await stat(source);
  await chmod(target, mode);
  if (process.getuid?.() === 0) await chown(target, uid, gid);
  return (await stat(target)).size;
}

async function writeAs(directory: string, file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  const { uid, gid } = await stat(directory);
  if (process.getuid?.() === 0) await chown(file, uid, gid);
  await synced(file);
  await synced(path.dirname(file));
}
