import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { BadExport } from '../infrastructure/event-store/log-format.js';
import {
  IMPORT_SETTINGS,
  WrongTarget,
  importLog,
  tryImport,
  type ImportReport,
} from '../infrastructure/event-store/log-import.js';
import { toldOfFile } from './files.js';
import { refuse } from './log-export.js';
import { shown, tell } from './log-told.js';
import { UsageError, withStores, type Opened } from './open.js';
import { progressBar } from './progress.js';
import { tablesFollow } from './tables-follow.js';

const EXAMPLES = `
Examples:
  DATABASE_URL=postgres://… holdfast log import /backup/2027-02 --dry-run
  EVENT_STORE_URL=esdb://localhost:2113 holdfast log import /backup/2027-02

The log must be empty, and nothing else may write to it. After a kill the same command goes on after the last record that
is in. At the end the whole log is verified and gets an identity of its own. See docs/moving.md.

Exit codes: 0 everything is in and verified; 3 a file is not as it was exported, or the log holds something else; 1 it could
not be done, and can be run again.
`;

interface Options {
  readonly dryRun?: true;
  readonly json?: true;
}

/** `holdfast log import`. */
export function registerLogImport(log: Command): void {
  log
    .command('import')
    .description('fill an empty log, in Postgres or EventStoreDB, with what holdfast log export wrote')
    .argument('<folder>', 'with a manifest.json')
    .option('--dry-run', 'look at files and log, write nothing')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action((folder: string, options: Options) => {
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
        throw new UsageError(`${folder}: expected a folder that is there`);
      return withStores((opened) => run(folder, options, opened));
    });
}

async function run(folder: string, { dryRun, json }: Options, opened: Opened): Promise<void> {
  const { log, config } = opened;
  const { streamPrefix } = config;
  const intake = log.intake();
  const target = { logId: await log.store.identity(), streamPrefix, walk: () => log.walk(), intake };
  try {
    if (dryRun) return print(await tryImport(folder, target), { dryRun, logId: null, tables: null }, json);
    const report = await imported(folder, target);
    const { verified } = report;
    if (verified !== null && verified.wrong > 0) {
      const findings = verified.findings.map(shown);
      const { records, wrong } = verified;
      return tell({ ok: false, logId: target.logId, records, wrong, first: findings[0], findings }, json);
    }
    const logId = await log.renew();
    print(report, { logId, tables: await tablesFollow(opened) }, json);
  } catch (error) {
    if (!(error instanceof BadExport) && !(error instanceof WrongTarget)) throw toldOfFile(error);
    refuse(error.message, json);
  } finally {
    await intake.close();
  }
}

async function imported(folder: string, target: Parameters<typeof importLog>[1]): Promise<ImportReport> {
  let bar: ReturnType<typeof progressBar> | null = null;
  const onManifest = (records: number): void => void (bar = progressBar('import', records));
  try {
    return await importLog(folder, target, { ...IMPORT_SETTINGS, onManifest, onRecords: (count) => bar?.step(count) });
  } finally {
    (bar as ReturnType<typeof progressBar> | null)?.end();
  }
}

interface Outcome {
  readonly dryRun?: true;
  readonly logId: string | null;
  readonly tables: string | null;
}

function print({ manifest, found }: ImportReport, { dryRun, logId, tables }: Outcome, json?: true): void {
  const { logId: ofLog, records, digest } = manifest;
  const report = { ok: true, dryRun: dryRun === true, ofLog, records, found, digest, logId, tables };
  if (json) return void process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  const lines = dryRun
    ? [
        `the export of log ${ofLog} is whole: ${records} records`,
        `${found} of them are in, ${records - found} would be written`,
      ]
    : [
        `log ${logId}, once ${ofLog}: ${records} records, as they were written`,
        `digest ${digest}`,
        ...(found > 0 ? [`${found} records were there already`] : []),
        ...(tables === null ? [] : [`the tables in DATABASE_URL are not of this log. ${tables}`]),
      ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
