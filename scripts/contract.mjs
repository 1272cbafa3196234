/**
 * `npm run check:contract`: whoever relies on the API, the command line, the metrics, the settings or the reporting views as
 * they were released can go on doing so (docs/stability.md). Holds what the code has against what the last release had, and
 * fails at everything that breaks one. `npm run contract`: makes what there is the contract of the release that is being
 * made; with `--major` also where it breaks the one before.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareToCheck, root as here } from './prepare.mjs';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    major: { type: 'boolean', default: false },
    root: { type: 'string', default: here },
  },
});

prepareToCheck();
process.chdir(here);
await import('../test/support/jest-typescript.mjs');
const { breaksBetween } = await import('./contract/breaks.ts');
const { losses, surface } = await import('./contract/surface.ts');

const document = readFileSync(join(values.root, 'openapi.json'), 'utf8');
const sources = readFileSync(join(values.root, 'deploy/dbt/sources.yml'), 'utf8');
const contracts = [
  { file: 'docs/openapi.released.json', text: document, compare: breaksBetween },
  { file: 'docs/surface.released.json', text: `${JSON.stringify(surface(sources), null, 2)}\n`, compare: losses },
];

const breaks = contracts.flatMap(({ file, text, compare }) => {
  const released = join(values.root, file);
  return existsSync(released) ? compare(JSON.parse(readFileSync(released, 'utf8')), JSON.parse(text)) : [];
});
for (const broken of breaks) console.error(broken);
if (values.check || (breaks.length > 0 && !values.major)) process.exitCode = breaks.length > 0 ? 1 : 0;
else
  for (const { file, text } of contracts) {
    writeFileSync(join(values.root, file), text);
    console.log(`${file} is the contract now`);
  }
