import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { ReadModel } from '../projections/tables.js';
import { sourcesYml, type Entry } from './dbt.js';
import { lines, openStage } from './stage.js';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const LOGIN = `grafana_${randomUUID().slice(0, 8)}`;

/** The blocks of SQL under a heading of the page. */
function blocks(heading: string): string[] {
  const section = read('docs/reporting.md')
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`));
  return [...section!.matchAll(/^```sql run\n(.*?)^```$/gms)].map(([, sql]) => sql!);
}

let model: ReadModel;
let reader: pg.Pool;
beforeAll(async () => {
  ({ model } = await openStage());
  // As the page says it, under a name of this test's own.
  for (const sql of blocks('Who may read')) await model.pool.query(sql.replaceAll('grafana', LOGIN));
  const url = new URL(model.url);
  url.username = LOGIN;
  // Of its own, as Grafana's is: the service's pools want a server that can be written to.
  reader = new pg.Pool({ connectionString: url.href });
});
afterAll(async () => {
  await reader?.end();
  await model.pool.query(`DROP ROLE ${LOGIN}`);
  await model.close();
});

const viewsOf = (sql: string): string[] => [...sql.matchAll(/\breporting_v1\.([a-z_]+)/g)].map(([, name]) => name!);

describe('the page', () => {
  it('names every view of the contract', async () => {
    const named = [...read('docs/reporting.md').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(
      await lines(model.pool, 'SELECT view_name FROM reporting_v1.data_dictionary WHERE ordinal = 0 ORDER BY 1'),
    );
  });

  const recipes = blocks('Cookbook');
  it('has a cookbook', () => expect(recipes.length).toBeGreaterThanOrEqual(10));

  it.each(recipes.map((sql) => [sql.split('\n')[0], sql]))(
    'can be followed by the role for reports: %s',
    async (_, sql) => {
      await expect(reader.query(sql!)).resolves.toBeDefined();
      expect(viewsOf(sql!).length).toBeGreaterThan(0);
    },
  );

  it('has every view of figures in some recipe', () => {
    const used = new Set(recipes.flatMap(viewsOf));
    for (const [name] of read('docs/reporting.md').matchAll(/(?<=^\| `)[a-z_]+(?=` \|)/gm))
      if (name !== 'data_dictionary') expect([...used]).toContain(name);
  });
});

describe('the dashboard', () => {
  interface Dashboard {
    readonly templating: { readonly list: readonly { name: string; type: string; query: string }[] };
    readonly panels: readonly {
      id: number;
      title: string;
      gridPos: { x: number; y: number; w: number; h: number };
      datasource: { type: string; uid: string };
      targets: readonly { rawSql: string; format: string; datasource: { uid: string } }[];
    }[];
  }
  const dashboard = JSON.parse(read('deploy/grafana/holdfast-reporting.json')) as Dashboard;
  const all = dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => [title, target] as const));

  it('takes its data source from a variable, everywhere', () => {
    expect(dashboard.templating.list).toMatchObject([
      { name: 'datasource', type: 'datasource', query: 'grafana-postgresql-datasource' },
    ]);
    for (const { datasource } of [...dashboard.panels, ...all.map(([, target]) => target)])
      expect(datasource.uid).toBe('${datasource}');
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  it.each(all)('shows what is there: %s', async (_, { rawSql, format }) => {
    const { rows, fields } = await reader.query(asGrafanaDoes(rawSql));
    expect(rows.length).toBeGreaterThan(0);
    if (format === 'time_series') expect(fields[0]!.name).toBe('time');
  });

  it('has a panel over every view', async () => {
    const views = await lines(
      model.pool,
      'SELECT view_name FROM reporting_v1.data_dictionary WHERE ordinal = 0 ORDER BY 1',
    );
    expect([...new Set(all.flatMap(([, { rawSql }]) => viewsOf(rawSql)))].sort()).toEqual(views);
  });

  /** The macros of Grafana's Postgres data source. */
  const asGrafanaDoes = (sql: string): string =>
    sql
      .replace(/\$__timeFilter\((\w+)\)/g, "$1 BETWEEN '2027-02-01T00:00:00Z' AND '2027-04-01T00:00:00Z'")
      .replaceAll('$__timeFrom()', "'2027-02-01T00:00:00Z'")
      .replaceAll('$__timeTo()', "'2027-04-01T00:00:00Z'");
});

it("dbt's sources are the views and columns that are there, with what they mean", async () => {
  const { rows } = await model.pool.query<Entry>(
    'SELECT * FROM reporting_v1.data_dictionary ORDER BY view_name COLLATE "C", ordinal',
  );
  expect(read('deploy/dbt/sources.yml')).toBe(sourcesYml(rows));
});
