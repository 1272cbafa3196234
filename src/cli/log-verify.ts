import { WALK_BOUNDS, type LogReport, type LogWalk } from '../infrastructure/event-store/log-walk.js';
import { BadSeal, brokenHeads, readSeal, type SealTitle } from '../infrastructure/event-store/seal.js';
import type { Command } from 'commander';
import { textOf } from './files.js';
import { shown, tell, walked, withWalk } from './log-told.js';
import { UsageError } from './open.js';

const EXAMPLES = `
Examples:
  holdfast log verify
  holdfast log verify --seal 2027-02.seal --key seal.key.pub
  holdfast log verify --json | jq .first

Exit codes: 0 the log is as it was written, 3 it is not, 1 it could not be looked at.
`;

/** `holdfast log verify`. */
export function registerLogVerify(log: Command): void {
  log
    .command('verify')
    .description('walk through the log and hold every record against its hash, its stream and its position')
    .option('--seal <file>', 'hold the log against a seal as well; needs --key')
    .option('--key <file>', 'the public key (PEM) of whoever sealed it')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(verify);
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
