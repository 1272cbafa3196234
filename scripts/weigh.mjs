/** `npm run check:weight`: no page of the control room loads more script than this, gzipped. `--most` is another bound. */
import { parseArgs } from 'node:util';
import { prepareToCheck } from './prepare.mjs';

const { values } = parseArgs({ options: { most: { type: 'string', default: String(45 * 1_024) } } });
const most = Number(values.most);

prepareToCheck();
const { sizesOfPages } = await import('./islands.mjs');
const sizes = await sizesOfPages();
for (const { page, bytes } of sizes) console.log(`${page.padEnd(16)} ${String(bytes).padStart(6)} of ${most} bytes`);
if (sizes.length === 0 || !sizes.every(({ bytes }) => bytes <= most)) process.exitCode = 1;
