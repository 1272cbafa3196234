/** The few shapes of our chart, as text. Coordinates are in pixels of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const INK = '#1f2933';
export const PALE = '#616e7c';
export const GRID = '#e4e7eb';
export const OURS = '#0b7a75';
export const THEIRS = '#9aa5b1';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);

const round = (value: number): number => Math.round(value * 10) / 10;

interface TextStyle {
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
}

export function text(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { size = 12, fill = INK, anchor = 'start', bold = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${weight}>${escaped(words)}</text>`;
}

export function rect({ x, y, width, height }: Box, fill: string, radius = 0, stroke = 'none'): string {
  const size = `width="${round(width)}" height="${round(height)}"`;
  return `<rect x="${round(x)}" y="${round(y)}" ${size} rx="${radius}" fill="${fill}" stroke="${stroke}"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  const ends = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`;
  return `<line ${ends} stroke="${stroke}" stroke-width="${width}"/>`;
}

export const dot = (x: number, y: number, fill: string): string =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" fill="${fill}"/>`;

export function path(points: readonly (readonly [x: number, y: number])[], stroke: string): string {
  const steps = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join(' ');
  return `<path d="${steps}" fill="none" stroke="${stroke}" stroke-width="2"/>`;
}

/** Maps values to pixels so that equal factors are equal distances. From and to are powers of ten around the values. */
export class LogScale {
  readonly decades: readonly number[];
  private readonly least: number;
  private readonly most: number;

  constructor(
    values: readonly number[],
    private readonly from: number,
    private readonly to: number,
  ) {
    const positive = values.filter((value) => value > 0);
    this.least = Math.floor(Math.log10(Math.min(...positive)));
    this.most = Math.max(this.least + 1, Math.ceil(Math.log10(Math.max(...positive))));
    this.decades = Array.from({ length: this.most - this.least + 1 }, (_, at) => 10 ** (this.least + at));
  }

  at(value: number): number {
    const part = (Math.log10(Math.max(value, 10 ** this.least)) - this.least) / (this.most - this.least);
    return this.from + part * (this.to - this.from);
  }
}

/** 1,234 → 1.2k: for the ticks and the ends of bars. */
export function short(value: number): string {
  const steps = [
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  for (const [step, letter] of steps) if (value >= step) return `${digits(value / step)}${letter}`;
  return digits(value);
}

const digits = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2);
