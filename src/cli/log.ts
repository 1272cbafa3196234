import type { Command } from 'commander';
import { registerLogExport } from './log-export.js';
import { registerLogImport } from './log-import.js';
import { registerLogRenew } from './log-renew.js';
import { registerLogSeal } from './log-seal.js';
import { registerLogVerify } from './log-verify.js';

const EXAMPLES = `
Examples:
  holdfast log key seal.key                             # makes seal.key and seal.key.pub
  holdfast log seal --key seal.key --out 2027-02.seal   # keep it where the log is not
  holdfast log verify --seal 2027-02.seal --key seal.key.pub
  holdfast log export /backup/2027-02                   # and, on an empty log: holdfast log import /backup/2027-02

Exit codes: 0 done, and nothing is wrong; 3 something is not as it was written; 1 it could not be done.
`;

/** `holdfast log`: one verb a file. */
export function registerLog(program: Command): void {
  const log = program.command('log').description('the log itself: whether it is as it was written, and moving it');
  log.addHelpText('after', EXAMPLES);
  registerLogVerify(log);
  registerLogSeal(log);
  registerLogExport(log);
  registerLogImport(log);
  registerLogRenew(log);
}
