import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { Log } from '../logger.js';
import { Client } from './client.js';

/** The folder of our migrations, beside this module in the sources and, copied by the build, beside its compiled form. */
export const MIGRATIONS = fileURLToPath(new URL('./migrations/', import.meta.url));

/** The database cannot be brought to the form this version needs. Nothing of the refused step was applied. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface MigrateOptions {
  /** A folder of `NNNN_name.sql` files, normally `MIGRATIONS`. */
  readonly directory: string;
  /** Bound on connecting, on each statement, and on waiting for another process that is migrating. */
  readonly timeoutMs: number;
  readonly logger: Log;
}

/**
 * Applies every file that is not yet applied, in the order of names, forward only, each in a transaction of its own under
 * an advisory lock: any number of processes may call it at once, and a crash leaves whole files only.
 * Returns the names it applied. What a newer version has applied is no hindrance as long as all of it expands: see `Kind`.
 * Throws MigrationError when the server is older than 15 or its database not UTF8, an applied file was changed, or is
 * missing here and contracts, or a new file sorts before an applied one; errors of the SQL itself come wrapped with the
 * file's name.
 */
export async function migrate(url: string, options: MigrateOptions): Promise<string[]> {
  const files = await readMigrations(options.directory);
  const client = new Client({
    connectionString: url,
    application_name: 'holdfast-migrate',
    connectionTimeoutMillis: options.timeoutMs,
    statement_timeout: options.timeoutMs,
    lock_timeout: options.timeoutMs,
    query_timeout: 2 * options.timeoutMs,
    keepAlive: true,
  });
  client.on('error', () => undefined); // The query that was running reports it.
  await client.connect();
  try {
    await checkServer(client);
    const applied: string[] = [];
    let newer: readonly string[] = [];
    for (const file of files) {
      const found = await applyOne(client, file, files);
      newer = found.newer;
      if (!found.isApplied) continue;
      applied.push(file.name);
      options.logger.log('Migration applied', { migration: file.name, kind: file.kind });
    }
    if (newer.length > 0)
      options.logger.warn('A newer version has migrated this database; this one goes on beside it', { newer });
    return applied;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * What a migration means for the version before it, as its first line says: `-- expands: …` or `-- contracts: …`, with the
 * reason. Beside what expands, that version runs on and starts; beside what contracts, it does neither. A file that
 * says nothing is taken to contract.
 */
type Kind = 'expands' | 'contracts';

interface Migration {
  readonly name: string;
  readonly kind: Kind;
  readonly sql: string;
  readonly sha256: string;
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
        throw new MigrationError(`${name}: expected a name such as 0010_log.sql`);
      // Line ends depend on how the file was checked out; they must not look like a change.
      const sql = (await readFile(`${directory}/${name}`, 'utf8')).replaceAll('\r\n', '\n');
      const kind: Kind = /^-- expands: \S/.test(sql) ? 'expands' : 'contracts';
      return { name, kind, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

const OLDEST_SERVER = 150_000;

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string; encoding: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
            current_setting('server_encoding') AS encoding`,
  );
  const [server] = rows;
  if (server === undefined || server.number < OLDEST_SERVER) {
    throw new MigrationError(`This is PostgreSQL ${server?.version}; Holdfast needs 15 or later.`);
  }
  if (server.encoding !== 'UTF8') {
    throw new MigrationError(`The database's encoding is ${server.encoding}; Holdfast needs UTF8.`);
  }
}

// Any constant: it only has to differ from the advisory locks of others in the same database.
const LOCK = '5209434718823915';
const TABLE = `
  CREATE SCHEMA IF NOT EXISTS holdfast;
  CREATE TABLE IF NOT EXISTS holdfast.migrations (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());`;
/** Whoever does not know of it applies what contracts, as far as anybody can tell. */
const COLUMN = 'ALTER TABLE holdfast.migrations ADD COLUMN IF NOT EXISTS expands boolean NOT NULL DEFAULT false';
/** Also where the column is not there yet. */
const APPLIED = `
  SELECT name, sha256, coalesce((to_jsonb(m)->>'expands')::boolean, false) AS expands
    FROM holdfast.migrations m ORDER BY name COLLATE "C"`;

/** The lock lives as long as the transaction, so it cannot outlast a crash or a pooler that swaps sessions. */
async function applyOne(
  client: pg.Client,
  file: Migration,
  all: readonly Migration[],
): Promise<{ readonly isApplied: boolean; readonly newer: readonly string[] }> {
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const { rows: known } = await client.query<{ exists: boolean }>(
      "SELECT to_regclass('holdfast.migrations') IS NOT NULL AS exists",
    );
    if (known[0]?.exists !== true) await client.query(TABLE);
    const { rows } = await client.query<AppliedMigration>(APPLIED);
    const { refused, newer } = judged(rows, all);
    if (refused[0] !== undefined) throw new MigrationError(refused[0]);
    const pending = !rows.some((row) => row.name === file.name);
    if (pending) {
      const later = rows.find((row) => row.name > file.name);
      if (later) throw new MigrationError(tooLate(file.name, later.name));
      await client.query(file.sql);
      await client.query(COLUMN);
      await client.query('INSERT INTO holdfast.migrations (name, sha256, expands) VALUES ($1, $2, $3)', [
        ...[file.name, file.sha256, file.kind === 'expands'],
      ]);
    }
    await client.query('COMMIT');
    return { isApplied: pending, newer };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (error instanceof MigrationError) throw error;
    throw new MigrationError(`${file.name}: ${(error as Error).message}`, { cause: error });
  }
}

/** How a database stands to the migrations of this version. */
export interface MigrationState {
  readonly applied: readonly string[];
  /** To be applied by the next process that starts. */
  readonly pending: readonly string[];
  /** Those of them beside which no process of the version before goes on. */
  readonly contracting: readonly string[];
  /** Applied by a newer version, and no hindrance for this one. */
  readonly newer: readonly string[];
  /** Why no process of this version starts on it, in sentences. */
  readonly refused: readonly string[];
}

/** Looks, and changes nothing. Throws what the database throws. */
export async function migrationState(client: pg.ClientBase, directory: string): Promise<MigrationState> {
  const files = await readMigrations(directory);
  const { rows: known } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('holdfast.migrations') IS NOT NULL AS exists",
  );
  const { rows } = known[0]!.exists ? await client.query<AppliedMigration>(APPLIED) : { rows: [] };
  const applied = rows.map(({ name }) => name);
  const missing = files.filter(({ name }) => !applied.includes(name));
  const pending = missing.map(({ name }) => name);
  // On an empty database there is no version before.
  const contracting = applied.length === 0 ? [] : missing.filter(({ kind }) => kind === 'contracts');
  const late = pending.filter((name) => name < (applied.at(-1) ?? ''));
  const { refused, newer } = judged(rows, files);
  return {
    ...{ applied, pending, contracting: contracting.map(({ name }) => name), newer },
    refused: [...refused, ...late.map((name) => tooLate(name, applied.at(-1)!))],
  };
}

interface AppliedMigration {
  readonly name: string;
  readonly sha256: string;
  readonly expands: boolean;
}

/** What stands in the way of this version, in sentences, and what is newer than it and does not. */
function judged(applied: readonly AppliedMigration[], all: readonly Migration[]) {
  const refused: string[] = [];
  const newer: string[] = [];
  for (const { name, sha256, expands } of applied) {
    const file = all.find((candidate) => candidate.name === name);
    if (file === undefined && expands) newer.push(name);
    else if (file === undefined)
      refused.push(
        `${name} was applied by a newer version of Holdfast and takes away what this one needs. Start that version, or restore a back-up.`,
      );
    else if (file.sha256 !== sha256)
      refused.push(`${name} was changed after it was applied. Undo the change and write a new migration instead.`);
  }
  return { refused, newer };
}

const tooLate = (name: string, applied: string): string =>
  `${name} is new but sorts before ${applied}, which is applied. Rename it.`;
