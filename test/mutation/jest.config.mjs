import { fileURLToPath } from 'node:url';
import config from '../../jest.config.mjs';

// The same histories every time: a mutant that one run kills and the next does not would tell nothing. Fewer, because
// each of some thousand mutants meets them.
process.env.FC_SEED ??= '20270301';
process.env.FC_RUNS ??= '120';

const { globalSetup: _setup, globalTeardown: _teardown, reporters: _reporters, ...rest } = config;

/** @type {import('jest').Config} */
export default {
  ...rest,
  rootDir: '../..',
  testEnvironment: fileURLToPath(new URL('environment.cjs', import.meta.url)),
  testMatch: [`<rootDir>/test/mutation/${process.env.MUTATED_ROOM}-specs.ts`],
};
