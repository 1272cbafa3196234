import type pg from 'pg';
import type { StoreConfig } from '../../infrastructure/config.js';
import { toldOf } from '../../infrastructure/logger.js';
import { Client } from '../../infrastructure/postgres/client.js';
import { MIGRATIONS, migrationState } from '../../infrastructure/postgres/migrate.js';
import { looked, ok, unknown, wrong, type Check } from './check.js';

/** One Postgres of ours: what it holds, and how its checks are called. */
export interface Server {
  readonly url: string;
  readonly name: 'database' | 'log database';
  readonly holdsLog: boolean;
  readonly holdsTables: boolean;
}

const OLDEST = 150_000;

/** A connection on which the server itself refuses every write. Null, with what was found, where there is none. */
export async function connect(
  { url, name }: Server,
  { limits }: Pick<StoreConfig, 'limits'>,
): Promise<{ readonly client: pg.Client | null; readonly check: Check }> {
  const client = new Client({
    connectionString: url,
    application_name: 'holdfast-doctor',
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.queryTimeoutMs,
  });
  client.on('error', () => undefined); // The query that was running reports it.
  try {
    await client.connect();
    await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
    const { rows } = await client.query<{ who: string; where: string }>(
      'SELECT current_user AS who, current_database() AS where',
    );
    return { client, check: ok(name, `reached ${rows[0]!.where} as ${rows[0]!.who}`) };
  } catch (error) {
    await client.end().catch(() => undefined);
    const setting = name === 'database' ? 'DATABASE_URL' : 'EVENT_STORE_URL';
    const todo = `See that the server runs, and that ${setting} has its address, database, account and password.`;
    return { client: null, check: unknown(name, `cannot be reached: ${toldOf(error)}`, todo) };
  }
}

/** What can be seen of a server by asking it. */
export async function checkServer(client: pg.Client, server: Server): Promise<Check[]> {
  const { name } = server;
  const todo = 'See what the server says, and that the account may look.';
  const look = (what: string, work: () => Promise<readonly Check[]>) => looked(`${name} ${what}`, todo, work);
  return [
    ...(await look('settings', () => settings(client, server))),
    ...(await look('migrations', () => migrations(client, server))),
    ...(await look('privileges', () => privileges(client, server))),
    ...(server.holdsLog ? await look('append-only', () => appendOnly(client, server)) : []),
  ];
}

interface Settings {
  readonly number: number;
  readonly version: string;
  readonly encoding: string;
  readonly standby: boolean;
  readonly read_only: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
}

