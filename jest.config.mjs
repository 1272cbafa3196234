/**
 * Specs run as ES modules, compiled by swc with decorator metadata (the same `.swcrc` as the build).
 * One spec alone: `npm test -- test/domain/booking.spec.ts -t 'part of a sentence'`.
 *
 * @type {import('jest').Config}
 */
export default {
  testEnvironment: '<rootDir>/test/support/jest-environment.cjs',
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.holdfast/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  globalSetup: '<rootDir>/test/support/jest-global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/jest-global-teardown.mjs',
  testSequencer: '<rootDir>/test/support/jest-sequencer.mjs',
  reporters: ['default', '<rootDir>/test/support/jest-reporter.mjs'],
  maxWorkers: 2,
  testTimeout: 30_000,
};
