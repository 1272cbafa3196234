import type { Metric, Registry } from 'prom-client';

/** Counts by range; see the core's tally. */
export interface Ranges {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The values of the labels, in their order, and what is shown there. None: nobody can tell now. */
export type Samples = Iterable<readonly [labels: readonly string[], value: number]>;

interface Common<Seen> {
  readonly name: string;
  /** A sentence, for `# HELP` and for docs/metrics.md. */
  readonly help: string;
  /** Names; their values come from closed lists, or are numbers of generations. */
  readonly labels: readonly string[];
  readonly read: (seen: Seen) => Samples;
}

/** One name that `/metrics` shows: what it means, and where it is read when it is scraped. */
export type Figure<Seen> =
  | (Common<Seen> & { readonly type: 'counter' | 'gauge' })
  | (Omit<Common<Seen>, 'read'> & {
      readonly type: 'histogram';
      /** Of what was observed: 1000 for milliseconds that are shown as seconds. */
      readonly divisor: number;
      readonly read: (seen: Seen) => Iterable<readonly [labels: readonly string[], ranges: Ranges]>;
    });

/** A figure without labels. Null: nobody can tell now, and nothing is shown. */
export const one =
  <Seen>(read: (seen: Seen) => number | null) =>
  (seen: Seen): Samples => {
    const value = read(seen);
    return value === null ? [] : [[[], value]];
  };

/** A figure with one label. */
export const each =
  <Seen, Value>(read: (seen: Seen) => Iterable<readonly [string, Value]>) =>
  (seen: Seen): (readonly [readonly string[], Value])[] =>
    [...read(seen)].map(([label, value]) => [[label], value]);

/** Has the registry show a figure; `seen` is asked when it is scraped. */
export function register<Seen>(registry: Registry, figure: Figure<Seen>, seen: () => Seen): void {
  const { name, help, type } = figure;
  const get = async () => ({ name, help, type, aggregator: 'sum', values: valuesOf(figure, seen()) });
  // All that the registry asks of a metric: it need not be told a number before somebody wants to know it.
  registry.registerMetric({ name, help, type, get } as unknown as Metric);
}

interface Value {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function valuesOf<Seen>(figure: Figure<Seen>, seen: Seen): Value[] {
  const named = (values: readonly string[]) =>
    Object.fromEntries(figure.labels.map((label, at) => [label, values[at]!]));
  if (figure.type !== 'histogram')
    return Array.from(figure.read(seen), ([labels, value]) => ({ labels: named(labels), value }));
  const { name, divisor } = figure;
  return Array.from(figure.read(seen), ([labels, ranges]) => bucketsOf(name, named(labels), ranges, divisor)).flat();
}

function bucketsOf(name: string, labels: Value['labels'], { bounds, counts, sum }: Ranges, divisor: number): Value[] {
  let count = 0;
  const buckets = counts.map((more, at): Value => {
    count += more;
    const le = at < bounds.length ? bounds[at]! / divisor : '+Inf';
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum / divisor },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
