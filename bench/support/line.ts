import type { Spread } from './measure.js';

/** What a figure has to reach; both ends count as reached. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

export type Unit = '/s' | 'ms' | 's' | 'µs' | '×' | '%' | 'MB';

/** One line of the table. A line without a target informs. */
export interface Line {
  readonly scenario: string;
  readonly what: string;
  readonly unit: Unit;
  readonly figure: Spread;
  /** Of how many runs the figure is the median. */
  readonly runs: number;
  readonly target?: Target;
  readonly note?: string;
  /** Why the figure says nothing. */
  readonly void?: string;
  /** Where it stands in the chart: as a bar beside others, or as a point on a curve. */
  readonly bar?: { readonly panel: string; readonly name: string; readonly isOurs: boolean };
  readonly point?: { readonly panel: string; readonly curve: string; readonly x: number; readonly xLabel: string };
}

/** Where, when and by what the figures were made. */
export interface Header {
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly versions: string;
  readonly database: string;
}

/** `ok`, `short`, `void`, or nothing where there is no target. */
function verdictOf({ figure, target, void: isVoid }: Line): string {
  if (isVoid !== undefined) return 'void';
  if (target === undefined) return '';
  return ('atLeast' in target ? figure.median >= target.atLeast : figure.median <= target.atMost) ? 'ok' : 'short';
}

/** How many of the targets were reached, in words. A void figure reaches none. */
export function reachedBy(lines: readonly Line[]): string {
  const aims = lines.filter(({ target }) => target !== undefined);
  const reached = aims.filter((line) => verdictOf(line) === 'ok');
  return `${reached.length} of ${aims.length} targets reached.`;
}

export function rowOf(line: Line): string[] {
  const { scenario, what, unit, figure, runs, target, note, void: isVoid } = line;
  const show = (value: number): string => withUnit(value, unit);
  const aim =
    target === undefined ? '' : 'atLeast' in target ? `≥ ${show(target.atLeast)}` : `≤ ${show(target.atMost)}`;
  const range = runs === 1 ? '' : `${show(figure.min)} … ${show(figure.max)}`;
  const notes = [isVoid, note].filter(Boolean).join('; ');
  return [scenario, what, aim, show(figure.median), range, `${runs}`, verdictOf(line), notes];
}

function withUnit(value: number, unit: Unit): string {
  // A ratio near its target needs one digit more than a rate.
  const digits = Math.abs(value) >= 100 ? 0 : unit === '×' && Math.abs(value) < 10 ? 2 : 1;
  const shown = value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
  return unit === '/s' || unit === '×' ? `${shown}${unit}` : `${shown} ${unit}`;
}

/** A line as one JSON object, and back. */
export function toJson(line: Line): string {
  const { figure, target, ...rest } = line;
  return JSON.stringify({ ...rest, ...figure, ...target, verdict: verdictOf(line) });
}

type Flat = Omit<Line, 'figure' | 'target'> & Spread & { atLeast?: number; atMost?: number; verdict: string };

/** Reads JSON lines of earlier runs: the first header, and every figure. Throws when there is no header. */
export function fromJson(text: string): { readonly header: Header; readonly lines: readonly Line[] } {
  const objects = text
    .split('\n')
    .filter((row) => row.trim() !== '')
    .map((row) => JSON.parse(row) as Partial<Header> & Partial<Flat>);
  const header = objects.find(({ command }) => command !== undefined);
  if (header === undefined) throw new Error('there is no header among the lines');
  const figures = objects.filter(({ scenario, median }) => scenario !== undefined && median !== undefined);
  return { header: header as Header, lines: figures.map((flat) => unflatten(flat as Flat)) };
}

function unflatten({ median, min, max, atLeast, atMost, verdict: _, ...rest }: Flat): Line {
  const target = atLeast !== undefined ? { atLeast } : atMost !== undefined ? { atMost } : undefined;
  return { ...rest, figure: { median, min, max }, ...(target !== undefined && { target }) };
}
