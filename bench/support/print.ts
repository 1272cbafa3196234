import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** 119390 → 119,390. */
export const count = (value: number): string => value.toLocaleString('en-US');

export const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Three digits that matter, in milliseconds. */
export const millis = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : count(Math.round(ms))} ms`;

/** 83 s, 2 min 05 s. */
export function duration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const rest = String(Math.round(seconds) % 60).padStart(2, '0');
  return `${Math.floor(Math.round(seconds) / 60)} min ${rest} s`;
}

/** How long requests took: a histogram, so that memory does not grow with the run. */
export class Latency {
  private readonly micros: RecordableHistogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });

  record(ms: number): void {
    this.micros.record(Math.max(1, Math.round(ms * 1_000)));
  }

  /** In milliseconds; `share` in percent. */
  percentile(share: number): number {
    return this.micros.count === 0 ? 0 : this.micros.percentile(share) / 1_000;
  }

  get count(): number {
    return this.micros.count;
  }

  toString(): string {
    return `p50 ${millis(this.percentile(50))} · p99 ${millis(this.percentile(99))}`;
  }
}

/** One line of a report: a figure (right-aligned), what it counts, and a remark. */
export type Line = readonly [figure: string, what: string, remark?: string];

/** A title with its lines below, figures under each other. */
export function block(title: string, lines: readonly Line[]): string {
  const wide = Math.max(...lines.map(([figure]) => figure.length));
  const deep = Math.max(...lines.map(([, what]) => what.length));
  const rows = lines.map(([figure, what, remark]) =>
    `  ${figure.padStart(wide)}  ${what.padEnd(deep)}  ${remark ?? ''}`.trimEnd(),
  );
  return [title, ...rows].join('\n').concat('\n');
}
