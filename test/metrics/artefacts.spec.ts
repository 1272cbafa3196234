import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SECTIONS } from '../../src/infrastructure/metrics/list.js';
import { FrontDoor } from '../support/front-door.js';
import { wrongIn } from './promql.js';
import { pageOf, type Page } from './scrape.js';

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly summary: string; readonly runbook_url: string };
    }[];
  }[];
}

interface Dashboard {
  readonly templating: { readonly list: readonly { name: string; type: string; query: string }[] };
  readonly panels: readonly {
    id: number;
    title: string;
    gridPos: { x: number; y: number; w: number; h: number };
    datasource: { type: string; uid: string };
    targets: readonly { refId: string; expr: string; datasource: { uid: string } }[];
  }[];
}

/** What docs/runbooks.md has a section for. */
const RUNBOOKS = [
  ...['lag-rises', 'projector-halted', 'store-away', 'disk-full', 'hot-event', 'restore', 'overload', 'webhooks-fail'],
];

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const alerts = (parse(read('deploy/prometheus/rules.yml')) as Rules).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('deploy/grafana/holdfast-operations.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));

const figures = SECTIONS.flatMap((section) => section.figures);
const labels = new Map(
  figures.map(({ name, type, labels: own }) => [name, type === 'histogram' ? [...own, 'le'] : own]),
);
const labelsOf = (name: string): ReadonlySet<string> =>
  new Set(labels.get(name) ?? labels.get(name.replace(/_(bucket|sum|count)$/, '')) ?? []);

let door: FrontDoor;
let page: Page;
beforeAll(async () => {
  door = await FrontDoor.open();
  page = pageOf((await door.ask('GET', '/metrics', 'ops ops')).body);
});
afterAll(() => door.close());

const wrong = (query: string): string[] => wrongIn(query, page, labelsOf);

it('the page has every figure of the list with its type, in lines that Prometheus reads', () => {
  for (const { name, type } of figures) expect([name, page.types.get(name)]).toEqual([name, type]);
  const ours = [...page.types.keys()].filter((name) => name.startsWith('holdfast_'));
  expect(ours.sort()).toEqual(figures.map(({ name }) => name).sort());
});

describe('the alerts', () => {
  it.each(alerts.map(({ alert, expr }) => [alert, expr]))('can be asked: %s', (_, expr) =>
    expect(wrong(expr!)).toEqual([]),
  );

  it('have names of their own, a time to wait, and a runbook that is there', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { for: wait, labels: told, annotations } of alerts) {
      expect(wait).toMatch(/^\d+m$/);
      expect(['page', 'ticket']).toContain(told.severity);
      expect(annotations.summary).toMatch(/\.$/);
      expect(RUNBOOKS.map((anchor) => `docs/runbooks.md#${anchor}`)).toContain(annotations.runbook_url);
    }
  });

  it('lead to every runbook but the one that nothing tells of', () => {
    const linked = new Set(alerts.map(({ annotations }) => annotations.runbook_url.split('#')[1]));
    expect(RUNBOOKS.filter((anchor) => !linked.has(anchor))).toEqual(['restore']);
  });
});

describe('the dashboard for operators', () => {
  it.each(queries)('can be asked: %s', (_, expr) => expect(wrong(expr)).toEqual([]));

  it('takes its data source from a variable, and its panels do not overlap', () => {
    expect(dashboard.templating.list).toMatchObject([{ name: 'datasource', type: 'datasource', query: 'prometheus' }]);
    const seats = new Set<string>();
    for (const { gridPos, datasource, targets } of dashboard.panels) {
      for (const { uid } of [datasource, ...targets.map((target) => target.datasource)])
        expect(uid).toBe('${datasource}');
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        expect(x).toBeLessThan(24);
        expect(seats).not.toContain(`${x} ${gridPos.y}`);
        seats.add(`${x} ${gridPos.y}`);
      }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

it.each([
  ['max(holdfast_projector_lag_minutes)', 'nothing shows holdfast_projector_lag_minutes'],
  ['sum(rate(holdfst_appends_total[5m]))', 'nothing shows holdfst_appends_total'],
  ['sum by (event) (rate(holdfast_appends_total[5m]))', 'nothing asked for has the label event'],
  ['rate(holdfast_refusals_total{user="ada"}[5m])', 'holdfast_refusals_total has no label user'],
  ['rate(holdfast_refusals_total{reason="soldout"}[5m])', 'holdfast_refusals_total has no reason="soldout"'],
  ['holdfast_appends_total > 5', 'holdfast_appends_total: rate and increase are for counters, and for all of them'],
  [
    'rate(holdfast_cached_ledgers[5m])',
    'holdfast_cached_ledgers: rate and increase are for counters, and for all of them',
  ],
])('a query that cannot be answered is found: %s', (query, sentence) => expect(wrong(query)).toContain(sentence));
