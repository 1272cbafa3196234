import pg from 'pg';
import { OutcomeUnknown, StoreUnavailable } from '../../application/errors.js';
import type { Erasure, Profile, Profiles } from '../../application/ports.js';
import { isRolledBack } from '../event-store/postgres-statements.js';

type IfMatch = Parameters<Profiles['put']>[1];

/** Profiles in schema `people`. Each call is one statement: what it does, it does whole. */
export class PostgresProfiles implements Profiles {
  constructor(private readonly pool: pg.Pool) {}

  async find(userId: string): Promise<Profile | null> {
    const [row] = await this.read<ProfileRow>(`SELECT ${PROFILE} FROM people.profiles p WHERE user_id = $1`, [userId]);
    return row === undefined ? null : profileOf(row);
  }

  async put(
    { userId, name, email }: Pick<Profile, 'userId' | 'name' | 'email'>,
    ifMatch: IfMatch,
  ): Promise<{ profile: Profile; isNew: boolean } | null> {
    const values = [userId, name, email];
    const [row] =
      ifMatch === null
        ? await this.write<ProfileRow & { is_new: boolean }>(PUT, values)
        : await this.write<ProfileRow & { is_new: boolean }>(REPLACE, [
            ...values,
            ifMatch === 'exists' ? null : ifMatch.revision,
          ]);
    return row === undefined ? null : { profile: profileOf(row), isNew: row.is_new };
  }

  async erase(userId: string, erasedBy: string): Promise<{ isErased: boolean; last: Erasure | null }> {
    const [erased] = await this.write<ErasureRow>(ERASE, [userId, erasedBy]);
    if (erased !== undefined) return { isErased: true, last: erasureOf(erased) };
    const [last] = await this.read<ErasureRow>(LAST_ERASURE, [userId]);
    return { isErased: false, last: last === undefined ? null : erasureOf(last) };
  }

  private async read<Row extends object>(text: string, values: readonly Value[]): Promise<Row[]> {
    try {
      return (await this.pool.query<Row & pg.QueryResultRow>(text, [...values])).rows;
    } catch (error) {
      throw bugIn(error) ?? new StoreUnavailable(`profiles cannot be read: ${toldOf(error)}`);
    }
  }

  /** One statement, so the server commits it or not; a session that ends without an answer leaves that open. */
  private async write<Row extends object>(text: string, values: readonly Value[]): Promise<Row[]> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new StoreUnavailable(`profiles cannot be reached: ${toldOf(error)}`);
    });
    try {
      const { rows } = await client.query<Row & pg.QueryResultRow>(text, [...values]);
      client.release();
      return rows;
    } catch (error) {
      const isDefinite = isRolledBack(error);
      client.release(!isDefinite);
      if (isDefinite) throw bugIn(error) ?? new StoreUnavailable(`profiles cannot be written: ${toldOf(error)}`);
      throw new OutcomeUnknown(`profiles did not answer: ${toldOf(error)}`);
    }
  }
}

type Value = string | number | null;

/**
 * The driver's error is never handed on, not even as a cause: beside the message the server quotes the whole row, and
 * what is logged or told must not have it.
 */
const toldOf = (error: unknown): string =>
  error instanceof pg.DatabaseError ? `SQLSTATE ${error.code}` : (error as Error).message;

/** What the server says about our SQL is a bug; everything else is "not now". */
const bugIn = (error: unknown): Error | null =>
  error instanceof pg.DatabaseError && /^(22|23|42)/.test(error.code ?? '')
    ? new Error(`a statement on people.profiles failed: ${toldOf(error)}`)
    : null;

const PROFILE = 'p.user_id, p.name, p.email, p.created_at, p.updated_at, p.revision';

const CHANGED = `
  SET name = $2, email = $3,
      updated_at = CASE WHEN (p.name, p.email) IS NOT DISTINCT FROM ($2, $3) THEN p.updated_at ELSE clock_timestamp() END,
      revision = CASE WHEN (p.name, p.email) IS NOT DISTINCT FROM ($2, $3) THEN p.revision
                      ELSE nextval('people.profile_revision') END`;

/** A row that was there has been locked by us, which is what its xmax says; a new one has none. */
const PUT = `
  INSERT INTO people.profiles AS p (user_id, name, email) VALUES ($1, $2, $3)
  ON CONFLICT (user_id) DO UPDATE ${CHANGED}
  RETURNING ${PROFILE}, p.xmax = 0 AS is_new`;

const REPLACE = `
  UPDATE people.profiles AS p ${CHANGED}
  WHERE p.user_id = $1 AND ($4::bigint IS NULL OR p.revision = $4)
  RETURNING ${PROFILE}, false AS is_new`;

const ERASURE = 'user_id, erased_at, erased_by';

const ERASE = `
  WITH erased AS (DELETE FROM people.profiles WHERE user_id = $1 RETURNING user_id)
  INSERT INTO people.erasures (user_id, erased_by) SELECT user_id, $2 FROM erased
  RETURNING ${ERASURE}`;

const LAST_ERASURE = `SELECT ${ERASURE} FROM people.erasures WHERE user_id = $1 ORDER BY erasure_id DESC LIMIT 1`;

interface ProfileRow {
  readonly user_id: string;
  readonly name: string;
  readonly email: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly revision: number;
}

interface ErasureRow {
  readonly user_id: string;
  readonly erased_at: Date;
  readonly erased_by: string;
}

const profileOf = (row: ProfileRow): Profile => ({
  userId: row.user_id,
  name: row.name,
  email: row.email,
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
  revision: row.revision,
});

const erasureOf = (row: ErasureRow): Erasure => ({
  userId: row.user_id,
  erasedAt: row.erased_at.getTime(),
  erasedBy: row.erased_by,
});
