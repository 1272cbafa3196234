import { type StdioOptions, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Stage } from '../support/processes.js';

const BIN = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await Stage.migrated();
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'ending-'));
  await stage.holdfast('log', 'key', file('seal.key'));
});
afterAll(async () => {
  await stage?.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string): string => path.join(folder, name);

/** A log that nobody can walk through: whoever begins waits, until the connection is cut. */
async function lockedLog(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await stage.databaseUrl() });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN; LOCK TABLE log.events, log.streams IN ACCESS EXCLUSIVE MODE');
  return client;
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a seal that %s ends leaves no draft and no Postgres behind',
  async (signal) => {
    const other = stage.command(['projections', 'status', '--watch', '--every', '60']);
    await other.says(/"generation":1/);
    const lock = await lockedLog();
    const seal = stage.command(['log', 'seal', '--key', file('seal.key'), '--out', file('a.seal')]);
    while (!existsSync(file(`a.seal.new-${seal.pid}`)) || !(await isWaitedFor(lock))) await sleep(20);
    other.signal('SIGINT');
    await other.ended;
    seal.signal(signal);
    expect(await seal.ended).toEqual({ code: null, signal });
    expect([readdirSync(folder).sort(), seal.output]).toEqual([['seal.key', 'seal.key.pub'], '']);
    expect(await stage.postgres()).toEqual([]);
  },
);

async function isWaitedFor(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'log.events'::regclass`);
  return rows.length > 0;
}

it('what is read no further ends without a word, and leaves no Postgres behind', async () => {
  const verify = stage.command(['verify']);
  verify.child.stdout!.destroy();
  expect([await verify.ended, verify.output]).toEqual([{ code: 1, signal: null }, '']);
  expect(await stage.postgres()).toEqual([]);
});

it('a watch that is read no further ends', async () => {
  const watch = stage.command(['projections', 'status', '--watch', '--every', '0.05']);
  await watch.says(/"generation":1/);
  watch.child.stdout!.destroy();
  expect([await watch.ended, await stage.postgres()]).toEqual([{ code: 1, signal: null }, []]);
});

it('what cannot be printed is told in a sentence', () => {
  for (const words of [['doctor'], ['config', '--json'], ['token', 'ada']]) {
    const env = { PATH: process.env['PATH'], DATABASE_URL: 'postgres://127.0.0.1:1/none', DATA_DIR: folder };
    const stdio: StdioOptions = ['ignore', openSync('/dev/full', 'w'), 'pipe'];
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...words], { encoding: 'utf8', env, stdio });
    expect([status, stderr]).toEqual([1, 'standard output: ENOSPC: no space left on device, write\n']);
  }
});

it('a seal takes the place of a file, and of nothing else', () => {
  const env = { PATH: process.env['PATH'], DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  symlinkSync('/dev/null', file('device'));
  for (const out of [folder, file('device')]) {
    const words = [BIN, 'log', 'seal', '--key', file('seal.key'), '--out', out];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
    expect([status, stderr]).toEqual([1, `--out: expected a file, or a name that is free, not ${out}\n`]);
  }
  rmSync(file('device'));
  const words = [BIN, 'log', 'seal', '--key', folder, '--out', file('a.seal')];
  expect(spawnSync(process.execPath, words, { encoding: 'utf8', env }).stderr).toMatch(`${folder}: EISDIR`);
});
