/**
 * `npm start`: makes the checkout ready, then becomes the service. The built program runs in this very process, so
 * that a signal reaches it without a detour. `--api` leaves the projector out, `--projector` runs nothing else.
 */
import { parseArgs } from 'node:util';
import { stopWithParent } from './parent.mjs';
import { prepareToRun } from './prepare.mjs';

const { values } = parseArgs({ options: { api: { type: 'boolean' }, projector: { type: 'boolean' } } });
if (values.api) process.env.PROJECTOR = 'off';

prepareToRun();
stopWithParent();
await import(new URL(`../dist/bundle/${values.projector ? 'projector' : 'api'}.js`, import.meta.url).href);
