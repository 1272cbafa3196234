/**
 * One room (`MUTATED_ROOM`, see scripts/mutation.mjs) is broken in every small way there is, one at a time; counted is
 * how many of the breaks its fast specs (test/mutation) notice. docs/mutation.md explains those that nothing can notice.
 */
const USE_CASES = 'src/application/{commands,queries}/*.ts';
const THEIR_PARTS = 'src/application/{envelope,position-token,receipts}.ts';
const ROOMS = {
  domain: ['src/domain/**/*.ts'],
  application: ['src/application/*.ts', `!${THEIR_PARTS}`],
  'use-cases': [USE_CASES, THEIR_PARTS],
};
const room = process.env.MUTATED_ROOM ?? 'domain';
const folder = '.holdfast/mutation';

export default {
  testRunner: 'jest',
  // Jest loads ES modules only through the first flag; the second drops the warning that comes with it.
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { configFile: 'test/mutation/jest.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  mutate: ROOMS[room],
  concurrency: 2,
  // Jest does not give back the modules of a run: a worker that lives for ever fills the memory.
  maxTestRunnerReuse: 60,
  timeoutMS: 2_500,
  timeoutFactor: 1.5,
  incremental: true,
  incrementalFile: `${folder}/${room}.incremental.json`,
  tempDirName: `${folder}/sandbox-${room}`,
  ignorePatterns: ['/dist', '/docs', '/bench', '/.holdfast'],
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: `${folder}/${room}.json` },
  clearTextReporter: { logTests: false, allowColor: false },
  thresholds: { high: 95, low: 85, break: 85 },
};
