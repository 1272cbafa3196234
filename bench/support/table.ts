import { readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Spread } from './measure.js';

/** What a figure has to reach; both ends count as reached. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table. A line without a target informs. */
export interface Line {
  readonly scenario: string;
  readonly what: string;
  readonly unit: '/s' | 'ms' | 's' | '×';
  readonly figure: Spread;
  /** Of how many runs the figure is the median. */
  readonly runs: number;
  readonly target?: Target;
  readonly note?: string;
}

/** The root of the checkout, seen from the built program in `dist/bench/support`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Gathers the lines of one run and prints them: as a table at the end, or (`json`) each as one JSON object as soon as it
 * is known. What is under way is told on standard error.
 */
export class Report {
  private readonly lines: Line[] = [];
  private readonly broken: string[] = [];

  constructor(private readonly json: boolean) {}

  /** Where, when and by what the figures were made. */
  header(command: string, database: string): void {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
    const processors = cpus();
    const gigabytes = Math.round(totalmem() / 2 ** 30);
    const facts = {
      command,
      date: new Date().toISOString(),
      machine: `${processors.length} × ${processors[0]?.model.trim()}, ${gigabytes} GiB, ${platform()} ${release()}`,
      versions: `Holdfast ${version}, Node ${process.versions.node}`,
      database,
    };
    if (this.json) console.log(JSON.stringify(facts));
    else for (const [name, value] of Object.entries(facts)) console.log(`${name.padEnd(9)} ${value}`);
  }

  /** What is being done now. */
  progress(sentence: string): void {
    process.stderr.write(`bench: ${sentence}\n`);
  }

  add(line: Line): void {
    this.lines.push(line);
    const { figure, target, ...rest } = line;
    if (this.json) console.log(JSON.stringify({ ...rest, ...figure, ...target, verdict: verdictOf(line) }));
    else this.progress(rowOf(line).slice(1).filter(Boolean).join('  '));
  }

  /** A promise was broken, or a scenario could not be run: the figures are void. */
  wrong(sentence: string): void {
    this.broken.push(sentence);
    if (this.json) console.log(JSON.stringify({ wrong: sentence }));
    else this.progress(`WRONG: ${sentence}`);
  }

  /** Prints the table. Answers whether every check passed; a figure that falls short is no failure. */
  finish(): boolean {
    if (this.json) return this.broken.length === 0;
    const head = ['scenario', 'what', 'target', 'median', 'min … max', 'runs', '', ''];
    console.log(`\n${layOut([head, ...this.lines.map(rowOf)])}`);
    const short = this.lines.filter((line) => verdictOf(line) === 'short').length;
    const aims = this.lines.filter(({ target }) => target !== undefined).length;
    console.log(`\n${aims - short} of ${aims} targets reached.`);
    if (this.broken.length === 0)
      console.log('Checks: nothing oversold, booked twice, lost or refused without a reason.');
    for (const sentence of this.broken) console.log(`WRONG: ${sentence}`);
    return this.broken.length === 0;
  }
}

/** `ok`, `short`, or nothing where there is no target. */
function verdictOf({ figure, target }: Line): string {
  if (target === undefined) return '';
  return ('atLeast' in target ? figure.median >= target.atLeast : figure.median <= target.atMost) ? 'ok' : 'short';
}

function rowOf(line: Line): string[] {
  const { scenario, what, unit, figure, runs, target, note } = line;
  const show = (value: number): string => withUnit(value, unit);
  const aim =
    target === undefined ? '' : 'atLeast' in target ? `≥ ${show(target.atLeast)}` : `≤ ${show(target.atMost)}`;
  const range = runs === 1 ? '' : `${show(figure.min)} … ${show(figure.max)}`;
  return [scenario, what, aim, show(figure.median), range, `${runs}`, verdictOf(line), note ?? ''];
}

function withUnit(value: number, unit: Line['unit']): string {
  // A ratio near its target needs one digit more than a rate.
  const digits = Math.abs(value) >= 100 ? 0 : unit === '×' && Math.abs(value) < 10 ? 2 : 1;
  const shown = value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
  return unit === '/s' || unit === '×' ? `${shown}${unit}` : `${shown} ${unit}`;
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number): boolean => column >= 2 && column <= 5;
  const cell = (text: string, column: number): string =>
    isNumber(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
