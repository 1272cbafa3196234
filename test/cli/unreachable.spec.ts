import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase } from '../support/postgres.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'unreachable-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every name has two addresses, as localhost has on many machines. */
const TWO_ADDRESSES =
  'import dns from "node:dns"; const addresses = [{ address: "::1", family: 6 }, { address: "127.0.0.1", family: 4 }];' +
  'dns.lookup = (name, options, done) => process.nextTick(done, null, addresses);';

/** A program of ours as an operator starts it, to its end. */
const run = ([program, ...words]: readonly string[], settings: Readonly<Record<string, string>>) => {
  const lookup = `--import=data:text/javascript,${encodeURIComponent(TWO_ADDRESSES)}`;
  return spawnSync(process.execPath, [lookup, path.join(ROOT, program!), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], DATA_DIR: folder, AUTH_HS256_SECRET: 'x'.repeat(32), PORT: '0', ...settings },
  });
};

/** Nobody listens there. */
const away = (host: string): string => `postgres://ann:hush@${host}:1/none`;
/** What each is found to be, in the words of the system. */
const HOSTS = [
  ['127.0.0.1', 'connect ECONNREFUSED 127\\.0\\.0\\.1:1'],
  ['two.example', 'connect E\\w+ ::1:1.*; connect ECONNREFUSED 127\\.0\\.0\\.1:1'],
] as const;
const BIN = 'bin/holdfast.mjs';

it.each([
  ['a verb', '', [BIN, 'audit', 'demo']],
  ['migrate', '', [BIN, 'migrate']],
  ['migrate --check', '', [BIN, 'migrate', '--check']],
  ['the service', 'Holdfast cannot start. ', ['dist/bundle/api.js']],
  ['the projector', 'The projector cannot go on. ', ['dist/bundle/projector.js']],
])('%s says in a sentence which setting names a database that is not there, and why', (_, before, words) => {
  for (const [host, why] of HOSTS) {
    const { status, stderr } = run(words, { DATABASE_URL: away(host) });
    expect(stderr).toMatch(new RegExp(`^${before}DATABASE_URL cannot be reached: ${why}\\n$`));
    expect([status, stderr.includes('hush')]).toEqual([1, false]);
  }
});

it('so does doctor, among all else that it looks at', () => {
  for (const [host, why] of HOSTS)
    expect(run([BIN, 'doctor'], { DATABASE_URL: away(host) }).stdout).toMatch(
      new RegExp(` cannot be reached: ${why}\n`),
    );
});

it.each([
  ['a verb', [BIN, 'audit', 'demo'], 'stderr'],
  ['migrate --check', [BIN, 'migrate', '--check'], 'stderr'],
  ['doctor', [BIN, 'doctor'], 'stdout'],
  ['the service', ['dist/bundle/api.js'], 'stderr'],
  ['the projector', ['dist/bundle/projector.js'], 'stderr'],
] as const)('%s says so of a certificate that an address names and that is not there', (_, words, where) => {
  const printed = run(words, { DATABASE_URL: 'postgres://ann@127.0.0.1:1/none?sslrootcert=/none/ca.pem' });
  expect(printed[where]).toMatch(/ cannot be reached: ENOENT: no such file or directory, open '\/none\/ca\.pem'\n/);
  expect([printed.status, printed.stderr.includes('    at ')]).toEqual([1, false]);
});

it('the log may be in a database of its own, which another setting names', async () => {
  const database = await freshDatabase();
  try {
    for (const words of [
      [BIN, 'verify'],
      [BIN, 'migrate'],
    ])
      expect(run(words, { DATABASE_URL: database.url, EVENT_STORE_URL: away('127.0.0.1') })).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^EVENT_STORE_URL cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1\n$/),
      });
  } finally {
    await database.drop();
  }
});

it.each([
  ['a verb', '', [BIN, 'audit', 'demo']],
  ['the service', 'Holdfast cannot start. ', ['dist/bundle/api.js']],
  ['the projector', 'The projector cannot go on. ', ['dist/bundle/projector.js']],
])('%s says in a sentence that DATA_DIR is no folder that can be used, and why', (_, before, words) => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  const { status, stderr } = run(words, { DATA_DIR: path.join(file, 'data') });
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`^${before}DATA_DIR cannot be used: ENOTDIR: .*, mkdir '.*/file/data'\\n$`)),
  ]);
});

it('the service says the same where it would keep its secret', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  const { status, stderr } = run(['dist/bundle/api.js'], { DATA_DIR: file, AUTH_HS256_SECRET: '' });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^Holdfast cannot start\. Bad settings:\n {2}DATA_DIR: expected a folder .* \(ENOTDIR: .*\)\n$/,
  );
});
