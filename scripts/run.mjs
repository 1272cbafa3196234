/**
 * `node scripts/run.mjs bench/demo …`: makes the checkout ready, then runs that built program in this process with
 * the remaining arguments.
 */
import { fileURLToPath } from 'node:url';
import { stopWithParent } from './parent.mjs';
import { prepareToRun } from './prepare.mjs';

const [program, ...rest] = process.argv.slice(2);
const built = new URL(`../dist/${program}.js`, import.meta.url);

prepareToRun();
process.argv = [process.execPath, fileURLToPath(built), ...rest];
stopWithParent();
await import(built.href);
