/**
 * `npm run bench -- --core`: how fast, beside what a team would otherwise write, on one durable Postgres of its own that
 * is deleted afterwards. `--json` prints JSON lines, `--only flash,start` runs some scenarios, `--quick` runs less of each.
 * Exits with 1 when a check failed; a figure that falls short is printed as "short".
 */
import { parseArgs } from 'node:util';
import { CORE, runCore } from './core.js';
import { Leftovers } from './support/bench.js';
import { startBenchPostgres } from './support/postgres.js';
import { Report } from './support/table.js';

const names = Object.keys(CORE);
const usage = `usage: npm run bench -- --core [--quick] [--json] [--only ${names.join(',')}]`;

const options = {
  core: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  only: { type: 'string' },
} as const;

function refuse(why: string): never {
  console.error(`bench: ${why}\n${usage}`);
  process.exit(2);
}

function readArguments(): { quick: boolean; json: boolean; only: readonly string[] } {
  try {
    const { core, quick, json, only } = parseArgs({ options }).values;
    const chosen = only === undefined ? names : only.split(',');
    const unknown = chosen.filter((name) => !names.includes(name));
    if (unknown.length > 0) refuse(`no scenario ${unknown.join(', ')}`);
    if (!core) refuse('say which figures');
    return { quick, json, only: chosen };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { quick, json, only } = readArguments();
const leftovers = new Leftovers();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  // Taken once: who asks a second time does not want to wait for the cleaning up.
  process.once(signal, () => void leftovers.clear().finally(() => process.exit(code)));

const report = new Report(json);
try {
  // Whoever breaks off while it starts waits until it can be stopped.
  const starting = startBenchPostgres();
  leftovers.add(() => starting.then(({ stop }) => stop()));
  const postgres = await starting;
  report.header(`npm run bench -- ${process.argv.slice(2).join(' ')}`, postgres.description);
  await runCore({ postgres, report, leftovers, quick }, only);
  if (!leftovers.isOver) process.exitCode = report.finish() ? 0 : 1;
} finally {
  await leftovers.clear();
}
