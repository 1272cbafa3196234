import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../bench/support/ports.js';
import { faultsOfPackage, unpackedPackage, version } from '../release/package.js';
import { SECRET, Stage } from '../support/processes.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { STORIES, blocksOf } from './pages.js';
import { Terminal } from './terminal.js';

/**
 * What somebody who does the tutorial or a how-to page finds: its blocks from the top down, on one service for all pages,
 * which runs from the package as it would be released.
 */
const SERVICE = '127.0.0.1:3000';
/** Where the programs of the pages listen. */
const PORTS = ['8080', '8081'];
/** The block of a page that another page has its reader save under a name. */
const SAVED = { page: 'docs/webhooks.md', name: 'genuine.mjs' };

const BLOCKS = new Map([...STORIES, SAVED.page].map((page) => [page, blocksOf(page)]));

let database: TestDatabase;
let stage: Stage;
let folder: string;
let unpacked: string;
let url: string;
let addresses: ReadonlyMap<string, string>;
const cwd = process.cwd();

beforeAll(async () => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'stories-'));
  [database, unpacked] = await Promise.all([freshDatabase(), unpackedPackage(path.join(folder, 'package'))]);
  stage = await Stage.open({ root: unpacked });
  ({ url } = await stage.api({ DATABASE_URL: database.url, WEBHOOKS_ALLOW_PRIVATE: 'on' }));
  const ports = await Promise.all(PORTS.map(async (port) => [port, String(await freePorts())] as const));
  addresses = new Map([[SERVICE, new URL(url).host], ...ports]);
  for (const [page, blocks] of BLOCKS)
    for (const { language, tag, text } of blocks) if (language === 'js' && tag === 'run') save(page, text);
});
afterAll(async () => {
  process.chdir(cwd);
  await stage?.close();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** Under the name in its first line. */
function save(page: string, text: string): void {
  const name = page === SAVED.page ? SAVED.name : /^\/\/ (\S+\.mjs)\n/.exec(text)?.[1];
  if (name === undefined) throw new Error(`${page}: a program without its name in the first line`);
  writeFileSync(path.join(folder, name), terminal().here(text));
}

const terminal = (): Terminal => {
  const settings = { DATABASE_URL: database.url, DATA_DIR: stage.dataDir, AUTH_HS256_SECRET: SECRET };
  return new Terminal({ folder, addresses, settings });
};

it.each(STORIES)('whoever does what %s says finds what it says', async (page) => {
  const reader = terminal();
  const faults: string[] = [];
  process.chdir(folder);
  try {
    for (const { language, tag, text, line } of BLOCKS.get(page)!)
      if (language === 'sh' && tag === 'run')
        faults.push(...(await reader.type(text)).map((fault) => `${page}:${line}: ${fault}`));
      else if (language !== 'js' && tag === 'run') faults.push(`${page}:${line}: nobody runs ${language}`);
  } finally {
    await reader.close();
    process.chdir(cwd);
  }
  expect(faults).toEqual([]);
});

describe('the package', () => {
  it('has exactly what belongs into it, and no secret', () => {
    expect(faultsOfPackage(unpacked)).toEqual([]);
    writeFileSync(path.join(unpacked, 'notes.txt'), 'whsec_'.padEnd(50, 'x'));
    rmSync(path.join(unpacked, 'LICENSE'));
    expect(faultsOfPackage(unpacked)).toHaveLength(3);
  });

  it('is a command line and a service of the version that it says', async () => {
    const env = { PATH: process.env['PATH'] };
    const { stdout } = await promisify(execFile)(process.execPath, ['bin/holdfast.mjs', '--version'], {
      ...{ cwd: unpacked, env },
    });
    const { info } = (await (await fetch(`${url}/openapi.json`)).json()) as { info: { version: string } };
    expect([stdout.trim(), info.version]).toEqual([version, version]);
    const pages = ['/docs', '/control-room'].map(async (page) => (await fetch(url + page)).status);
    expect(await Promise.all(pages)).toEqual([200, 200]);
  });
});

it('a story that comes out otherwise is found', async () => {
  const lines = [
    'curl http://127.0.0.1:3000/health/live\n# → 404',
    'curl http://127.0.0.1:3000/v1/events/nowhere\n# → 404 sold-out',
    'curl http://127.0.0.1:3000/health/live',
    'npx holdfast audit nowhere',
    'node nowhere.mjs',
    'psql',
  ];
  const reader = terminal();
  expect((await reader.type(lines.join('\n'))).map((fault) => fault.split(': ')[0])).toEqual(
    lines.map((line) => line.split('\n')[0]),
  );
});
