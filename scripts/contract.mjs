/**
 * `npm run check:contract`: whoever wrote a client for the API as it was released can go on using it. Holds openapi.json
 * against the contract of the last release and fails at everything that breaks one. `npm run contract`: makes what is in
 * openapi.json the contract of the release that is being made; with `--major` also where it breaks the one before.
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
const document = join(values.root, 'openapi.json');
const released = join(values.root, 'docs/openapi.released.json');

prepareToCheck();
await import('../test/support/jest-typescript.mjs');
const { breaksBetween } = await import('./contract/breaks.ts');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const breaks = existsSync(released) ? breaksBetween(read(released), read(document)) : [];
for (const broken of breaks) console.error(broken);
if (values.check || (breaks.length > 0 && !values.major)) process.exitCode = breaks.length > 0 ? 1 : 0;
else {
  writeFileSync(released, readFileSync(document));
  console.log(`${released} is the contract now`);
}
