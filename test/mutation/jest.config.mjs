import { fileURLToPath } from 'node:url';
import config from '../../jest.config.mjs';

// The same histories every time: a mutant that one run kills and the next does not would tell nothing. Fewer, because
// each of some thousand mutants meets them.
process.env.FC_SEED ??= '20270301';
process.env.FC_RUNS ??= '120';

/** No database is started, and nothing is reported but to Stryker. @type {import('jest').Config} */
export default {
  ...config,
  globalSetup: null,
  globalTeardown: null,
  reporters: ['default'],
  rootDir: '../..',
  testEnvironment: fileURLToPath(new URL('environment.cjs', import.meta.url)),
  testMatch: [`<rootDir>/test/mutation/${process.env.MUTATED_ROOM}-specs.ts`],
};
