import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { isAlive } from '../infrastructure/postgres/cluster.js';
import { copyCluster, synced } from '../infrastructure/postgres/file-copy.js';
import { holding } from './ending.js';
import { toldOfFile } from './files.js';
import { UsageError, withStores } from './open.js';

const EXAMPLES = `
Examples:
  holdfast backup /backup/2027-02-01
  DATA_DIR=/backup/2027-02-01 holdfast log verify      # the copy is a DATA_DIR of its own

Bookings may go on: the copy is of one moment, that at which the command ends. It is whole when the folder has its name.
For the embedded Postgres; how any other is backed up and restored: docs/backup.md.

Exit codes: 0 the copy is whole; 1 it could not be made, and nothing is left of it.
`;

/** A copy is read file by file; each statement to Postgres is answered within this, its checkpoint included. */
const STATEMENT_WITHIN_MS = 120_000;

/** `holdfast backup`. */
export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description('copy the embedded Postgres, as it is at one moment, while it serves')
    .argument('<folder>', 'where to; there must be nothing of that name')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, { json }: { json?: true }) => {
      const target = path.resolve(folder);
      if (existsSync(target)) throw new UsageError(`${target} is there already: say a folder that is not`);
      await withStores(async ({ config: { dataDir }, database }) => {
        if (!database.isEmbedded)
          throw new UsageError('DATABASE_URL is set: its files are where its server is. See docs/backup.md');
        if (`${target}${path.sep}`.startsWith(`${path.resolve(dataDir, 'postgres')}${path.sep}`))
          throw new UsageError(`${target} is among the files that are copied: say a folder elsewhere`);
        const copy = await copyInto(target, dataDir, database.url);
        const told = { folder: target, ...copy };
        process.stdout.write(json ? `${JSON.stringify(told, null, 2)}\n` : sentence(told));
      });
    });
}

async function copyInto(target: string, dataDir: string, url: string) {
  // Of its own: another attempt may be under way.
  const draft = `${target}.new-${process.pid}-${randomUUID()}`;
  const letGo = (): Promise<void> => rm(draft, { recursive: true, force: true });
  return holding(letGo, async () => {
    await removeAbandoned(target);
    await mkdir(draft, { mode: 0o755 });
    const copy = await copyCluster(
      url,
      path.join(dataDir, 'postgres'),
      path.join(draft, 'postgres'),
      STATEMENT_WITHIN_MS,
    );
    const secret = path.join(dataDir, 'secret');
    if (existsSync(secret)) {
      await copyFile(secret, path.join(draft, 'secret'));
      await synced(path.join(draft, 'secret'));
    }
    await synced(draft);
    await rename(draft, target);
    await synced(path.dirname(target));
    return copy;
  }).catch((error: unknown) => {
    throw toldOfFile(error);
  });
}

/** The process that makes the copy, and what no folder of anybody else is called. */
const DRAFT = /^(\d+)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What attempts have left that were killed. */
async function removeAbandoned(target: string): Promise<void> {
  const [folder, begin] = [path.dirname(target), `${path.basename(target)}.new-`];
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(begin) ? DRAFT.exec(name.slice(begin.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

const sentence = ({ folder, files, bytes }: { folder: string; files: number; bytes: number }): string =>
  `${folder}: ${files} files, ${(bytes / 2 ** 20).toFixed(1)} MiB\nafter a restore: holdfast log verify, then holdfast log renew --yes\n`;
