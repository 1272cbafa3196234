import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What belongs into the package, each pattern for one thing that somebody who installs it needs. */
const BELONGS: readonly RegExp[] = [
  /^package\.json$/,
  /^npm-shrinkwrap\.json$/,
  /^(README|CHANGELOG|SECURITY)\.md$/,
  /^LICENSE$/,
  /^\.env\.example$/,
  /^openapi\.json$/,
  /^bin\/holdfast\.mjs$/,
  /^dist\/bundle\/(api|projector|rebuild|holdfast)\.js$/,
  /^dist\/control-room\/[\w.-]+\.(js|css)$/,
  /^dist\/src\/infrastructure\/http\/control-room\/templates\/[\w-]+\.eta$/,
  /^dist\/src\/infrastructure\/postgres\/migrations\/\d{4}_\w+\.sql$/,
];
/** What must be in no file: keys, tokens, and where it was made. */
const SECRETS = [/-----BEGIN [A-Z ]*PRIVATE KEY/, /_authToken/, /whsec_[A-Za-z0-9+/]{30}/, /a secret for tests/];
const MOST_BYTES = 12_000_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

export const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

/** Packs this checkout with npm and unpacks it into a folder, with the packages beside it that `npm ci` would put there. */
export async function unpackedPackage(folder: string): Promise<string> {
  // Not the settings of an npm that may run this test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  mkdirSync(folder, { recursive: true });
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, env, shell: process.platform === 'win32' });
  await run('tar', ['-xzf', `holdfast-${version}.tgz`], { cwd: folder });
  const unpacked = path.join(folder, 'package');
  symlinkSync(path.join(root, 'node_modules'), path.join(unpacked, 'node_modules'), 'junction');
  return unpacked;
}

/** What is in it and does not belong, or belongs and is not in it; and every secret. */
export function faultsOfPackage(unpacked: string): string[] {
  const names = filesBelow(unpacked).filter((name) => !name.startsWith('node_modules'));
  const migrations = 'dist/src/infrastructure/postgres/migrations';
  const needed = filesBelow(path.join(root, migrations)).map((name) => `${migrations}/${name}`);
  const bytes = names.reduce((sum, name) => sum + statSync(path.join(unpacked, name)).size, 0);
  return [
    ...names.filter((name) => !BELONGS.some((pattern) => pattern.test(name))).map((name) => `${name} does not belong`),
    ...BELONGS.filter((pattern) => !names.some((name) => pattern.test(name))).map((pattern) => `no ${String(pattern)}`),
    ...needed.filter((name) => !names.includes(name)).map((name) => `no ${name}`),
    ...names.flatMap((name) => {
      const text = readFileSync(path.join(unpacked, name), 'utf8');
      const secrets = SECRETS.filter((pattern) => pattern.test(text)).map(String);
      return [...secrets, ...(text.includes(root) ? [root] : [])].map((what) => `${name} has ${what}`);
    }),
    ...(bytes > MOST_BYTES ? [`${bytes} bytes`] : []),
  ];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [entry.name];
    return entry.isDirectory() ? filesBelow(path.join(folder, entry.name)).map((name) => `${entry.name}/${name}`) : [];
  });
}
