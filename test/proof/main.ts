/**
 * `npm run proof -- --quick`: every row of the fault matrix, three times and more. `npm run proof -- --hours 1`: all of it
 * again and again, summed up in a folder and gone on with where it stopped. Ends with 1 at a violation, or when it was too
 * easy to prove anything.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { removeTestServer, setUp } from '../support/global-setup.js';
import { runCampaign } from './campaign.js';
import { LANES, MATRIX, rowOf } from './matrix.js';
import { mutantResultsIn, mutantsCommand } from './mutants/command.js';
import { mutantsSection } from './mutants/table.js';
import type { Mode, Result } from './result.js';
import { QUICK_RUNS, reasonsForVoid } from './sums.js';
import { document, repeat, terminalTable } from './table.js';

interface Options {
  readonly quick?: true;
  readonly full?: true;
  readonly row?: string;
  readonly seed: number;
  readonly runs?: number;
  readonly hours: number;
  readonly out: string;
  readonly table?: true;
  readonly root?: string;
  readonly mutants?: true;
  readonly mutant?: string;
}

/** For each run that counts, some may be void. */
const MOST_TRIES = 3;
const HOUR_MS = 3_600_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above zero');
  return value;
}

function known(id: string): string {
  if (rowOf(id) === undefined) throw new InvalidArgumentError(`one of ${MATRIX.map((row) => row.id).join(', ')}`);
  return id.toUpperCase();
}

const options = new Command('npm run proof --')
  .description(
    'Kills, freezes and cuts off real processes under load, and holds what they said and wrote against the invariants.',
  )
  .addOption(
    new Option('--quick', `every row ${QUICK_RUNS} times, short; about three and a half minutes`).conflicts('full'),
  )
  .option('--full', 'long runs, again and again; without --quick and --row this is what is done')
  .option('--row <row>', 'this row only, such as F4', known)
  .option('--seed <number>', 'of the first run of each row', wholeNumber, 1)
  .option('--runs <number>', 'of each row', positive)
  .option('--hours <number>', 'full: no new run begins after so long', positive, 1)
  .option(
    '--out <folder>',
    'where results are summed up, and histories of broken runs are kept',
    path.join(ROOT, '.holdfast/proof'),
  )
  .option('--table', 'runs nothing; writes docs/proof.md from the full results of the folder')
  .option(
    '--mutants',
    'instead: breaks the code in each of the ways of test/proof/mutants, and shows that it is noticed',
  )
  .option('--mutant <file>', 'the same for one patch of yours')
  .option('--root <folder>', 'the built checkout that is put to the proof; this one unless said')
  .parse()
  .opts<Options>();

const { out } = options;
const mode: Mode = options.quick === true || (options.row !== undefined && options.full !== true) ? 'quick' : 'full';
const file = path.join(out, `${mode}.jsonl`);
mkdirSync(out, { recursive: true });

if (options.mutants === true || options.mutant !== undefined) {
  const allAreCaught = await mutantsCommand(options.mutant ?? null, options.seed, out);
  process.exit(allAreCaught ? 0 : 1);
} else if (options.table === true) writeTable();
else await prove();

function resultsSoFar(name: string): Result[] {
  if (!existsSync(name)) return [];
  const lines = readFileSync(name, 'utf8').split('\n');
  // The last line may be cut off by a kill.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Result);
}

async function prove(): Promise<void> {
  await setUp();
  if (mode === 'quick' && options.row === undefined) rmSync(file, { force: true });
  const isSum = mode === 'full' && options.row === undefined;
  const results = isSum ? resultsSoFar(file) : [];
  const before = results.length;
  const end = Date.now() + options.hours * HOUR_MS;
  const mostRuns = options.runs ?? (options.row !== undefined ? 1 : mode === 'quick' ? QUICK_RUNS : Infinity);
  const lanes = options.row === undefined ? LANES[mode] : [[options.row]];
  console.log(
    `${mode} runs from seed ${options.seed}${before > 0 ? `, going on after ${before} runs` : ''}; results in ${out}`,
  );
  await runCampaign({
    ...{ mode, lanes, inTurn: mode === 'quick' ? MOST_TRIES * mostRuns : 1, folder: path.join(out, 'histories') },
    ...(options.root === undefined ? {} : { root: options.root }),
    seedFor: ({ id }) => {
      const ofRow = results.filter(({ row }) => row === id);
      const counted = ofRow.filter((result) => result.void === null).length;
      const tries = ofRow.length;
      // A void run is repeated with the next seed.
      if (counted >= mostRuns || tries >= MOST_TRIES * mostRuns || Date.now() > end) return null;
      return Math.max(options.seed - 1, ...ofRow.map(({ seed }) => seed)) + 1;
    },
    done: (result) => {
      results.push(result);
      if (options.row === undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
      console.log(progressOf(result));
    },
  });
  await removeTestServer(process.env['HOLDFAST_TEST_DATA_DIR'] as string);
  const isWhole = options.row === undefined;
  console.log(`\n${terminalTable(results, mode, isWhole)}`);
  const isGood = results.every(({ violations }) => violations.length === 0) && !isVoid(results, isWhole);
  process.exit(isGood ? 0 : 1);
}

/** Void runs are left out of the sums; a row has to have others, and enough of them in a quick run. */
function isVoid(results: readonly Result[], isWhole: boolean): boolean {
  if (isWhole) return reasonsForVoid(results, mode).length > 0;
  return results.every((result) => result.void !== null);
}

function progressOf(result: Result): string {
  const { row, seed, tookMs, operations, kills, unknown, violations, recoveriesMs } = result;
  const name = `${row.padEnd(3)} seed ${String(seed).padEnd(6)}`;
  if (result.notRun !== null) return `${name} NOT RUN  ${result.notRun}`;
  const all = kills.api + kills.projector + kills.postgres + kills.standIn;
  const back = recoveriesMs.length === 0 ? '' : `, back in ${(Math.max(...recoveriesMs) / 1_000).toFixed(1)} s or less`;
  const killed = all === 0 ? '' : `, ${all} killed${back}`;
  const facts = `${(tookMs / 1_000).toFixed(1).padStart(5)} s  ${String(operations).padStart(6)} calls, ${unknown} unknown${killed}`;
  const [first] = violations;
  const verdict = first !== undefined ? `BROKEN ${first.invariant}` : result.void !== null ? 'VOID' : 'ok';
  const detail = first !== undefined ? `\n    ${first.what}\n    ${repeat(result)}` : '';
  return `${name} ${verdict.padEnd(8)} ${facts}${detail}`;
}

function writeTable(): void {
  const results = resultsSoFar(path.join(out, 'full.jsonl'));
  if (results.length === 0) {
    console.error(`${out} has no results of full runs`);
    process.exit(1);
  }
  const target = path.join(ROOT, 'docs/proof.md');
  const runs = document(results, 'full', 'npm run proof');
  writeFileSync(target, `${runs}${mutantsSection(mutantResultsIn(out))}`);
  console.log(`${results.length} runs are now in ${target}`);
}