async function settings(client: pg.Client, { name }: Server): Promise<Check[]> {
  // What a session of the service would get; our own is read-only by our own doing.
  const { rows } = await client.query<Settings>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
       (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') AS read_only,
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit`,
  );
  const found = rows[0]!;
  const durable = (setting: 'fsync' | 'full_page_writes' | 'synchronous_commit', loss: string): Check =>
    found[setting] === 'off'
      ? wrong(
          `${name} ${setting}`,
          `off: ${loss}`,
          `ALTER SYSTEM SET ${setting} = on; SELECT pg_reload_conf(); unless it is set elsewhere, where pg_settings says.`,
        )
      : ok(`${name} ${setting}`, found[setting]);
  return [
    found.number < OLDEST
      ? wrong(`${name} version`, `PostgreSQL ${found.version}`, 'Move to PostgreSQL 15 or later.')
      : ok(`${name} version`, `PostgreSQL ${found.version}`),
    found.encoding === 'UTF8'
      ? ok(`${name} encoding`, 'UTF8')
      : wrong(
          `${name} encoding`,
          found.encoding,
          'Make the database anew: CREATE DATABASE … ENCODING UTF8 TEMPLATE template0.',
        ),
    found.standby || found.read_only === 'on'
      ? wrong(
          `${name} writable`,
          found.standby ? 'a standby: nothing can be written' : 'transactions are read-only',
          'Point the service at the primary, or let the account write.',
        )
      : ok(`${name} writable`, 'takes writes'),
    durable('fsync', 'what was acknowledged may be lost, and the database broken, in a crash of the machine'),
    durable('full_page_writes', 'a page that is half written in a crash stays broken'),
    durable('synchronous_commit', 'what was acknowledged may be lost in a crash of the server'),
  ];
}

async function migrations(client: pg.Client, { name: server }: Server): Promise<Check[]> {
  const { applied, pending, newer, refused } = await migrationState(client, MIGRATIONS);
  const name = `${server} migrations`;
  const restart = 'Start a process of this version: it applies them. Processes of an older version go on meanwhile.';
  return [
    ...refused.map((sentence) => wrong(name, sentence, 'No process of this version starts until that is so.')),
    ...(pending.length > 0 ? [wrong(name, `to be applied: ${pending.join(', ')}`, restart)] : []),
    ...(refused.length === 0 && pending.length === 0 ? [ok(name, appliedTold(applied, newer))] : []),
  ];
}

const appliedTold = (applied: readonly string[], newer: readonly string[]): string =>
  newer.length === 0
    ? `${applied.length} applied, none to come`
    : `${applied.length} applied, of which a newer version's, which only expand: ${newer.join(', ')}`;

const OF_LOG = {
  'log.events': ['SELECT', 'INSERT'],
  'log.streams': ['SELECT', 'INSERT', 'UPDATE'],
  'log.position': ['SELECT', 'UPDATE'],
  'log.identity': ['SELECT'],
};
const OF_TABLES = {
  'projections.checkpoint': ['SELECT', 'UPDATE'],
  'projections.skips': ['SELECT', 'INSERT'],
  'people.profiles': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  'people.erasures': ['SELECT', 'INSERT'],
  'people.profile_revision': ['USAGE'],
  'rate_limits.windows': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  // UPDATE: what is to be deleted is locked first.
  'refusals.facts': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  'refusals.gaps': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  'webhooks.subscriptions': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  'webhooks.deliveries': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  'webhooks.subscription_revision': ['USAGE'],
};

/** Of the tables and sequences that are there; the migrations say which are not. */
async function privileges(client: pg.Client, { name: server, holdsLog, holdsTables }: Server): Promise<Check[]> {
  const needed = Object.entries({ ...(holdsLog ? OF_LOG : {}), ...(holdsTables ? OF_TABLES : {}) }).flatMap(
    ([relation, each]) => each.map((privilege) => ({ relation, privilege })),
  );
  const { rows } = await client.query<{ what: string }>(MISSING_PRIVILEGES, [
    needed.map(({ relation }) => relation),
    needed.map(({ privilege }) => privilege),
    holdsLog,
    holdsTables,
  ]);
  const name = `${server} privileges`;
  if (rows.length === 0)
    return [ok(name, `the account may do what it has to${holdsLog ? ', write the log included' : ''}`)];
  const missing = rows.map(({ what }) => what).join(', ');
  const grant = 'GRANT them, and USAGE on the schemas, to the account; or use the one that applied the migrations.';
  return [wrong(name, `the account lacks ${missing}`, grant)];
}

const MISSING_PRIVILEGES = `
  WITH ours AS (
    SELECT c.oid, n.oid AS schema, n.nspname || '.' || c.relname AS relation, n.nspname, c.relkind
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'S')),
  needed AS (
    SELECT * FROM unnest($1::text[], $2::text[]) AS n(relation, privilege)
    UNION ALL
    SELECT relation, privilege FROM ours, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p(privilege)
     WHERE $4 AND nspname ~ '^read_model_g[0-9]+$'
    UNION ALL
    SELECT relation, 'SELECT' FROM ours WHERE $4 AND nspname = 'read_model')
  SELECT privilege || ' on ' || relation AS what FROM needed JOIN ours USING (relation)
   WHERE NOT (has_schema_privilege(schema, 'USAGE') AND CASE relkind
       WHEN 'S' THEN has_sequence_privilege(oid, privilege) ELSE has_table_privilege(oid, privilege) END)
  UNION ALL
  SELECT 'EXECUTE on log.append' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE $3 AND n.nspname = 'log' AND p.proname = 'append' AND NOT has_function_privilege(p.oid, 'EXECUTE')`;

/** Whether the database itself refuses to change what is in the log. */
async function appendOnly(client: pg.Client, { name: server }: Server): Promise<Check[]> {
  const { rows } = await client.query<{ isThere: boolean; guards: boolean }>(
    `SELECT c.oid IS NOT NULL AS "isThere", EXISTS (
       SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only' AND t.tgenabled IN ('O', 'A')) AS guards
       FROM (SELECT 1) one LEFT JOIN pg_class c
         ON c.relname = 'events' AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'log')`,
  );
  const name = `${server} append-only`;
  const { isThere, guards } = rows[0]!;
  if (!isThere) return [unknown(name, 'there is no log yet', 'Start a process of this version: it makes one.')];
  if (guards) return [ok(name, 'log.events refuses to be changed')];
  const todo =
    'ALTER TABLE log.events ENABLE TRIGGER append_only; then holdfast log verify, for it may have been changed.';
  return [wrong(name, 'the trigger append_only on log.events is missing or switched off', todo)];
}
