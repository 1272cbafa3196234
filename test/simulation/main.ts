/**
 * `npm run simulate -- --seed N --commands 1000000`: the core under simulated processes, clocks and store, in worlds of
 * 5,000 commands with the seeds N, N+1, …; ends with 1 at the first promise that does not hold, and says how to replay it.
 */
import { Command, InvalidArgumentError } from 'commander';
import { campaign, reportOf } from './campaign.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

const options = new Command('npm run simulate --')
  .description('Runs the core in simulated worlds and checks every record and every answer.')
  .option('--seed <number>', 'of the first world', wholeNumber, Date.now() % 1_000_000_000)
  .option('--commands <number>', 'in all worlds together', wholeNumber, 100_000)
  .parse()
  .opts<{ seed: number; commands: number }>();

const { seed, commands } = options;
console.log(`seed ${seed}, ${commands} commands`);
const startedAt = performance.now();
const { failed, counts, ...done } = await campaign(seed, commands);
const seconds = (performance.now() - startedAt) / 1_000;
const rate = Math.round(done.commands / seconds);
for (const [what, times] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(times).padStart(10)}  ${what}`);
console.log(`${done.commands} commands in ${done.worlds} worlds, ${seconds.toFixed(1)} s, ${rate} commands/s`);
console.log(failed === null ? 'no promise was broken' : reportOf(failed));
process.exitCode = failed === null ? 0 : 1;
