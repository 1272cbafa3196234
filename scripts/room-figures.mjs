/**
 * `npm run room:figures`: how fast the first page of the control room is, and how smooth its grid stays, with 10,000 events
 * and 200 changes a second on screen for 30 s. `--events`, `--seconds`: others.
 * Ends with 1 when a target is missed.
 */
import { parseArgs } from 'node:util';
import { prepareToTest, root } from './prepare.mjs';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '30' } },
});

prepareToTest();
process.chdir(root);
await import('../test/support/jest-typescript.mjs');
const { takeFigures } = await import('../test/control-room/figures.ts');
const figures = await takeFigures(Number(values.events), Number(values.seconds));
console.log(JSON.stringify(figures, null, 2));
if (figures.short.length > 0) process.exitCode = 1;
