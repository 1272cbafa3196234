import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { reachedBy, rowOf, toJson, type Header, type Line } from './line.js';

/** The root of the checkout, seen from the built program in `dist/bench/support`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Gathers the lines of one run and prints them: as a table at the end, or (`json`) each as one JSON object as soon as it
 * is known. `out`: a file that gets the JSON in any case. What is under way is told on standard error.
 */
export class Report {
  readonly lines: Line[] = [];
  facts: Header | null = null;
  private readonly broken: string[] = [];
  private readonly remarks: string[] = [];

  constructor(
    private readonly json: boolean,
    private readonly out: string | null = null,
  ) {
    if (out !== null) writeFileSync(out, '');
  }

  /** Where, when and by what the figures were made. */
  header(command: string, database: string): void {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
    const processors = cpus();
    const gigabytes = Math.round(totalmem() / 2 ** 30);
    this.facts = {
      command,
      date: new Date().toISOString(),
      machine: `${processors.length} × ${processors[0]?.model.trim()}, ${gigabytes} GiB, ${platform()} ${release()}`,
      versions: `Holdfast ${version}, Node ${process.versions.node}`,
      database,
    };
    this.raw(JSON.stringify(this.facts));
    if (!this.json) for (const [name, value] of Object.entries(this.facts)) console.log(`${name.padEnd(9)} ${value}`);
  }

  /** What is being done now. */
  progress(sentence: string): void {
    process.stderr.write(`bench: ${sentence}\n`);
  }

  add(line: Line): void {
    this.lines.push(line);
    this.raw(toJson(line));
    if (!this.json) this.progress(rowOf(line).slice(1).filter(Boolean).join('  '));
  }

  /** Something that the reader of the table has to know. */
  remark(sentence: string): void {
    this.remarks.push(sentence);
    this.raw(JSON.stringify({ remark: sentence }));
    if (!this.json) this.progress(sentence);
  }

  /** A promise was broken, or a scenario could not be run: the figures are void. */
  wrong(sentence: string): void {
    this.broken.push(sentence);
    this.raw(JSON.stringify({ wrong: sentence }));
    if (!this.json) this.progress(`WRONG: ${sentence}`);
  }

  /** Prints the table. Answers whether every check passed; a figure that falls short is no failure. */
  finish(): boolean {
    if (this.json) return this.broken.length === 0;
    const head = ['scenario', 'what', 'target', 'median', 'min … max', 'runs', '', ''];
    console.log(`\n${layOut([head, ...this.lines.map(rowOf)])}`);
    console.log(`\n${reachedBy(this.lines)}`);
    for (const sentence of this.remarks) console.log(sentence);
    if (this.broken.length === 0)
      console.log('Checks: nothing oversold, booked twice, lost or refused without a reason.');
    for (const sentence of this.broken) console.log(`WRONG: ${sentence}`);
    return this.broken.length === 0;
  }

  private raw(object: string): void {
    if (this.json) console.log(object);
    if (this.out !== null) appendFileSync(this.out, `${object}\n`);
  }
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number): boolean => column >= 2 && column <= 5;
  const cell = (text: string, column: number): string =>
    isNumber(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
