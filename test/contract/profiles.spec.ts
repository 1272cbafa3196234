import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import type { Profiles } from '../../src/application/ports.js';
import { PostgresProfiles } from '../../src/infrastructure/people/profiles.js';
import { createPool } from '../../src/infrastructure/postgres/pool.js';
import { MemoryProfiles } from '../support/memory-profiles.js';
import { freshDatabase, onServer, silent, type TestDatabase } from '../support/postgres.js';

const BOUNDS = {
  max: 4,
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 400,
  lockTimeoutMs: 150,
  idleInTransactionTimeoutMs: 2_000,
  queryTimeoutMs: 2_000,
};
const ADA = { userId: 'ada', name: 'Ada Lovelace', email: 'ada@example.org' };

let database: TestDatabase;
const poolOf = (url: string) => createPool(url, { ...BOUNDS, applicationName: 'people', logger: silent });
let pool: ReturnType<typeof poolOf>;
beforeAll(async () => {
  database = await freshDatabase();
  pool = poolOf(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const KINDS: readonly [string, () => Promise<Profiles>][] = [
  ['in memory', async () => new MemoryProfiles(Date.now)],
  [
    'in Postgres',
    async () => {
      await pool.query('DELETE FROM people.profiles; DELETE FROM people.erasures');
      return new PostgresProfiles(pool);
    },
  ],
];

describe.each(KINDS)('profiles %s', (_, open) => {
  let profiles: Profiles;
  beforeEach(async () => {
    profiles = await open();
  });

  it('are kept as they were said, and replaced whole', async () => {
    expect(await profiles.find('ada')).toBeNull();
    const first = await profiles.put(ADA, null);
    expect(first).toEqual({ profile: expect.objectContaining(ADA), isNew: true });
    expect(await profiles.find('ada')).toEqual(first?.profile);
    const second = await profiles.put({ ...ADA, email: null }, null);
    expect(second).toEqual({ profile: expect.objectContaining({ ...ADA, email: null }), isNew: false });
    expect(second!.profile.revision).toBeGreaterThan(first!.profile.revision);
    expect(second!.profile.createdAt).toBe(first!.profile.createdAt);
    expect(await profiles.find('bob')).toBeNull();
  });

  it('are not changed by the same once more', async () => {
    const first = await profiles.put({ ...ADA, email: null }, null);
    expect(await profiles.put({ ...ADA, email: null }, null)).toEqual({ ...first, isNew: false });
    expect(await profiles.put({ ...ADA, email: null }, 'exists')).toEqual({ ...first, isNew: false });
  });

  it('are changed only from the copy that is still good', async () => {
    expect(await profiles.put(ADA, 'exists')).toBeNull();
    expect(await profiles.put(ADA, { revision: 1 })).toBeNull();
    expect(await profiles.find('ada')).toBeNull();
    const { profile } = (await profiles.put(ADA, null))!;
    const changed = { ...ADA, name: 'Augusta' };
    expect(await profiles.put(changed, { revision: profile.revision })).toMatchObject({ profile: changed });
    expect(await profiles.put(ADA, { revision: profile.revision })).toBeNull();
    expect(await profiles.put(ADA, { revision: -1 })).toBeNull();
    expect(await profiles.find('ada')).toMatchObject(changed);
  });

  it('are gone once erased, and only that is known of it', async () => {
    const { profile } = (await profiles.put(ADA, null))!;
    await profiles.put({ ...ADA, userId: 'bob' }, null);
    expect(await profiles.erase('cyd', 'officer')).toEqual({ isErased: false, last: null });
    const erased = await profiles.erase('ada', 'officer');
    expect(erased).toEqual({
      isErased: true,
      last: { userId: 'ada', erasedAt: expect.any(Number), erasedBy: 'officer' },
    });
    expect(await profiles.find('ada')).toBeNull();
    expect(await profiles.find('bob')).not.toBeNull();
    expect(await profiles.erase('ada', 'another')).toEqual({ ...erased, isErased: false });
    const again = await profiles.put(ADA, null);
    expect(again?.isNew).toBe(true);
    expect(again!.profile.revision).toBeGreaterThan(profile.revision);
    expect((await profiles.erase('ada', 'another')).last?.erasedBy).toBe('another');
  });

  it('are one profile and one erasure when many ask at once', async () => {
    const put = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => profiles.put({ ...ADA, name }, null)));
    expect(put.filter((each) => each?.isNew)).toHaveLength(1);
    expect(new Set(put.map((each) => each!.profile.revision)).size).toBe(5);
    const erased = await Promise.all(Array.from({ length: 5 }, () => profiles.erase('ada', 'officer')));
    expect(erased.filter(({ isErased }) => isErased)).toHaveLength(1);
  });
});

describe('profiles in Postgres, when it does not do as it is told', () => {
  const profiles = (): PostgresProfiles => new PostgresProfiles(pool);
  const failure = (call: Promise<unknown>): Promise<Error> =>
    call.then(
      () => new Error('it worked'),
      (e: Error) => e,
    );

  it('say that nothing was done when a row cannot be had in time', async () => {
    await profiles().put(ADA, null);
    await onServer(database.url, async (client) => {
      await client.query("BEGIN; SELECT FROM people.profiles WHERE user_id = 'ada' FOR UPDATE");
      expect(await failure(profiles().put({ ...ADA, name: 'x' }, null))).toBeInstanceOf(StoreUnavailable);
      expect(await failure(profiles().erase('ada', 'officer'))).toBeInstanceOf(StoreUnavailable);
    });
    expect(await profiles().find('ada')).toMatchObject(ADA);
  });

  it('say that nobody knows when the session ends before the answer', async () => {
    await pool.query(`
      CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
      CREATE TRIGGER gone BEFORE INSERT ON people.profiles FOR EACH ROW EXECUTE FUNCTION end_session()`);
    expect(await failure(profiles().put({ ...ADA, userId: 'bob' }, null))).toBeInstanceOf(OutcomeUnknown);
    await pool.query('DROP TRIGGER gone ON people.profiles');
    expect(await profiles().find('bob')).toBeNull();
  });

  it('say that nothing was done when the database cannot be reached', async () => {
    const nowhere = poolOf('postgres://nobody@127.0.0.1:1/none');
    expect(await failure(new PostgresProfiles(nowhere).put(ADA, null))).toBeInstanceOf(StoreUnavailable);
    expect(await failure(new PostgresProfiles(nowhere).find('ada'))).toBeInstanceOf(StoreUnavailable);
    await nowhere.end();
  });

  it('quote nothing of a row that the server refuses', async () => {
    await pool.query("ALTER TABLE people.profiles ADD CONSTRAINT no_quilp CHECK (name <> 'Quilp')");
    const error = await failure(profiles().put({ userId: 'q', name: 'Quilp', email: 'quilp@example.org' }, null));
    await pool.query('ALTER TABLE people.profiles DROP CONSTRAINT no_quilp');
    expect(error.message).toContain('SQLSTATE 23514');
    expect([error.cause, JSON.stringify(error), error.stack?.toLowerCase().includes('quilp')]).toEqual([
      ...[undefined, '{}', false],
    ]);
  });
});

describe('schema people', () => {
  it('is for nobody but its owner, and says what every column means and which is personal', async () => {
    const { rows } = await pool.query<{ open: boolean }>(
      "SELECT has_schema_privilege('pg_monitor', 'people', 'USAGE') AS open",
    );
    expect(rows).toEqual([{ open: false }]);
    const { rows: columns } = await pool.query<{ name: string; comment: string | null }>(`
      SELECT attrelid::regclass::text || '.' || attname AS name, col_description(attrelid, attnum) AS comment
      FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'people'::regnamespace AND relkind = 'r')
        AND attnum > 0 ORDER BY 1`);
    expect(columns.filter(({ comment }) => comment === null)).toEqual([]);
    const personal = columns.filter(({ comment }) => comment?.includes('Personal data')).map(({ name }) => name);
    expect(personal).toEqual(['people.profiles.email', 'people.profiles.name']);
  });
});
