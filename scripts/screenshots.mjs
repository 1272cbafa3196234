/**
 * `npm run screenshots`: pictures of the control room, light, dark and as a phone shows it, into `docs/control-room/`. `--to`
 * is another folder.
 */
import { parseArgs } from 'node:util';
import { prepareToTest, root } from './prepare.mjs';

const { values } = parseArgs({ options: { to: { type: 'string', default: `${root}docs/control-room` } } });

prepareToTest();
process.chdir(root);
await import('../test/support/jest-typescript.mjs');
const { takePictures } = await import('../test/control-room/pictures.ts');
for (const path of await takePictures(values.to)) console.log(path);
