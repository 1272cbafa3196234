import type { Command } from 'commander';
import { TABLE_NAMES } from '../../projections/canonical.js';
import type { Difference } from '../../projections/findings.js';
import { repairCheckpoint, repairTables, type Mended, type RepairPorts } from '../../projections/repair.js';
import { VERIFY_SETTINGS } from '../../projections/verify-settings.js';
import { isAsItShouldBe, verifyTables, type TablesReport } from '../../projections/verify.js';
import { UsageError, withStores } from './open.js';
import { progressBar } from './progress.js';
import { printReports } from './reports.js';
import { painter, type Paint } from './terminal.js';

/** Something is not as it should be; 1 is that it could not be looked at. */
const DIFFERS = 3;
/** Every round mends what the one before has told of, which is bounded. */
const ROUNDS = 1_000;
/** Every round looks at everything again. */
const MENDED_AT_ONCE = 20_000;
const LINES = 200;

const EXAMPLES = `
Examples:
  holdfast verify                # compare, change nothing
  holdfast verify --repair       # write the rows that differ once more, from the log
  holdfast verify --json | jq .checksum
  holdfast verify --reports      # whether the reporting views add up to the tables

Exit codes: 0 every row is as the log says (after --repair: now is), 3 one is not, 1 it could not be looked at.
`;

/** `holdfast verify`: the tables held against the log, row by row. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('fold the log and compare it with every row of the tables; tell what differs, booking by booking')
    .option('--repair', 'write just those rows once more, and say which')
    .option('--reports', 'hold the views of reporting_v1 against the tables instead')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(({ repair, reports, json }: { repair?: true; reports?: true; json?: true }) =>
      withStores(async ({ pool, log, config }) => {
        if (reports) {
          if (repair) throw new UsageError('--repair writes rows of tables; views have none: leave out one of the two');
          if (!(await printReports(pool, json ?? false))) process.exitCode = DIFFERS;
          return;
        }
        const { streamPrefix } = config;
        const base = {
          ...{ pool, codec: log.codec, store: log.store, openWalk: () => log.walk() },
          ...{ logId: await log.store.identity(), streamPrefix },
        };
        const told = repair ? MENDED_AT_ONCE : VERIFY_SETTINGS.told;
        const verify = async (): Promise<TablesReport> => {
          const walk = log.walk();
          const bar = progressBar('verify', walk.isGapless ? Number(await log.feed.head()) : 0);
          try {
            return await verifyTables({ ...base, walk }, { ...VERIFY_SETTINGS, told, onRecords: bar.step });
          } finally {
            bar.end();
            await walk.close();
          }
        };
        const first = await verify();
        const { report, mended, checkpoint } = repair
          ? await mend(first, base, verify)
          : { report: first, mended: [], checkpoint: null };
        if (!isAsItShouldBe(report)) process.exitCode = DIFFERS;
        process.stdout.write(
          json
            ? `${JSON.stringify({ ...shown(repair ? first : report), ...(repair ? { mended, checkpoint, after: shown(report) } : {}) }, null, 2)}\n`
            : textOf(first, mended, checkpoint, repair ? report : null),
        );
      }),
    );
}

/** Mends and looks again, until all is well or nothing gets better. */
async function mend(first: TablesReport, ports: RepairPorts, verify: () => Promise<TablesReport>) {
  const mended: Mended[] = [];
  const checkpoint = first.checkpoint.length === 0 ? null : await repairCheckpoint(ports, first);
  let report = checkpoint === null ? first : await verify();
  for (let round = 0; round < ROUNDS && report.different > 0; round++) {
    const before = report.different;
    mended.push(...(await repairTables(ports, report)));
    report = await verify();
    if (report.different >= before) break;
  }
  return { report, mended, checkpoint };
}

const shown = (report: TablesReport) => ({
  ok: isAsItShouldBe(report),
  generation: report.claimed.generation,
  position: String(report.position),
  records: report.records,
  rows: report.rows,
  checksum: report.checksum,
  expectedChecksum: report.expectedChecksum,
  checkpoint: report.checkpoint,
  different: report.different,
  differences: report.differences.slice(0, VERIFY_SETTINGS.told),
});

function textOf(
  first: TablesReport,
  mended: readonly Mended[],
  checkpoint: string | null,
  after: TablesReport | null,
): string {
  const paint = painter();
  const lines = differencesTold(first, paint);
  const { generation } = first.claimed;
  lines.push(`generation ${generation}, folded from ${first.records} records up to position ${first.position}`);
  for (const name of TABLE_NAMES) {
    const { found, expected } = first.rows[name];
    lines.push(`  ${name.padEnd(16)} ${found} rows${found === expected ? '' : `, should be ${expected}`}`);
  }
  lines.push(`  checksum         ${first.checksum}`);
  if (first.different > 0) lines.push(`  should be        ${first.expectedChecksum}`);
  if (after !== null) lines.push(...mendedTold(mended, checkpoint));
  const last = after ?? first;
  const verdict = isAsItShouldBe(last)
    ? paint(
        'green',
        after === null || isAsItShouldBe(first) ? 'every row is as the log says' : 'every row is as the log says now',
      )
    : paint(
        'red',
        `${last.different} rows${last.checkpoint.length > 0 ? ' and the checkpoint' : ''} are NOT as the log says`,
      );
  return `${[...lines, verdict].join('\n')}\n`;
}

/** Booking by booking; what is about an event or a user only comes last. */
function differencesTold({ differences, different, checkpoint }: TablesReport, paint: Paint): string[] {
  const groups = new Map<string, string[]>();
  const told = differences.slice(0, VERIFY_SETTINGS.told);
  for (const difference of told) {
    const title = titleOf(difference);
    groups.set(title, [...(groups.get(title) ?? []), ...linesOf(difference)]);
  }
  const lines = [...groups].flatMap(([title, rows]) => [paint('bold', title), ...rows.map((row) => `  ${row}`)]);
  const more = different - told.length;
  return [
    ...checkpoint.map((what) => paint('red', `checkpoint: ${what}`)),
    ...lines.slice(0, LINES),
    ...(lines.length > LINES ? [`and ${lines.length - LINES} more lines; --json has them`] : []),
    ...(more > 0 ? [`and ${more} more rows that differ`] : []),
  ];
}

function titleOf({ table, keys, events, userId }: Difference): string {
  if (table === 'users') return `user ${keys[0]}`;
  if (table === 'events') return `event ${keys[0]}`;
  return `booking ${keys[0]} of ${userId}, event ${events.join(' or ')}`;
}

function linesOf({ table, keys, kind, columns }: Difference): string[] {
  const where = table === 'booking_history' ? `${table}, revision ${keys[1]}` : table;
  if (kind !== 'differs') return [`${where}: the row is ${kind === 'missing' ? 'missing' : 'there and should not be'}`];
  return columns.map(
    ({ name, found, expected }) => `${where}: ${name} is ${found ?? 'null'}, should be ${expected ?? 'null'}`,
  );
}

function mendedTold(mended: readonly Mended[], checkpoint: string | null): string[] {
  return [
    ...(checkpoint === null ? [] : [`mended: the checkpoint is at ${checkpoint}`]),
    ...mended.slice(0, LINES).map(({ table, keys, did }) => `mended: ${did} ${table} ${keys.join(', revision ')}`),
    ...(mended.length > LINES ? [`and ${mended.length - LINES} more rows`] : []),
    ...(mended.length === 0 && checkpoint === null ? ['nothing was mended'] : []),
  ];
}
