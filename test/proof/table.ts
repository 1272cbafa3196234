import { readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { count, plural } from '../../bench/support/print.js';
import type { Mode, Result } from './result.js';
import { pressures, reasonsForVoid, rowSums, totalsOf, type RowSum } from './sums.js';

const HEAD = [
  'row',
  'fault',
  'runs',
  'operations',
  'acknowledged',
  'kills',
  'unknown',
  'violations',
  '3/N',
  'ready again p50 / p99',
  'seeds',
];

/** Zero of N failed: with 95 % confidence the true rate is below about 3/N. */
const bound = (runs: number): string => {
  const percent = 100 * Math.min(1, 3 / runs);
  return runs === 0 ? '' : `≤ ${percent.toFixed(percent < 10 ? 1 : 0)} %`;
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

function cellsOf({ row, runs, notRun, recoveryMs, ...sum }: RowSum): string[] {
  if (notRun !== null) return [row.id, row.title, 'not run', '', '', '', '', '', '', '', ''];
  return [
    ...[
      row.id,
      row.title,
      count(runs),
      count(sum.operations),
      count(sum.acknowledged),
      count(sum.kills),
      count(sum.unknown),
    ],
    ...[count(sum.violations), sum.violations === 0 ? bound(runs) : ''],
    recoveryMs === null ? '' : `${seconds(recoveryMs.p50)} / ${seconds(recoveryMs.p99)}`,
    sum.firstSeed === sum.lastSeed ? String(sum.firstSeed) : `${sum.firstSeed} … ${sum.lastSeed}`,
  ];
}

const MOST_TITLE = 44;

/** What a terminal shows at the end. */
export function terminalTable(results: readonly Result[], mode: Mode, isWhole: boolean): string {
  const rows = rowSums(results).map(cellsOf);
  const short = rows.map(([id, title, ...rest]) => [
    id!,
    title!.length > MOST_TITLE ? `${title!.slice(0, MOST_TITLE - 1)}…` : title!,
    ...rest,
  ]);
  const lines = [layOut([HEAD, ...short]), ''];
  for (const { row, notRun } of rowSums(results)) if (notRun !== null) lines.push(`${row.id} was not run: ${notRun}`);
  if (isWhole) for (const pressure of pressures(results, mode)) lines.push(`${lineOf(pressure)}`);
  lines.push('', ...verdictOn(results, mode, isWhole));
  return lines.join('\n');
}

const lineOf = ({ what, counted, wanted }: ReturnType<typeof pressures>[number]): string =>
  `${count(counted).padStart(9)}  ${what} (${count(wanted)} or more)`;

/** The last lines, in plain words. */
function verdictOn(results: readonly Result[], mode: Mode, isWhole: boolean): string[] {
  const { violations, operations, acknowledged, kills, unknown, runs } = totalsOf(results);
  const broken = results.flatMap((result) => result.violations.map((one) => ({ ...one, result })));
  const lines = broken
    .slice(0, 20)
    .map(({ invariant, what, result }) => `BROKEN ${invariant} in ${repeat(result)}: ${what}`);
  const voidRuns = results.flatMap((run) =>
    run.void === null ? [] : [`${run.row} with seed ${run.seed}: ${run.void}`],
  );
  // In a whole proof they were repeated with other seeds, and what counts is whether enough runs count.
  if (isWhole) lines.push(...voidRuns.map((why) => `left out and repeated: ${why}`));
  const voids = isWhole ? reasonsForVoid(results, mode) : voidRuns;
  lines.push(...voids.map((why) => `VOID   ${why}`));
  const done =
    `${count(runs)} runs, ${count(operations)} calls, ${count(acknowledged)} commands acknowledged, ` +
    `${count(kills.api)} kills of the API, ${count(kills.projector)} of a projector, ${count(kills.postgres)} of Postgres, ` +
    `${count(unknown)} unknown outcomes`;
  if (violations > 0) return [...lines, `${done}: ${count(violations)} violations.`];
  if (voids.length > 0) return [...lines, `${done}. No violation, but the run is void: it does not prove anything.`];
  return [...lines, `${done}: no invariant was violated.`];
}

/** The command that repeats one run. */
export const repeat = ({ row, seed, mode }: Pick<Result, 'row' | 'seed' | 'mode'>): string =>
  `npm run proof -- --row ${row} --seed ${seed}${mode === 'full' ? ' --full' : ''}`;

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

function machine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}`;
}

const ROOT = new URL('../../', import.meta.url);
const versionOf = (file: string): string =>
  (JSON.parse(readFileSync(new URL(file, ROOT), 'utf8')) as { version: string }).version;

/** `docs/proof.md`, whole. */
export function document(results: readonly Result[], mode: Mode, command: string): string {
  const totals = totalsOf(results);
  const reasons = reasonsForVoid(results, mode);
  const times = results.map(({ startedAt }) => startedAt).sort();
  const markdown = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const sums = rowSums(results);
  const longestMs = Math.max(...sums.map((sum) => sum.longestMs));
  return [
    '# The proof',
    '',
    `<!-- made by: ${command} -->`,
    '',
    'Real API processes, real projectors and a real, durable Postgres under load, while what they run on is killed, frozen,',
    'cut off, filled up and set wrong. Clients write down every call before they make it and after they were told; a checker that',
    'shares no code with the service then holds their histories, the log and the tables against the invariants.',
    '',
    `\`${command}\`, ${times[0]} to ${times.at(-1)}, ${machine()}, Node ${process.versions.node}, Holdfast ${versionOf('package.json')}.`,
    '',
    ...verdictLines(totals, reasons),
    '',
    markdown(HEAD),
    markdown(HEAD.map((_, column) => (column < 2 ? '---' : '---:'))),
    ...sums.map((sum) => markdown(cellsOf(sum))),
    '',
    '`npm run proof -- --row F4 --seed 123` repeats one run. Zero failures in N runs bound the true rate at about 3/N (95 %).',
    `The longest that any call took is ${seconds(longestMs)}.`,
    '',
    ...sums.flatMap(({ row, notRun, voids }) => [
      ...(notRun === null ? [] : [`- ${row.id} was not run: ${notRun}.`]),
      ...(voids === 0
        ? []
        : [`- ${row.id}: ${plural(voids, 'run', 'runs')} interrupted too few calls and did not count.`]),
      ...(row.note === undefined ? [] : [`- ${row.id}: ${row.note}.`]),
    ]),
    '',
    '## Contention',
    '',
    markdown(['', 'counted', 'needed']),
    markdown(['---', '---:', '---:']),
    ...pressures(results, mode).map(({ what, counted, wanted }) => markdown([what, count(counted), count(wanted)])),
    '',
  ].join('\n');
}

function verdictLines(
  { violations, operations, acknowledged, kills, unknown, recoveryMs, runs }: ReturnType<typeof totalsOf>,
  voids: readonly string[],
): string[] {
  const lines = [
    `${count(runs)} runs, ${count(operations)} calls, ${count(acknowledged)} commands acknowledged; ${count(kills.api)} kills of the API,`,
    `${count(kills.projector)} of a projector, ${count(kills.postgres)} of Postgres, ${count(kills.standIn)} of the stand-in for EventStoreDB; ${count(unknown)} unknown outcomes;`,
    `ready again after ${seconds(recoveryMs.p50)} (p50), ${seconds(recoveryMs.p99)} (p99). **${count(violations)} violations.**`,
  ];
  return voids.length === 0 ? lines : [...lines, '', '**Void:**', '', ...voids.map((why) => `- ${why}`)];
}
