/**
 * `npm run simulate -- --seed N --commands 1000000`: the core under simulated processes, clocks and store, in worlds of
 * 5,000 commands with the seeds N, N+1, …; ends with 1 at the first promise that does not hold, names it in the first
 * line, and says how to replay it.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { campaign, explain, serve, type Campaign } from './crew.js';
import { numbersIn } from './script.js';
import { replay, reportOf } from './shrink.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

function entryNumbers(text: string): number[] {
  const numbers = numbersIn(text);
  if (numbers === null) throw new InvalidArgumentError('numbers and ranges, as in 1-3,7');
  return numbers;
}

const options = new Command('npm run simulate --')
  .description('Runs the core in simulated worlds and checks every record and every answer.')
  .option('--seed <number>', 'of the first world', wholeNumber, Date.now() % 1_000_000_000)
  .option('--commands <number>', 'in all worlds together', wholeNumber, 100_000)
  .option('--keep <numbers>', 'of one world only these deeds and faults, and tells them', entryNumbers)
  .option('--processes <number>', 'that share the worlds among them', wholeNumber, availableParallelism())
  .addOption(new Option('--crew').hideHelp())
  .option('--json', 'prints one line of JSON instead: seed, commands, violation, ms', false)
  .parse()
  .opts<{ seed: number; commands: number; keep?: number[]; processes: number; crew?: true; json: boolean }>();

const { seed, commands, keep, processes, json } = options;
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

/** To the error output, so that the first line of the other is the verdict. */
function onWorld({ commands: done, worlds }: Campaign): void {
  if (json || !process.stderr.isTTY) return;
  const rate = Math.round(done / ((performance.now() - startedAt) / 1_000));
  process.stderr.write(`\r${done} of ${commands} commands, ${worlds} worlds, ${rate} commands/s `);
  if (done >= commands) process.stderr.write('\n');
}

async function runAll(): Promise<boolean> {
  const done = await campaign(seed, commands, Math.max(1, processes), onWorld);
  const { failed } = done;
  const table = tableOf(done);
  const broken = failed?.violation ?? null;
  const violation = broken === null ? null : { invariant: broken.invariant, message: broken.message };
  const isTold = failed !== null && !json;
  const verdict = isTold ? await explain(failed) : `no promise was broken from the seed ${seed} on`;
  say(`${verdict}\n${table}`, { seed: failed?.seed ?? seed, commands: done.commands, violation });
  return failed === null;
}

async function runAgain(kept: readonly number[]): Promise<boolean> {
  const plan = { seed, commands };
  const run = await replay(plan, kept);
  const { violation: broken } = run;
  const violation = broken === null ? null : { invariant: broken.invariant, message: broken.message };
  const told = broken === null ? ['no promise was broken', ...run.history].join('\n') : null;
  say(told ?? reportOf({ run, keep: kept }, plan), { seed, commands: run.commands, violation });
  return broken === null;
}

if (options.crew === true) serve();
else process.exitCode = (keep === undefined ? await runAll() : await runAgain(keep)) ? 0 : 1;
