/**
 * `npm run docs:events`, `docs:cli`, `docs:openapi`, `docs:settings`, `docs:metrics`: writes the documents that are made
 * from the code. With `--check` writes nothing and fails when they are not what the code says. `--root` is another checkout's documents, for tests.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { pinOf, pinsIn } from './pins.mjs';
import { prepareToCheck, root as here } from './prepare.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false }, root: { type: 'string', default: here } },
});

prepareToCheck();
process.chdir(here);
await import('../test/support/jest-typescript.mjs');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const makers = {
  events: async () => (await import('./docs/events.ts')).eventDocs(),
  settings: async () => (await import('./docs/settings.ts')).settingsDocs(),
  metrics: async () => (await import('./docs/metrics.ts')).metricsDocs(),
  cli: async () => (await import('./docs/cli.ts')).cliDocs(),
  openapi: async () => (await import('./docs/openapi.ts')).openapiDocs(version),
};

const pins = pinsIn(values.root);
const problems = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(makers)) {
  const made = await makers[name]();
  for (const [path, text] of made) settle(name, path, text);
  if (name === 'events') for (const path of strangers(made)) problems.push(`${path} is not made from the code`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Writes one document, or says what is wrong with it. What is pinned was written to logs in that form, and stays. */
function settle(name, path, text) {
  const file = join(values.root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (Object.hasOwn(pins, path) && pinOf(path, text) !== pins[path])
    problems.push(
      `${path} is what is in logs, and the code says otherwise: a changed form is a new version with an upcaster`,
    );
  else if (values.check) problems.push(`${path} is not what the code says: npm run docs:${name}`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(path);
  }
}

/** Schemas of versions that are no longer written are pinned; any other is somebody's own. */
function strangers(made) {
  const folder = 'docs/schemas';
  const names = existsSync(join(values.root, folder)) ? readdirSync(join(values.root, folder)) : [];
  return names.map((name) => `${folder}/${name}`).filter((path) => !made.has(path) && !Object.hasOwn(pins, path));
}
