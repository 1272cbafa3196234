/**
 * `npm run golden`: makes golden records of every version that has none, and pins what is not pinned yet; what is there
 * it leaves alone. With `--check` writes nothing, and fails when a pinned file was changed or is gone, or one is not
 * pinned. `--root` is another checkout's files, for tests.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MANIFEST, pinOf, pinnable, pinsIn } from './pins.mjs';
import { prepareToCheck, root as here } from './prepare.mjs';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, root: { type: 'string', default: here } },
});
const { check, root } = values;

if (!check) await makeMissing();
const pins = pinsIn(root);
const read = (path) => readFileSync(join(root, path), 'utf8');
const problems = [];
for (const [path, pin] of Object.entries(pins)) {
  if (!existsSync(join(root, path))) problems.push(`${path} is gone: logs hold what it shows, and have to be readable`);
  else if (pinOf(path, read(path)) !== pin)
    problems.push(`${path} was changed: it shows what is in logs, which stays; a changed form is a new version`);
}
const added = pinnable(root).filter((path) => !Object.hasOwn(pins, path));
if (check) for (const path of added) problems.push(`${path} is not pinned: npm run golden`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else if (added.length > 0) pin();

function pin() {
  const all = [...Object.entries(pins), ...added.map((path) => [path, pinOf(path, read(path))])];
  const sorted = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(root, MANIFEST), `${JSON.stringify(sorted, null, 2)}\n`);
  for (const path of added) console.log(`pinned ${path}`);
}

async function makeMissing() {
  prepareToCheck();
  await import('../test/support/jest-typescript.mjs');
  const { makeGolden } = await import('../test/support/golden.ts');
  for (const name of makeGolden(root)) console.log(`made ${name}`);
}
