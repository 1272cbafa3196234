import { Command } from 'commander';
import { holdfast } from '../../src/cli/program.js';

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  /** Null: none was set. */
  readonly exitCode: number | null;
}

/** What one command line prints, in this process, with nothing in the environment but what is said. */
export async function run(
  register: (program: Command) => void,
  settings: Readonly<Record<string, string>>,
  ...words: string[]
): Promise<Printed> {
  const before = { env: process.env, exitCode: process.exitCode };
  const { stdout, stderr } = process;
  const writes = { stdout: stdout.write, stderr: stderr.write };
  const printed = { stdout: '', stderr: '' };
  const note = (name: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
    printed[name] += String(text);
    return true;
  };
  process.env = { PATH: before.env['PATH'], ...settings };
  process.exitCode = undefined;
  stdout.write = note('stdout') as typeof stdout.write;
  stderr.write = note('stderr') as typeof stderr.write;
  const program = new Command('holdfast').exitOverride();
  register(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    const code = process.exitCode as number | undefined;
    return { ...printed, exitCode: code ?? null };
  } finally {
    stdout.write = writes.stdout;
    stderr.write = writes.stderr;
    process.env = before.env;
    process.exitCode = before.exitCode;
  }
}

/** Registers all of them. */
export const everyVerb = (program: Command): void => {
  for (const verb of holdfast('0.0.0').commands) program.addCommand(verb);
};
