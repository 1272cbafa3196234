import type { Command } from 'commander';
import { loadStoreConfig, type StoreConfig } from '../infrastructure/config.js';
import { isEventStoreDb } from '../infrastructure/esdb-address.js';
import { openEventStore } from '../infrastructure/event-store/open.js';
import { JsonLogger } from '../infrastructure/logger.js';
import { runningPostgres } from '../infrastructure/postgres/running.js';
import { looked, unknown, type Check } from './doctor/check.js';
import { checkClock, checkDisk, checkSecret } from './doctor/machine.js';
import { checkServer, connect, type Server } from './doctor/postgres.js';
import { checkIdentity, checkProjector } from './doctor/tables.js';
import { painter } from './terminal.js';

/** Something is not as it should be; 1 is that it could not be looked at. */
const DIFFERS = 3;
const COULD_NOT_LOOK = 1;

const EXAMPLES = `
Examples:
  holdfast doctor
  holdfast doctor --json | jq '.checks[] | select(.state != "ok")'
  DATABASE_URL=postgres://holdfast@db/holdfast holdfast doctor

It only looks: nothing is started, migrated or written. The service's own settings say at what; in the same shell they are
the same.

Exit codes: 0 all is well, 3 something is wrong, 1 something could not be looked at, and what could is well.
`;

/** `holdfast doctor`: everything that has to be so for the service to keep its promises, and what to do where it is not. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look whether database, log, tables, clock and disk are as they have to be, and say what to do')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json }: { json?: true }) => {
      const checks = await examine(loadStoreConfig(process.env));
      const states = new Set(checks.map(({ state }) => state));
      if (states.has('wrong')) process.exitCode = DIFFERS;
      else if (states.has('unknown')) process.exitCode = COULD_NOT_LOOK;
      const isWell = !states.has('wrong') && !states.has('unknown');
      process.stdout.write(json ? `${JSON.stringify({ ok: isWell, checks }, null, 2)}\n` : told(checks));
    });
}

async function examine(config: StoreConfig): Promise<Check[]> {
  const { dataDir, limits, databaseUrl, eventStoreUrl } = config;
  const machine = [
    ...(await looked('disk', 'See that DATA_DIR can be reached.', () => checkDisk(config))),
    ...(await looked('secret', 'See that DATA_DIR can be reached.', () => checkSecret(config))),
  ];
  const url = databaseUrl ?? (await runningPostgres(dataDir, limits.connectTimeoutMs));
  if (url !== null) return [...(await ofDatabases(config, url, eventStoreUrl ?? url)), ...machine];
  const todo =
    'npm start starts it, and so do the verbs that read the log or the tables. Or set DATABASE_URL to a Postgres of yours.';
  return [unknown('database', `the embedded Postgres in ${dataDir} does not run`, todo), ...machine];
}

async function ofDatabases(config: StoreConfig, url: string, logUrl: string): Promise<Check[]> {
  const isOne = url === logUrl;
  const tables = { url, name: 'database', holdsLog: isOne, holdsTables: true } as const;
  const log = { url: logUrl, name: 'log database', holdsLog: true, holdsTables: false } as const;
  const checks = await ofServer(config, tables, (client) => ofLog(config, logUrl, client));
  return isOne || isEventStoreDb(logUrl) ? checks : [...checks, ...(await ofServer(config, log))];
}

type Client = NonNullable<Awaited<ReturnType<typeof connect>>['client']>;

async function ofServer(
  config: StoreConfig,
  server: Server,
  further: (client: Client) => Promise<Check[]> = async () => [],
): Promise<Check[]> {
  const { client, check } = await connect(server, config);
  if (client === null) return [check];
  try {
    return [check, ...(await checkServer(client, server)), ...(await further(client))];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What is seen of the log and the tables only side by side. */
async function ofLog(config: StoreConfig, logUrl: string, client: Client): Promise<Check[]> {
  const log = openEventStore(logUrl, config, new JsonLogger('silent'));
  const { clockSkewLimitMs, limits } = config;
  const askTime = log.server?.time ?? ((): Promise<number> => timeOf(client));
  const reach = 'See that the log can be reached, and that migrations are applied.';
  try {
    return [
      ...(await looked('log', reach, () => checkIdentity(client, log))),
      ...(await looked('projector', reach, () => checkProjector(client, log, limits.readWaitMs))),
      ...(await looked('clock', reach, () => checkClock(clockSkewLimitMs, askTime))),
    ];
  } finally {
    await log.close();
  }
}

async function timeOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ now: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
  );
  return rows[0]!.now;
}

const COLOURS = { ok: 'green', wrong: 'red', unknown: 'yellow' } as const;
const WORDS = { ok: 'ok', wrong: 'WRONG', unknown: 'unknown' } as const;

function told(checks: readonly Check[]): string {
  const paint = painter();
  const widest = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, todo }) => [
    `${paint(COLOURS[state], WORDS[state].padEnd(7))}  ${name.padEnd(widest)}  ${found}`,
    ...(todo === null ? [] : [`${' '.repeat(9)}→ ${todo}`]),
  ]);
  const count = (wanted: Check['state']): number => checks.filter(({ state }) => state === wanted).length;
  const verdict =
    count('wrong') + count('unknown') === 0
      ? paint('green', 'all is well')
      : `${count('wrong')} wrong, ${count('unknown')} that could not be looked at, ${count('ok')} well`;
  return `${[...lines, verdict].join('\n')}\n`;
}
