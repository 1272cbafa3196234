/** A page of `/metrics`, read. */
export interface Page {
  /** By name: what `# TYPE` says. */
  readonly types: ReadonlyMap<string, string>;
  /** Every name that a query can ask for: of a histogram those with `_bucket`, `_sum` and `_count`. */
  readonly names: ReadonlySet<string>;
  /** Whether a series of that name has that label with that value; true where the name has no series now. */
  has(name: string, label: string, value: string): boolean;
  /** The value of one series, `name` or `name{label="value"}`; undefined where there is none. */
  of(series: string): number | undefined;
  /** The values of a name by the value of its one label. */
  by(name: string): Record<string, number>;
}

export function pageOf(text: string): Page {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!] as const));
  const values = new Map(
    [...text.matchAll(/^([^#\s]\S*) (\S+)$/gm)].map(([, series, value]) => [series!, Number(value)] as const),
  );
  const names = new Set<string>();
  for (const [name, type] of types)
    for (const ending of type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) names.add(name + ending);
  const has = (name: string, label: string, value: string): boolean => {
    const series = [...values.keys()].filter((each) => each.startsWith(`${name}{`));
    return series.length === 0 || series.some((each) => each.includes(`${label}="${value}"`));
  };
  const by = (name: string): Record<string, number> => {
    const found: Record<string, number> = {};
    for (const [series, value] of values) {
      const label = new RegExp(`^${name}\\{\\w+="([^"]*)"\\}$`).exec(series)?.[1];
      if (label !== undefined && value !== 0) found[label] = value;
    }
    return found;
  };
  return { types, names, has, of: (series) => values.get(series), by };
}

export async function scrape(url: string, token: string): Promise<Page> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return pageOf(await response.text());
}
