/**
 * `npm run mutation`: breaks the domain and the use cases in every small way there is, one at a time, and counts how
 * many of the breaks the fast specs notice. docs/mutation.md lists those that nothing can notice.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'jest',
  // Jest loads ES modules only through the first flag; the second drops the warning that comes with it.
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { configFile: 'test/mutation/jest.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  mutate: ['src/domain/**/*.ts', 'src/application/**/*.ts'],
  concurrency: 2,
  timeoutMS: 3_000,
  timeoutFactor: 1.5,
  incremental: true,
  incrementalFile: '.holdfast/mutation/incremental.json',
  tempDirName: '.holdfast/mutation/sandbox',
  ignorePatterns: ['/dist', '/docs', '/bench', '/.holdfast'],
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: '.holdfast/mutation/report.json' },
  clearTextReporter: { logTests: false, allowColor: false },
  thresholds: { high: 95, low: 85, break: 85 },
};
