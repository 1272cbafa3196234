import type { Command } from 'commander';
import { loadStoreConfig, type StoreConfig } from '../infrastructure/config.js';
import { JsonLogger } from '../infrastructure/logger.js';
import { Client } from '../infrastructure/postgres/client.js';
import { migratedOf, openServers, reached, type DatabaseSetting } from '../infrastructure/postgres/database.js';
import { MIGRATIONS, migrate, migrationState } from '../infrastructure/postgres/migrate.js';
import { runningPostgres } from '../infrastructure/postgres/running.js';
import { whileOpen } from './ending.js';
import { UsageError } from './open.js';

/** Migrations are to be applied, or this version does not start on what is applied. */
const DIFFERS = 3;

const EXAMPLES = `
Examples:
  holdfast migrate                   # before the processes of a new version start, as the job of a deployment
  holdfast migrate --check           # what it would apply; changes nothing
  holdfast migrate --check --json | jq -r '.databases[].pending[]'

Forward only, each file in a transaction of its own under a lock that every process of the service takes too: any number
may run at once, and what is applied is not applied again. Processes of the version before go on beside a migration that
expands, and have to be stopped before one that contracts: --check tells them apart. The account of DATABASE_URL must own the schemas, or be allowed
to make them. A log in EventStoreDB has no migrations.

Exit codes: 0 nothing is left to apply, 1 it could not be done or looked at, 3 with --check: something is to be applied, or
this version does not start on what is applied.
`;

interface Told {
  readonly database: DatabaseSetting;
  /** By this call. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Those of them for which every process of the version before has to be stopped first. */
  readonly contracting: readonly string[];
  /** Applied by a newer version, and no hindrance for this one. */
  readonly newer: readonly string[];
  /** Why no process of this version starts, in sentences. */
  readonly refused: readonly string[];
}

/** `holdfast migrate`: what every process does when it starts, and nothing else. */
export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database to the form that this version needs, and end')
    .option('--check', 'only say what is to be applied')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ check, json }: { check?: true; json?: true }) => {
      const config = loadStoreConfig(process.env);
      const databases = check ? await look(config) : await apply(config);
      const ok = databases.every(({ pending, refused }) => pending.length + refused.length === 0);
      if (!ok) process.exitCode = DIFFERS;
      process.stdout.write(json ? `${JSON.stringify({ ok, databases }, null, 2)}\n` : databases.map(lines).join(''));
    });
}

async function apply(config: StoreConfig): Promise<Told[]> {
  const logger = new JsonLogger('error');
  const open = (stopping: AbortSignal) => openServers(config, logger, stopping);
  return whileOpen(open, async (servers) => {
    const told: Told[] = [];
    for (const [database, url] of migratedOf(servers)) {
      const options = { directory: MIGRATIONS, timeoutMs: config.limits.migrationTimeoutMs, logger };
      const applied = await reached(database, () => migrate(url, options));
      told.push({ database, applied, pending: [], contracting: [], newer: [], refused: [] });
    }
    return told;
  });
}

async function look(config: StoreConfig): Promise<Told[]> {
  const { databaseUrl, eventStoreUrl, dataDir, limits } = config;
  const url = databaseUrl ?? (await runningPostgres(dataDir, limits.connectTimeoutMs));
  // To start it would be to change something, and where there is none yet, to make one.
  if (url === null)
    throw new UsageError(`the embedded Postgres in ${dataDir} does not run: start the service, or set DATABASE_URL`);
  const told: Told[] = [];
  for (const [database, each] of migratedOf({ url, logUrl: eventStoreUrl ?? url })) {
    const { applied: _applied, ...state } = await reached(database, () => stateOf(each, config));
    told.push({ database, applied: [], ...state });
  }
  return told;
}

async function stateOf(url: string, { limits }: StoreConfig) {
  const client = new Client({
    connectionString: url,
    application_name: 'holdfast-migrate',
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.queryTimeoutMs,
  });
  client.on('error', () => undefined); // The query that was running reports it.
  await client.connect();
  try {
    await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
    return await migrationState(client, MIGRATIONS);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const CONTRACTS = ' (contracts: stop every process of the version before first)';

function lines({ database, applied, pending, contracting, newer, refused }: Told): string {
  const told = [
    ...applied.map((name) => `applied ${name}`),
    ...pending.map((name) => `to be applied: ${name}${contracting.includes(name) ? CONTRACTS : ''}`),
    ...newer.map((name) => `${name} was applied by a newer version, and only expands`),
    ...refused,
  ];
  return (told.length === 0 ? ['nothing to apply'] : told).map((line) => `${database}: ${line}\n`).join('');
}
