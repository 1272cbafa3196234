/**
 * `npm run bench`: how fast, beside what a team would otherwise write, on one durable Postgres of its own that is deleted
 * afterwards; `--write-docs` keeps the figures in `docs`, in the page and in the chart. `--core`: what the service stands on, in a
 * few minutes. `--eventstoredb`: what our adapter leaves of the rate of EventStoreDB's client, on the tests' stand-in or,
 * with `--url esdb://…`, on a real server, which keeps what was written. `--json` prints JSON lines, `--out FILE` writes
 * them to a file, `--only flash,start` runs some scenarios, `--quick` runs less of each.
 * Exits with 1 when a check failed; a figure that falls short is printed as "short".
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { runAll } from './all.js';
import { USAGE, readArguments, type Arguments } from './arguments.js';
import { runCore } from './core.js';
import { runEventStoreDb } from './eventstoredb.js';
import { Leftovers, type Ground } from './support/bench.js';
import { drawChart } from './support/chart.js';
import { runningServer, startStandIn } from './support/event-store-db.js';
import { fromJson } from './support/line.js';
import { withFigures } from './support/markdown.js';
import { startBenchPostgres } from './support/postgres.js';
import { ROOT, Report } from './support/table.js';

function argumentsOrUsage(): Arguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

/** Whoever breaks off while it starts waits until it can be stopped. */
async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  leftovers.add(() => starting.then(({ stop }) => stop()));
  return await starting;
}

async function runSuite(ground: Ground): Promise<void> {
  // Without the password that an address may hold.
  const asked = process.argv.slice(2).join(' ');
  const command = `npm run bench${asked === '' ? '' : ` -- ${asked}`}`.replace(/\/\/[^@/\s]*@/g, '//…@');
  switch (suite) {
    case 'all':
    case 'core': {
      const postgres = await started(startBenchPostgres());
      report.header(command, postgres.description);
      return (suite === 'all' ? runAll : runCore)({ ...ground, postgres }, only);
    }
    case 'eventstoredb': {
      const server = await started(url === null ? startStandIn() : runningServer(url));
      report.header(command, server.description);
      return runEventStoreDb({ ...ground, server }, only);
    }
    default:
      return suite satisfies never;
  }
}

const DOCS = {
  figures: `${ROOT}docs/bench.jsonl`,
  chart: `${ROOT}docs/bench.svg`,
  page: `${ROOT}docs/performance.md`,
};

/** Page and chart from figures that were kept: the first file says where they were made. */
function draw(files: readonly string[]): void {
  const { header, lines } = fromJson(files.map((file) => readFileSync(file, 'utf8')).join('\n'));
  writeFileSync(DOCS.chart, drawChart(header, lines));
  writeFileSync(DOCS.page, withFigures(readFileSync(DOCS.page, 'utf8'), header, lines));
}

const { suite, url, quick, json, out, only, writeDocs, draw: kept } = argumentsOrUsage();
if (kept.length > 0) {
  draw(kept);
  process.exit(0);
}
const leftovers = Leftovers.ofThisProcess();

const report = new Report(json, out ?? (writeDocs ? DOCS.figures : null));
try {
  await runSuite({ report, leftovers, quick });
  if (!leftovers.isOver) process.exitCode = report.finish() ? 0 : 1;
  if (!leftovers.isOver && writeDocs) draw([out ?? DOCS.figures]);
} finally {
  await leftovers.clear();
}
