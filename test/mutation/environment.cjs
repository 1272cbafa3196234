// The environment that our specs have everywhere else.
const TestEnvironment = require('../support/jest-environment.cjs');

/** The mutant that a test has already noticed: what is left of its run is skipped. */
let noticed;

module.exports = class extends TestEnvironment {
  handleTestEvent(event) {
    const mutant = process.env.__STRYKER_ACTIVE_MUTANT__;
    if (mutant === undefined) return;
    if (event.name === 'test_start' && noticed === mutant) event.test.mode = 'skip';
    if (event.name === 'test_done' && event.test.errors.length > 0) noticed = mutant;
  }
};
