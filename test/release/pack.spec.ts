import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { Stage } from '../support/processes.js';

/** What belongs into the package, each pattern for one thing that somebody who installs it needs. */
const BELONGS: readonly RegExp[] = [
  /^package\.json$/,
  /^npm-shrinkwrap\.json$/,
  /^(README|CHANGELOG|SECURITY)\.md$/,
  /^LICENSE$/,
  /^\.env\.example$/,
  /^openapi\.json$/,
  /^bin\/holdfast\.mjs$/,
  /^dist\/bundle\/(api|projector|holdfast)\.js$/,
  /^dist\/control-room\/[\w.-]+\.(js|css)$/,
  /^dist\/src\/infrastructure\/http\/control-room\/templates\/[\w-]+\.eta$/,
  /^dist\/src\/infrastructure\/postgres\/migrations\/\d{4}_\w+\.sql$/,
];
/** What must be in no file: keys, tokens, and where it was made. */
const SECRETS = [/-----BEGIN [A-Z ]*PRIVATE KEY/, /_authToken/, /whsec_[A-Za-z0-9+/]{30}/, /a secret for tests/];
const MOST_BYTES = 12_000_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
const run = promisify(execFile);

let folder: string;
let unpacked: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'pack-'));
  database = await freshDatabase();
  // Not the settings of an npm that may run this test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, env, shell: process.platform === 'win32' });
  await run('tar', ['-xzf', `holdfast-${version}.tgz`], { cwd: folder });
  unpacked = path.join(folder, 'package');
  // What `npm ci` puts beside it.
  symlinkSync(path.join(root, 'node_modules'), path.join(unpacked, 'node_modules'), 'junction');
});
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const packed = (): string[] =>
  readdirSync(unpacked, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !name.startsWith('node_modules') && statSync(path.join(unpacked, name)).isFile());

it('has exactly what belongs into it', () => {
  const names = packed();
  expect(names.filter((name) => !BELONGS.some((pattern) => pattern.test(name)))).toEqual([]);
  expect(BELONGS.filter((pattern) => !names.some((name) => pattern.test(name)))).toEqual([]);
  const all = (at: string): string[] => readdirSync(path.join(root, at)).map((name) => `${at}/${name}`);
  expect(names).toEqual(expect.arrayContaining(all('dist/src/infrastructure/postgres/migrations')));
  expect(names.reduce((sum, name) => sum + statSync(path.join(unpacked, name)).size, 0)).toBeLessThan(MOST_BYTES);
});

it('holds no secret, and no path of where it was made', () => {
  const found = packed().flatMap((name) => {
    const text = readFileSync(path.join(unpacked, name), 'utf8');
    const secrets = SECRETS.filter((pattern) => pattern.test(text)).map(String);
    return [...secrets, ...(text.includes(root) ? [root] : [])].map((what) => `${name}: ${what}`);
  });
  expect(found).toEqual([]);
});

it('is a command line and a service of that version', async () => {
  const bin = path.join(unpacked, 'bin/holdfast.mjs');
  const { stdout } = await run(process.execPath, [bin, '--version'], { env: { PATH: process.env['PATH'] } });
  expect(stdout.trim()).toBe(version);

  const stage = await Stage.open({ root: unpacked });
  try {
    const { url } = await stage.api({ DATABASE_URL: database.url });
    const { info } = (await (await fetch(`${url}/openapi.json`)).json()) as { info: { version: string } };
    expect(info.version).toBe(version);
    const pages = ['/docs', '/docs/swagger-ui.css', '/control-room'].map(
      async (page) => (await fetch(url + page)).status,
    );
    expect(await Promise.all(pages)).toEqual([200, 200, 200]);
  } finally {
    await stage.close();
  }
});
