import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync, renameSync, rmSync, openSync, fsyncSync, closeSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { BadSeal, newKeys, sealOf, sealingKey } from '../infrastructure/event-store/seal.js';
import { holding } from './ending.js';
import { textOf, toldOfFile } from './files.js';
import { shown, tell, walked, withWalk } from './log-told.js';
import { UsageError } from './open.js';

const SEAL_EXAMPLES = `
Examples:
  holdfast log seal --key seal.key --out 2027-02.seal
  holdfast log seal --key seal.key | ssh safe 'cat > 2027-02.seal'

Exit codes: 0 sealed, 3 the log is not as it was written and was not sealed, 1 it could not be done.
`;

const KEY_EXAMPLES = `
Example:
  holdfast log key seal.key             # makes seal.key and seal.key.pub

Exit codes: 0 both files are made, 1 they are not.
`;

/** `holdfast log seal` and `holdfast log key`. */
export function registerLogSeal(log: Command): void {
  log
    .command('seal')
    .description('verify the log, and sign where every stream ends, so that a cut or rewritten log is noticed later')
    .requiredOption('--key <file>', 'an Ed25519 private key (PEM)')
    .option('--out <file>', 'where to; standard output unless said')
    .option('--json', 'say what was sealed as JSON; needs --out')
    .addHelpText('after', SEAL_EXAMPLES)
    .action(seal);
  log
    .command('key')
    .description('make a pair of keys for seals: <file>, readable by you only, and <file>.pub')
    .argument('<file>', 'of the private key; there must be none of that name')
    .option('--json', 'as JSON')
    .addHelpText('after', KEY_EXAMPLES)
    .action((file: string, { json }: { readonly json?: true }) => {
      makePair(file);
      const made = { privateKey: file, publicKey: `${file}.pub` };
      process.stdout.write(json ? `${JSON.stringify(made, null, 2)}\n` : `${file}\n${file}.pub\n`);
    });
}

/** Both files or neither. Throws UsageError, also where one of that name is there. */
function makePair(file: string): void {
  const { privateKey, publicKey } = newKeys();
  const pair = [
    [file, privateKey, 0o600],
    [`${file}.pub`, publicKey, 0o666],
  ] as const;
  const made: string[] = [];
  try {
    for (const [name, pem, mode] of pair) {
      const opened = openSync(name, 'wx', mode);
      made.push(name);
      writeFileSync(opened, pem);
      closeSync(opened);
    }
  } catch (error) {
    for (const name of made) rmSync(name, { force: true });
    throw toldOfFile(error);
  }
}

interface SealOptions {
  readonly key: string;
  readonly out?: string;
  readonly json?: true;
}

async function seal({ key: keyFile, out, json }: SealOptions): Promise<void> {
  if (json && out === undefined) throw new UsageError('--json needs --out: without it the seal is what is printed');
  // A log is walked for minutes: what is wrong with either file is found before.
  const key = keyIn(keyFile);
  const draft = out === undefined ? null : new Draft(out);
  const letGo = (): void => draft?.close();
  await holding(letGo, () =>
    withWalk(async (walk, logId) => {
      const report = await walked(walk, 0);
      if (report.wrong > 0) {
        const findings = report.findings.map(shown);
        process.stderr.write('The log is not as it was written, and is not sealed.\n');
        const { records, wrong } = report;
        return tell({ ok: false, logId, records, wrong, first: findings[0], findings }, json);
      }
      const lines = sealOf(walk, { logId, sealedAt: new Date().toISOString() }, report, key);
      if (draft === null) await print(lines);
      else await draft.fill(lines);
      const { records, position } = report;
      if (json)
        process.stdout.write(`${JSON.stringify({ logId, records, position: String(position), file: out }, null, 2)}\n`);
      else process.stderr.write(`Sealed: ${records} records, up to position ${position}.\n`);
    }),
  );
}

/** Throws UsageError where the file has no key to seal with. */
function keyIn(file: string): KeyObject {
  try {
    return sealingKey(textOf(file));
  } catch (error) {
    throw error instanceof BadSeal ? new UsageError(error.message) : error;
  }
}

async function print(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (!process.stdout.write(line)) await once(process.stdout, 'drain');
}

/** Whole or not at all: a file of that name is a seal with its signature. */
class Draft {
  private readonly name: string;
  private readonly file: number;

  /** Throws UsageError where nothing can be written. */
  constructor(private readonly out: string) {
    this.name = `${out}.new-${process.pid}`;
    try {
      // What is put into the place of a folder, a device or a pipe is not written to it.
      if (statSync(out, { throwIfNoEntry: false })?.isFile() === false)
        throw new UsageError(`--out: expected a file, or a name that is free, not ${out}`);
      // In a container the process id is that of the attempt before, which may have been killed.
      rmSync(this.name, { force: true });
      this.file = openSync(this.name, 'wx');
    } catch (error) {
      throw toldOfFile(error);
    }
  }

  async fill(lines: AsyncIterable<string>): Promise<void> {
    try {
      for await (const line of lines) writeFileSync(this.file, line);
      fsyncSync(this.file);
      renameSync(this.name, this.out);
    } catch (error) {
      throw toldOfFile(error);
    }
  }

  /** Nothing is left of one that was not filled. Its descriptor goes with the process: who still writes must not meet another file. */
  close(): void {
    rmSync(this.name, { force: true });
  }
}
