/**
 * `node scripts/contract.mjs`: fails when `openapi.json` breaks what the last release promised, with a line for each
 * break. With `--release` the present document becomes the promise.
 * `--root` is another checkout's documents, for tests.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root as here } from './prepare.mjs';

const RELEASED = 'docs/contract/openapi.json';

const { values } = parseArgs({
  options: { release: { type: 'boolean', default: false }, root: { type: 'string', default: here } },
});
await import('../test/support/jest-typescript.mjs');
const { breakingChanges } = await import('./contract/breaking.ts');

const present = readFileSync(join(values.root, 'openapi.json'), 'utf8');
if (values.release) writeFileSync(join(values.root, RELEASED), present);
const released = JSON.parse(readFileSync(join(values.root, RELEASED), 'utf8'));
const breaks = breakingChanges(released, JSON.parse(present));
for (const line of breaks) console.error(`breaks ${RELEASED}: ${line}`);
process.exitCode = breaks.length > 0 ? 1 : 0;
