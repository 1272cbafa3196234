import { writeSync } from 'node:fs';

const standardError = 2;

/** Closes the run with one plain line, `tests: N passed, N failed`. A spec file that did not even load counts as failed. */
export default class PlainClosingLine {
  #line = '';

  constructor() {
    // Jest's own summary comes after all reporters; only the very end of the process is after that.
    process.once('exit', () => writeSync(standardError, `\n${this.#line}\n`));
  }

  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    this.#line = `tests: ${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  }
}
