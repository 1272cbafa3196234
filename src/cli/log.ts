import { readFileSync, renameSync, writeFileSync, rmSync, openSync, writeSync, fsyncSync, closeSync } from 'node:fs';
import { once } from 'node:events';
import type { Command } from 'commander';
import {
  WALK_BOUNDS,
  verifyLog,
  type Finding,
  type LogReport,
  type LogWalk,
} from '../infrastructure/event-store/log-walk.js';
import { BadSeal, brokenHeads, newKeys, readSeal, sealOf, type SealTitle } from '../infrastructure/event-store/seal.js';
import { UsageError, withStores } from './open.js';
import { progressBar } from './progress.js';
import { painter } from './terminal.js';

/** Something is not as it should be; 1 is that it could not be looked at. */
const DIFFERS = 3;

const EXAMPLES = `
Examples:
  holdfast log key seal.key                             # makes seal.key and seal.key.pub
  holdfast log seal --key seal.key --out 2027-02.seal   # keep it where the log is not
  holdfast log verify --seal 2027-02.seal --key seal.key.pub

Exit codes: 0 the log is as it was written, 3 it is not, 1 it could not be looked at.
`;

const VERIFY_EXAMPLES = `
Examples:
  holdfast log verify
  holdfast log verify --seal 2027-02.seal --key seal.key.pub
  holdfast log verify --json | jq .first

Exit codes: 0 the log is as it was written, 3 it is not, 1 it could not be looked at.
`;

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

/** `holdfast log verify`, `holdfast log seal`, `holdfast log key`. */
export function registerLog(program: Command): void {
  const log = program.command('log').description('the log itself: whether it is as it was written');
  log.addHelpText('after', EXAMPLES);
  log
    .command('verify')
    .description('walk through the log and hold every record against its hash, its stream and its position')
    .option('--seal <file>', 'hold the log against a seal as well; needs --key')
    .option('--key <file>', 'the public key (PEM) of whoever sealed it')
    .option('--json', 'as JSON')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(verify);
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

interface VerifyOptions {
  readonly seal?: string;
  readonly key?: string;
  readonly json?: true;
}

async function verify({ seal: file, key, json }: VerifyOptions): Promise<void> {
  if ((file === undefined) !== (key === undefined)) throw new UsageError('--seal and --key belong together');
  const sealed = file === undefined ? null : await titleOf(file, textOf(key!));
  if (sealed instanceof BadSeal) return tell({ ok: false, seal: { file, wrong: [sealed.message] } }, json);
  await withWalk(async (walk, logId) => {
    const report = await walked(walk, sealed?.records ?? 0);
    const wrong = sealed === null ? [] : await wrongWithSeal(file!, sealed, report, walk);
    const findings = report.findings.map(shown);
    tell(
      {
        ok: report.wrong === 0 && wrong.length === 0,
        logId,
        records: report.records,
        position: String(report.position),
        digest: report.digest,
        wrong: report.wrong,
        first: findings[0] ?? null,
        findings,
        ...(sealed === null
          ? {}
          : { seal: { file, ofLog: sealed.logId, sealedAt: sealed.sealedAt, records: sealed.records, wrong } }),
      },
      json,
    );
  });
}

async function titleOf(file: string, key: string): Promise<SealTitle | BadSeal> {
  try {
    return await readSeal(file, key);
  } catch (error) {
    if (error instanceof BadSeal) return error;
    throw new UsageError((error as Error).message);
  }
}

/** What the seal says and the log does not. */
async function wrongWithSeal(
  file: string,
  sealed: SealTitle,
  { records, digestThen }: LogReport,
  walk: LogWalk,
): Promise<string[]> {
  if (digestThen === sealed.digest) return [];
  const heads = await brokenHeads(file, walk, WALK_BOUNDS.findings);
  const told = heads.map(({ stream, revision, what }) => `revision ${revision} of ${stream} ${what}`);
  if (digestThen === null) told.unshift(`the log had ${sealed.records} records and has ${records}: it was cut off`);
  return told.length > 0 ? told : ['its records stand in another order than when it was sealed'];
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

async function withWalk(work: (walk: LogWalk, logId: string) => Promise<void>): Promise<void> {
  await withStores(async ({ log }) => {
    const walk = log.walk();
    try {
      await work(walk, await log.store.identity());
    } finally {
      await walk.close();
    }
  });
}

async function walked(walk: LogWalk, then: number): Promise<LogReport> {
  const bar = progressBar('verify', walk.isGapless ? Number(await walk.head()) : 0);
  try {
    return await verifyLog(walk, then, bar.step);
  } finally {
    bar.end();
  }
}

const shown = ({ position, ...finding }: Finding) => ({
  position: position === null ? null : String(position),
  ...finding,
});

interface Told {
  readonly ok: boolean;
  readonly logId?: string;
  readonly records?: number;
  readonly position?: string;
  readonly digest?: string;
  readonly wrong?: number;
  readonly first?: ReturnType<typeof shown> | null | undefined;
  readonly findings?: readonly ReturnType<typeof shown>[];
  readonly seal?: {
    readonly file: string | undefined;
    readonly wrong: readonly string[];
    readonly [more: string]: unknown;
  };
}

const LINES = 20;

function tell(told: Told, json?: true): void {
  if (!told.ok) process.exitCode = DIFFERS;
  if (json) return void process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  const paint = painter();
  const lines: string[] = [];
  const { records, position, findings = [], wrong = 0, seal, logId } = told;
  for (const [n, { position: at, stream, revision, id, what }] of findings.slice(0, LINES).entries()) {
    const where = [
      ...(at === null ? [] : [`position ${at}`]),
      ...(stream === null ? [] : [`${stream}, revision ${revision}`]),
      ...(id === null ? [] : [`id ${id}`]),
    ];
    lines.push(`${n === 0 ? paint('red', 'first bad event: ') : paint('red', 'bad: ')}${where.join(', ')}: ${what}`);
  }
  if (wrong > LINES) lines.push(`and ${wrong - LINES} more`);
  for (const what of seal?.wrong ?? []) lines.push(`${paint('red', 'seal: ')}${what}`);
  if (records !== undefined)
    lines.push(`log ${logId}: ${records} records${position === undefined ? '' : `, up to position ${position}`}`);
  lines.push(told.ok ? paint('green', 'as it was written') : paint('red', 'NOT as it was written'));
  if (told.ok && seal !== undefined) lines.push(paint('green', `as it was sealed: ${String(seal['records'])} records`));
  process.stdout.write(`${lines.join('\n')}\n`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
