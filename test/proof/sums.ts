import { MATRIX } from './matrix.js';
import { percentile } from './percentile.js';
import type { Kills, Mode, Result } from './result.js';
import type { Row } from './run.js';

/** All runs of one row together. */
export interface RowSum {
  readonly row: Row;
  readonly runs: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly kills: number;
  readonly unknown: number;
  readonly violations: number;
  readonly voids: number;
  /** Why it did not run; null: it did. */
  readonly notRun: string | null;
  readonly recoveryMs: { readonly p50: number; readonly p99: number } | null;
  readonly longestMs: number;
  readonly firstSeed: number;
  readonly lastSeed: number;
}

export interface Totals {
  readonly runs: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly kills: Kills;
  readonly unknown: number;
  readonly violations: number;
  readonly recoveryMs: { readonly p50: number; readonly p99: number };
  readonly points: Readonly<Record<string, number>>;
}

/** One thing that a run must have been through to count. */
export interface Pressure {
  readonly what: string;
  readonly counted: number;
  readonly wanted: number;
}

const sum = (results: readonly Result[], of: (result: Result) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

/** A run that was void is told, and is not among those that prove something; what it found broken counts all the same. */
const valid = (results: readonly Result[]): Result[] =>
  results.filter((result) => result.notRun === null && result.void === null);

const killsIn = ({ kills }: Result): number => kills.api + kills.projector + kills.postgres + kills.standIn;

export function rowSums(results: readonly Result[]): RowSum[] {
  return MATRIX.flatMap((row) => {
    const all = results.filter((result) => result.row === row.id);
    if (all.length === 0) return [];
    const ran = valid(all);
    const recoveries = ran.flatMap(({ recoveriesMs }) => recoveriesMs);
    const seeds = all.map(({ seed }) => seed);
    return {
      ...{
        row,
        runs: ran.length,
        operations: sum(ran, (r) => r.operations),
        acknowledged: sum(ran, (r) => r.acknowledged),
      },
      ...{
        kills: sum(ran, killsIn),
        unknown: sum(ran, (r) => r.unknown),
        violations: sum(all, (r) => r.violations.length),
      },
      ...{ voids: all.filter((r) => r.void !== null).length, notRun: all.at(-1)!.notRun },
      recoveryMs: recoveries.length === 0 ? null : halfAndMost(recoveries),
      longestMs: Math.max(0, ...ran.map(({ longestMs }) => longestMs)),
      ...{ firstSeed: Math.min(...seeds), lastSeed: Math.max(...seeds) },
    };
  });
}

const halfAndMost = (values: readonly number[]) => ({ p50: percentile(values, 0.5), p99: percentile(values, 0.99) });

export function totalsOf(all: readonly Result[]): Totals {
  const results = valid(all);
  const points: Record<string, number> = {};
  for (const { points: hit } of results)
    for (const [point, times] of Object.entries(hit)) points[point] = (points[point] ?? 0) + times;
  return {
    ...{ runs: results.length, operations: sum(results, (r) => r.operations) },
    ...{ acknowledged: sum(results, (r) => r.acknowledged), unknown: sum(results, (r) => r.unknown) },
    violations: sum(all, (r) => r.violations.length),
    kills: {
      ...{ api: sum(results, (r) => r.kills.api), projector: sum(results, (r) => r.kills.projector) },
      ...{ postgres: sum(results, (r) => r.kills.postgres), standIn: sum(results, (r) => r.kills.standIn) },
    },
    recoveryMs: halfAndMost(results.flatMap(({ recoveriesMs }) => recoveriesMs)),
    points,
  };
}

/** Of a full run; a quick one needs a tenth. */
const WANTED = {
  conflicts: 1_000,
  replayed: 1_000,
  promotions: 500,
  reused: 500,
  lateConfirmed: 100,
  lateRefused: 100,
};
const OVERLAP = 16;
const NAMES: Readonly<Record<keyof typeof WANTED, string>> = {
  conflicts: 'revision conflicts',
  replayed: 'replayed keys',
  promotions: 'promotions from the waitlist',
  reused: 'lapsed places taken again',
  lateConfirmed: 'late confirmations that got the places again',
  lateRefused: 'late confirmations that were refused',
};
const CRASH_POINTS = [
  ...['before append', 'append sent', 'after append'],
  ...['between rows', 'before commit', 'after commit'],
];

/** How hard all runs together were: zero violations are easy without contention. */
export function pressures(all: readonly Result[], mode: Mode): Pressure[] {
  const results = valid(all);
  const share = mode === 'quick' ? 10 : 1;
  const overlaps = results.flatMap(({ contention: { overlap } }) => (overlap === null ? [] : [overlap]));
  const { points } = totalsOf(results);
  return [
    { what: 'median of calls beside each other on the hot event', counted: percentile(overlaps, 0.5), wanted: OVERLAP },
    ...(Object.keys(WANTED) as (keyof typeof WANTED)[]).map((name) => ({
      ...{ what: NAMES[name], counted: sum(results, (r) => r.contention[name]), wanted: WANTED[name] / share },
    })),
    ...CRASH_POINTS.map((point) => ({ what: `killed at "${point}"`, counted: points[point] ?? 0, wanted: 1 })),
  ];
}

/** Why all of it proves nothing, in sentences; none: it does prove something. Of runs over the whole matrix. */
export const reasonsForVoid = (results: readonly Result[], mode: Mode): string[] => [
  ...MATRIX.filter(
    ({ id }) => !results.some((result) => result.row === id && (result.void === null || result.notRun !== null)),
  ).map(({ id }) => `${id}: ${results.some(({ row }) => row === id) ? 'each of its runs was void' : 'it was not run'}`),
  ...pressures(results, mode)
    .filter(({ counted, wanted }) => counted < wanted)
    .map(({ what, counted, wanted }) => `${what}: ${counted}, and it takes ${wanted}`),
];
