import { once } from 'node:events';
import { writeFileSync, renameSync, rmSync, openSync, writeSync, fsyncSync, closeSync } from 'node:fs';
import type { Command } from 'commander';
import { newKeys, sealOf } from '../infrastructure/event-store/seal.js';
import { textOf } from './files.js';
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
      const { privateKey, publicKey } = newKeys();
      writeFileSync(file, privateKey, { mode: 0o600, flag: 'wx' });
      writeFileSync(`${file}.pub`, publicKey, { flag: 'wx' });
      const made = { privateKey: file, publicKey: `${file}.pub` };
      process.stdout.write(json ? `${JSON.stringify(made, null, 2)}\n` : `${file}\n${file}.pub\n`);
    });
}

interface SealOptions {
  readonly key: string;
  readonly out?: string;
  readonly json?: true;
}

async function seal({ key: keyFile, out, json }: SealOptions): Promise<void> {
  if (json && out === undefined) throw new UsageError('--json needs --out: without it the seal is what is printed');
  const key = textOf(keyFile);
  await withWalk(async (walk, logId) => {
    const report = await walked(walk, 0);
    if (report.wrong > 0) {
      const findings = report.findings.map(shown);
      process.stderr.write('The log is not as it was written, and is not sealed.\n');
      const { records, wrong } = report;
      return tell({ ok: false, logId, records, wrong, first: findings[0], findings }, json);
    }
    const lines = sealOf(walk, { logId, sealedAt: new Date().toISOString() }, report, key);
    await write(lines, out);
    const { records, position } = report;
    if (json)
      process.stdout.write(`${JSON.stringify({ logId, records, position: String(position), file: out }, null, 2)}\n`);
    else process.stderr.write(`Sealed: ${records} records, up to position ${position}.\n`);
  });
}

/** Whole or not at all: a file of that name is a seal with its signature. */
async function write(lines: AsyncIterable<string>, out: string | undefined): Promise<void> {
  if (out === undefined) {
    for await (const line of lines) if (!process.stdout.write(line)) await once(process.stdout, 'drain');
    return;
  }
  const draft = `${out}.new-${process.pid}`;
  const file = openSync(draft, 'wx');
  try {
    for await (const line of lines) writeSync(file, line);
    fsyncSync(file);
    renameSync(draft, out);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
