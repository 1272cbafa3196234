/**
 * `npm run fuzz -- …`: makes the checkout ready, built service included, then runs the fuzzer from its sources, which
 * are among the tests and so in no build.
 */
import { stopWithParent } from './parent.mjs';
import { prepareToTest } from './prepare.mjs';

prepareToTest();
stopWithParent();
await import('../test/support/jest-typescript.mjs');
await import('../test/fuzz/main.ts');
