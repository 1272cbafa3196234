import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { UsageError } from './open.js';

export interface WriteOptions {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** The options of every command that changes something. */
export const writes = (command: Command): Command =>
  command
    .option('--dry-run', 'look at everything, change nothing, and say what would be done')
    .option('--yes', 'do not ask')
    .option('--json', 'as JSON');

/** Asks on the terminal. Throws UsageError where there is none to ask on, or when the answer is no. */
export async function consent(question: string, { yes, dryRun }: WriteOptions): Promise<void> {
  if (yes || dryRun) return;
  if (!process.stdin.isTTY) throw new UsageError(`${question} Say --yes, or --dry-run to see what would be done.`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write(`${question} [y/N] `);
    const [answer] = (await Promise.race([once(asking, 'line'), once(asking, 'close').then(() => [''])])) as [string];
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('Nothing was changed.');
  } finally {
    asking.close();
  }
}

/** Who is asking, as far as the machine knows. */
export function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as containers have it.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
