/**
 * `npm run fuzz -- --seed N --requests N`: the built service on a Postgres of its own, asked what its own description
 * allows, nearly allows and does not allow at all. Ends with 1 at the first answer that is not as described.
 */
import { rm } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { setUp } from '../support/global-setup.js';
import { reportOf } from './report.js';
import { Subject } from './subject.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

const { json, ...plan } = new Command('npm run fuzz --')
  .description('Asks a service everything, and holds each answer against the description and the log.')
  .option('--seed <number>', 'of what is asked', wholeNumber, Date.now() % 1_000_000_000)
  .option('--requests <number>', 'how many', wholeNumber, 20_000)
  .option('--lanes <number>', 'connections that ask at the same time', wholeNumber, 4)
  .option('--json', 'prints one line of JSON instead: seed, requests, failures, ms', false)
  .parse()
  .opts<{ seed: number; requests: number; lanes: number; json: boolean }>();

await setUp();
const subject = await Subject.open(null);
try {
  const { outcome, ofLog } = await subject.fuzz(plan);
  const failures = [...outcome.failures.map(({ what }) => what), ...ofLog];
  const { requests, tookMs } = outcome;
  const summary = { seed: plan.seed, requests, failures, ms: Math.round(tookMs) };
  console.log(json ? JSON.stringify(summary) : reportOf(outcome, ofLog));
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await subject.close();
  await rm(process.env['HOLDFAST_TEST_DATA_DIR'] as string, { recursive: true, force: true });
}
