/**
 * `npm run bench -- --core`: how fast, beside what a team would otherwise write, on one durable Postgres of its own that
 * is deleted afterwards. `npm run bench -- --eventstoredb`: what our adapter leaves of the rate of EventStoreDB's client,
 * on the tests' stand-in or, with `--url esdb://…`, on a real server, which keeps what was written. `--json` prints JSON
 * lines, `--only flash,start` runs some scenarios, `--quick` runs less of each.
 * Exits with 1 when a check failed; a figure that falls short is printed as "short".
 */
import { parseArgs } from 'node:util';
import { isEventStoreDb } from '../src/infrastructure/esdb-address.js';
import { CORE, runCore } from './core.js';
import { EVENTSTOREDB, runEventStoreDb } from './eventstoredb.js';
import { Leftovers, type Ground } from './support/bench.js';
import { runningServer, startStandIn } from './support/event-store-db.js';
import { startBenchPostgres } from './support/postgres.js';
import { Report } from './support/table.js';

const names = { core: Object.keys(CORE), eventstoredb: Object.keys(EVENTSTOREDB) };
const usage = [
  `usage: npm run bench -- --core [--quick] [--json] [--only ${names.core.join(',')}]`,
  `       npm run bench -- --eventstoredb [--url esdb://…] [--quick] [--json] [--only ${names.eventstoredb.join(',')}]`,
].join('\n');

const options = {
  core: { type: 'boolean', default: false },
  eventstoredb: { type: 'boolean', default: false },
  url: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  only: { type: 'string' },
} as const;

interface Arguments {
  readonly suite: keyof typeof names;
  /** Of a server that runs already; null: one of our own. */
  readonly url: string | null;
  readonly quick: boolean;
  readonly json: boolean;
  readonly only: readonly string[];
}

function refuse(why: string): never {
  console.error(`bench: ${why}\n${usage}`);
  process.exit(2);
}

function readArguments(): Arguments {
  try {
    const { core, eventstoredb, url = null, quick, json, only } = parseArgs({ options }).values;
    if (core === eventstoredb) refuse('say which figures');
    const suite = core ? 'core' : 'eventstoredb';
    if (url !== null && (core || !isEventStoreDb(url))) refuse('--url is the address of an EventStoreDB');
    const chosen = only === undefined ? names[suite] : only.split(',');
    const unknown = chosen.filter((name) => !names[suite].includes(name));
    if (unknown.length > 0) refuse(`no scenario ${unknown.join(', ')}`);
    return { suite, url, quick, json, only: chosen };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

/** Whoever breaks off while it starts waits until it can be stopped. */
async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  leftovers.add(() => starting.then(({ stop }) => stop()));
  return await starting;
}

async function runSuite(ground: Ground): Promise<void> {
  // Without the password that an address may hold.
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.replace(/\/\/[^@/\s]*@/g, '//…@');
  switch (suite) {
    case 'core': {
      const postgres = await started(startBenchPostgres());
      report.header(command, postgres.description);
      return runCore({ ...ground, postgres }, only);
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

const { suite, url, quick, json, only } = readArguments();
const leftovers = new Leftovers();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  // Taken once: who asks a second time does not want to wait for the cleaning up.
  process.once(signal, () => void leftovers.clear().finally(() => process.exit(code)));

const report = new Report(json);
try {
  await runSuite({ report, leftovers, quick });
  if (!leftovers.isOver) process.exitCode = report.finish() ? 0 : 1;
} finally {
  await leftovers.clear();
}
