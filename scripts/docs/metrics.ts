import { SECTIONS } from '../../src/infrastructure/metrics/list.js';

type Figure = (typeof SECTIONS)[number]['figures'][number];

/** `docs/metrics.md`, made from the list that `/metrics` is made from. Throws when a name does not say its unit. */
export function metricsDocs(): ReadonlyMap<string, string> {
  const sections = SECTIONS.map(({ title, figures }) =>
    [`## ${title}`, '', '| name | type | labels | unit | |', '|---|---|---|---|---|', ...figures.map(row)].join('\n'),
  );
  return new Map([['docs/metrics.md', `${[INTRODUCTION, ...sections, REST].join('\n\n')}\n`]]);
}

function row(figure: Figure): string {
  const { name, type, labels, help } = figure;
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name}: _total is for counters, and for all`);
  const told = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${told} | ${unitOf(name)} | ${help.replaceAll('|', String.raw`\|`)} |`;
}

function unitOf(name: string): string {
  if (name.endsWith('_seconds')) return 'seconds';
  return name.endsWith('_ratio') ? '0 to 1' : 'number';
}

const INTRODUCTION = `# Metrics

<!-- Made by \`npm run docs:metrics\` from src/infrastructure/metrics/list.ts. -->

\`GET /metrics\` of every service process, in the text format of Prometheus, with the scope \`ops\` or \`METRICS_TOKEN\`:

\`\`\`sh check
curl -sS -H "Authorization: Bearer $METRICS_TOKEN" http://127.0.0.1:3000/metrics
\`\`\`

Counters begin at 0 with each process and are of that process alone: add them up. Gauges of *tables and projector* and
\`holdfast_webhook_queue\` are of all processes, and each shows the same: take the highest. They are read from the database when
somebody scrapes; where it does not answer within two seconds they are missing and the others are there. The service processes
tell where the tables stand, whoever folds them. A projector process shows *tables and projector* and *process* too, on
\`PROJECTOR_PORT\` where that is set, with \`METRICS_TOKEN\`; its \`holdfast_projector_lag_seconds\` needs no second scrape. No
label holds an event, a booking or a user. \`deploy/prometheus/rules.yml\` has alerts over these names and
\`deploy/grafana/holdfast-operations.json\` a dashboard; a test holds both against what a process really shows.`;

const REST = `Beside them are the default figures of Node.js (\`process_…\` and \`nodejs_…\`, from \`prom-client\`): the delay of the event loop
is \`nodejs_eventloop_lag_seconds\`, with \`nodejs_eventloop_lag_p99_seconds\` and its like; the heap is
\`nodejs_heap_size_used_bytes\`.`;
