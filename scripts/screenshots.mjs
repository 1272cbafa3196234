/**
 * `npm run screenshots`: pictures of every page of the control room, light, dark and as a phone shows it, into
 * `.holdfast/screenshots` or, with `--to`, another folder. `--docs` takes those that the documents show, into `docs/control-room`.
 */
import { parseArgs } from 'node:util';
import { prepareToTest, root } from './prepare.mjs';

const { values } = parseArgs({ options: { to: { type: 'string' }, docs: { type: 'boolean', default: false } } });
const folder = values.to ?? `${root}${values.docs ? 'docs/control-room' : '.holdfast/screenshots'}`;

prepareToTest();
process.chdir(root);
await import('../test/support/jest-typescript.mjs');
const { takePictures } = await import('../test/control-room/pictures.ts');
for (const path of await takePictures(folder, values.docs)) console.log(path);
