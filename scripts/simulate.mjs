/**
 * `npm run simulate -- …`: makes the checkout ready, then runs the simulator from its sources, which are among the
 * tests and so in no build.
 */
import { prepareToCheck } from './prepare.mjs';

prepareToCheck();
await import('../test/support/jest-typescript.mjs');
await import('../test/simulation/main.ts');
