/**
 * `npm run release -- --dry-run`: which version what is unreleased in CHANGELOG.md would be, and what would be written.
 * Without it: writes that version everywhere; `--version 1.2.3` is another one. What comes next it says; none of it is done.
 * `npm run check:release`: everything that says a version says the same. `--root` is another checkout, for tests.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareToCheck, root as here } from './prepare.mjs';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    version: { type: 'string' },
    root: { type: 'string', default: here },
  },
});

prepareToCheck();
await import('../test/support/jest-typescript.mjs');
const { compare, disagreements, isVersion, nextVersion, versionsIn, withRelease } =
  await import('./release/changelog.ts');

/** Where the version stands: the first such line of each, as text, so that nothing else of the file moves. */
const places = {
  'package.json': /^( {2}"version": ")([^"]+)/m,
  'package-lock.json': /^( {2}"version": ")([^"]+)/m,
  'package-lock.json, packages': /^( {6}"version": ")([^"]+)/m,
  'clients/typescript/package.json': /^( {2}"version": ")([^"]+)/m,
  'openapi.json': /^( {4}"version": ")([^"]+)/m,
};
const fileOf = (place) => join(values.root, place.split(',')[0]);
const said = Object.fromEntries(
  Object.entries(places).map(([place, pattern]) => [place, pattern.exec(readFileSync(fileOf(place), 'utf8'))?.[2]]),
);
const changelogFile = join(values.root, 'CHANGELOG.md');
const changelog = readFileSync(changelogFile, 'utf8');

const problems = disagreements(changelog, said);
if (!values.check && problems.length === 0) problems.push(...release());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Answers why it cannot be. */
function release() {
  const present = said['package.json'];
  const version = values.version ?? nextVersion(changelog, present);
  if (version === null) return ['CHANGELOG.md: nothing is unreleased'];
  if (!isVersion(version)) return [`--version: expected three numbers, such as 1.2.3`];
  const isFirst = versionsIn(changelog).length === 1;
  if (!isFirst && compare(version, present) <= 0) return [`${version} is not after ${present}`];
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${version}, ${date}${values['dry-run'] ? ' (nothing is written)' : ''}`);
  for (const place of ['CHANGELOG.md', ...Object.keys(places)]) console.log(`  ${place}`);
  if (values['dry-run']) return [];

  writeFileSync(changelogFile, withRelease(changelog, version, date));
  for (const [place, pattern] of Object.entries(places)) {
    const text = readFileSync(fileOf(place), 'utf8');
    writeFileSync(fileOf(place), text.replace(pattern, `$1${version}`));
  }
  console.log(`Next: npm run contract, npm run check, npm test, git commit, git tag v${version}, npm pack`);
  return [];
}
