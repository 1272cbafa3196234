import type { Command } from 'commander';
import { DamagedLog, EXPORT_SETTINGS, exportLog, type ExportReport } from '../infrastructure/event-store/log-export.js';
import { BadExport } from '../infrastructure/event-store/log-format.js';
import { toldOfFile } from './files.js';
import { DIFFERS, shown, tell } from './log-told.js';
import { UsageError, withStores } from './open.js';
import { progressBar } from './progress.js';

const EXAMPLES = `
Examples:
  holdfast log export /backup/2027-02
  EVENT_STORE_URL=esdb://localhost:2113 holdfast log export /backup/2027-02 --json | jq .digest

Bookings may go on: the export is of the log as it was when the export began. After a kill the same command goes on where
it was. A folder with a manifest.json holds a whole export. One export at a time into a folder. See docs/moving.md.

Exit codes: 0 the export is whole; 3 the log is not as it was written, or the folder holds something else; 1 it could not
be done, and can be run again.
`;

interface Options {
  readonly partRecords?: string;
  readonly json?: true;
}

/** `holdfast log export`. */
export function registerLogExport(log: Command): void {
  log
    .command('export')
    .description('write the log into a folder, verifying it on the way: parts of NDJSON, and a manifest')
    .argument('<folder>', 'one that is empty, or not there, or that an earlier attempt has begun')
    .option('--part-records <n>', 'records in one part, 1 to 50000', String(EXPORT_SETTINGS.partRecords))
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(folder: string, { partRecords, json }: Options): Promise<void> {
  const records = Number(partRecords);
  if (!Number.isInteger(records) || records < 1 || records > EXPORT_SETTINGS.partRecords)
    throw new UsageError(`--part-records: expected a whole number from 1 to ${EXPORT_SETTINGS.partRecords}`);
  await withStores(async ({ log, config }) => {
    const logId = await log.store.identity();
    const walk = log.walk();
    const bar = progressBar('export', walk.isGapless ? Number(await walk.head()) : 0);
    const origin = { logId, streamPrefix: config.streamPrefix, beganAt: new Date().toISOString() };
    const settings = { ...EXPORT_SETTINGS, partRecords: records, onRecords: bar.step };
    try {
      const report = await exportLog(walk, origin, folder, settings);
      bar.end();
      process.stdout.write(json ? `${JSON.stringify(asJson(folder, report), null, 2)}\n` : told(folder, report));
    } catch (error) {
      bar.end();
      if (error instanceof BadExport) return refuse(error.message, json);
      if (!(error instanceof DamagedLog)) throw toldOfFile(error);
      const finding = shown(error.finding);
      tell({ ok: false, logId, wrong: 1, first: finding, findings: [finding] }, json);
    } finally {
      await walk.close();
    }
  });
}

/** Exit code 3, in words or as JSON. */
export function refuse(what: string, json?: true): void {
  process.exitCode = DIFFERS;
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, what }, null, 2)}\n`);
  else process.stdout.write(`${what}\n`);
}

const asJson = (folder: string, { manifest, kept, redone }: ExportReport) => {
  const { logId, position, records, digest, heads, parts } = manifest;
  return {
    ok: true,
    folder,
    logId,
    position,
    records,
    streams: heads.streams,
    parts: parts.length,
    kept,
    redone,
    digest,
  };
};

function told(folder: string, report: ExportReport): string {
  const { logId, position, records, streams, parts, kept, redone, digest } = asJson(folder, report);
  const lines = [
    `log ${logId}: ${records} records of ${streams} streams, up to position ${position}, in ${parts} parts`,
    `digest ${digest}`,
  ];
  if (kept > 0) lines.push(`${kept} parts were there already`);
  if (redone !== null) lines.push(`written anew from there on: ${redone}`);
  return `${lines.join('\n')}\n`;
}
