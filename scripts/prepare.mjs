/**
 * Makes a checkout ready to run, with nothing but Node: installs when `node_modules` is not what the lockfile says,
 * builds when `dist` is not what the sources say. On a checkout that is ready this costs a few milliseconds.
 * Everything is said on standard error, one line a step; the output of npm and of the build is shown only if they fail.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Everything the built files are made from. */
const buildInputs = [
  ...['src', 'projections', 'bench', 'clients', 'scripts/bundle.mjs', 'scripts/islands.mjs'],
  ...['.swcrc', 'nest-cli.json', 'tsconfig.json', 'package-lock.json'],
];
const buildStamp = join(root, 'dist', '.stamp');
const lockFolder = join(root, '.holdfast', 'prepare.lock');
const lockTimeoutMs = 10 * 60_000;
const lockPollMs = 200;

/** For a program in `dist/`: development packages are installed only if something has to be built. */
export function prepareToRun() {
  prepare(
    () => isInstalled({ development: !isBuilt() }),
    () => isBuilt(),
  );
}

/** For the tests: all packages, and the built service that some of them start and kill. */
export function prepareToTest() {
  prepare(
    () => isInstalled({ development: true }),
    () => isBuilt(),
  );
}

/** For tools that read the sources: all packages. */
export function prepareToCheck() {
  prepare(
    () => isInstalled({ development: true }),
    () => true,
  );
}

function prepare(installed, built) {
  if (installed() && built()) return;
  exclusively(() => {
    if (!installed()) install();
    if (!built()) build();
  });
}

/** Is every package of the lockfile there, in that version? Packages for other platforms are optional. */
function isInstalled({ development }) {
  const wanted = packagesIn('package-lock.json');
  const present = packagesIn('node_modules/.package-lock.json');
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || ((entry.dev || entry.devOptional) && !development)) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function install() {
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  step('installing packages (once, about a minute)', [...npm, 'ci', '--include=dev', '--loglevel=error']);
}

function build() {
  const inputs = stateOfInputs();
  step('building', [process.execPath, 'node_modules/@nestjs/cli/bin/nest.js', 'build']);
  step('bundling', [process.execPath, 'scripts/bundle.mjs']);
  writeFileSync(buildStamp, inputs);
}

function isBuilt() {
  try {
    return readFileSync(buildStamp, 'utf8') === stateOfInputs() && statSync(join(root, 'dist/bundle/api.js')).isFile();
  } catch {
    return false;
  }
}

/** Names, sizes and times of all inputs in one hash: changes when a file is edited, added, removed or renamed. */
function stateOfInputs() {
  const hash = createHash('sha256');
  for (const path of buildInputs.flatMap((input) => [...filesBelow(join(root, input))])) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${relative(root, path)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function* filesBelow(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name));
  else if (stat?.isFile()) yield path;
}

function step(what, [command, ...args]) {
  process.stderr.write(`holdfast: ${what} …\n`);
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status === 0) return;
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}holdfast: ${what} failed (${error?.message ?? signal ?? status})\n`,
  );
  process.exit(1);
}

/** Two processes that start at once on a fresh checkout must not install into each other: the second waits. */
function exclusively(work) {
  const deadline = Date.now() + lockTimeoutMs;
  const owner = join(lockFolder, 'pid');
  while (!tryLock(owner)) {
    if (!isAlive(owner)) rmSync(lockFolder, { recursive: true, force: true });
    else if (Date.now() > deadline) throw new Error(`another process has been installing for too long: ${lockFolder}`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPollMs);
  }
  const unlock = () => rmSync(lockFolder, { recursive: true, force: true });
  process.once('exit', unlock);
  work();
  process.off('exit', unlock);
  unlock();
}

function tryLock(owner) {
  mkdirSync(join(lockFolder, '..'), { recursive: true });
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(owner, String(process.pid));
  return true;
}

/** A lock whose owner died is taken over; one that is just being made (no pid yet) counts as alive for a second. */
function isAlive(owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return true;
  } catch (error) {
    if (error.code === 'EPERM') return true;
    if (error.code === 'ESRCH') return false;
    const madeAt = statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs;
    return madeAt !== undefined && Date.now() - madeAt < 1_000;
  }
}
