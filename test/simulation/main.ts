/**
 * `npm run simulate -- --seed N --commands 1000000`: the core under simulated processes, clocks and store, in worlds of
 * 5,000 commands with the seeds N, N+1, …; ends with 1 at the first promise that does not hold, names it in the first
 * line, and says how to replay it.
 */
import { Command, InvalidArgumentError } from 'commander';
import { campaign, reportOf, type Campaign } from './campaign.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

const options = new Command('npm run simulate --')
  .description('Runs the core in simulated worlds and checks every record and every answer.')
  .option('--seed <number>', 'of the first world', wholeNumber, Date.now() % 1_000_000_000)
  .option('--commands <number>', 'in all worlds together', wholeNumber, 100_000)
  .option('--json', 'prints one line of JSON instead: seed, commands, violation, ms', false)
  .parse()
  .opts<{ seed: number; commands: number; json: boolean }>();

const { seed, commands, json } = options;
const startedAt = performance.now();

/** What nobody awaited is a bug like any other. */
process.on('unhandledRejection', (error) => {
  const message = `bug ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  say(message, { seed, commands, violation: { invariant: 'bug', message } });
  process.exit(1);
});

function say(text: string, summary: object): void {
  console.log(json ? JSON.stringify({ ...summary, ms: Math.round(performance.now() - startedAt) }) : text);
}

function tableOf({ commands: done, worlds, counts }: Campaign): string {
  const seconds = (performance.now() - startedAt) / 1_000;
  const rows = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, times]) => `${String(times).padStart(10)}  ${what}`);
  const rate = Math.round(done / seconds);
  return [...rows, `${done} commands in ${worlds} worlds, ${seconds.toFixed(1)} s, ${rate} commands/s`].join('\n');
}

const done = await campaign(seed, commands);
const { failed } = done;
const broken = failed?.violation ?? null;
const violation = broken === null ? null : { invariant: broken.invariant, message: broken.message };
const outcome = failed === null ? `no promise was broken from the seed ${seed} on` : reportOf(failed);
say(`${outcome}\n${tableOf(done)}`, { seed: failed?.seed ?? seed, commands: done.commands, violation });
process.exitCode = failed === null ? 0 : 1;
