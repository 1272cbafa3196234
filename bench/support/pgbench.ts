import { execFile } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './postgres.js';

const run = promisify(execFile);
/** Where packages of Linux distributions put it, beside the PATH. */
const PACKAGED = '/usr/lib/postgresql';
/** Beyond its running time. */
const PATIENCE_MS = 30_000;

/** The load generator that comes with Postgres, written in C: what the server does when the client costs nothing. */
export interface Pgbench {
  readonly version: string;
  /** Runs a script for so long on so many connections, prepared. Answers transactions a second. */
  run(url: string, load: PgbenchLoad): Promise<number>;
}

export interface PgbenchLoad {
  /** Of one transaction; `:event` and `:user` are set. */
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
  /** The events are named by numbers, from the first to the last. */
  readonly events: { readonly first: number; readonly last: number };
}

/** The one that is installed; null when there is none. */
export async function findPgbench(): Promise<Pgbench | null> {
  const versions = await readdir(PACKAGED).catch(() => []);
  const packaged = versions.sort((a, b) => Number(b) - Number(a)).map((v) => path.join(PACKAGED, v, 'bin', 'pgbench'));
  for (const program of [...packaged, 'pgbench']) {
    const version = await run(program, ['--version']).catch(() => null);
    if (version !== null) return { version: version.stdout.trim(), run: (url, load) => runOn(program, url, load) };
  }
  return null;
}

async function runOn(program: string, url: string, load: PgbenchLoad): Promise<number> {
  const { script, clients, seconds, events } = load;
  const folder = await temporaryFolder();
  try {
    const file = path.join(folder, 'script.sql');
    const names = `\\set event random(${events.first}, ${events.last})\n\\set user random(1, 1000000000000)\n`;
    await writeFile(file, names + script);
    const threads = Math.min(2, clients);
    const settings = ['--no-vacuum', '--protocol=prepared', `--client=${clients}`, `--jobs=${threads}`];
    const { stdout } = await run(program, [...settings, `--time=${seconds}`, `--file=${file}`, url], {
      timeout: seconds * 1_000 + PATIENCE_MS,
    });
    const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
    if (rate === undefined) throw new Error(`pgbench did not say its rate: ${stdout}`);
    return Number(rate);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
