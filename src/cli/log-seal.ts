import { once } from 'node:events';
import { writeFileSync, renameSync, rmSync, openSync, writeSync, fsyncSync, closeSync } from 'node:fs';
import type { Command } from 'commander';
import { newKeys, sealOf } from '../infrastructure/event-store/seal.js';
import { textOf } from './files.js';
import { shown, tell, walked, withWalk } from './log-told.js';

/** `holdfast log seal` and `holdfast log key`. */
export function registerLogSeal(log: Command): void {
  log
    .command('seal')
    .description('verify the log, and sign where every stream ends, so that a cut or rewritten log is noticed later')
    .requiredOption('--key <file>', 'an Ed25519 private key (PEM)')
    .option('--out <file>', 'where to; standard output unless said')
    .action(seal);
  log
    .command('key')
    .description('make a pair of keys for seals: <file>, readable by you only, and <file>.pub')
    .argument('<file>')
    .action((file: string) => {
      const { privateKey, publicKey } = newKeys();
      writeFileSync(file, privateKey, { mode: 0o600, flag: 'wx' });
      writeFileSync(`${file}.pub`, publicKey, { flag: 'wx' });
      process.stdout.write(`${file}\n${file}.pub\n`);
    });
}

async function seal({ key: keyFile, out }: { readonly key: string; readonly out?: string }): Promise<void> {
  const key = textOf(keyFile);
  await withWalk(async (walk, logId) => {
    const report = await walked(walk, 0);
    if (report.wrong > 0) {
      const findings = report.findings.map(shown);
      process.stderr.write('The log is not as it was written, and is not sealed.\n');
      return tell({ ok: false, logId, records: report.records, wrong: report.wrong, first: findings[0], findings });
    }
    const lines = sealOf(walk, { logId, sealedAt: new Date().toISOString() }, report, key);
    await write(lines, out);
    process.stderr.write(`Sealed: ${report.records} records, up to position ${report.position}.\n`);
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
