import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import type { ReadModel } from '../projections/tables.js';
import { emptyDatabase, freshDatabase, onServer, silent, type TestDatabase } from '../support/postgres.js';
import { lines, openStage } from './stage.js';

/** Roles are the server's, and the server is that of all tests: they get names of their own and are dropped. */
const LOGIN = `reports_${randomUUID().slice(0, 8)}`;
const OWNER = `owner_${randomUUID().slice(0, 8)}`;
const READER = `readers_${randomUUID().slice(0, 8)}`;

let model: ReadModel;
beforeAll(async () => {
  ({ model } = await openStage());
  await model.pool.query(`CREATE ROLE ${LOGIN} LOGIN; SELECT projections.admit_reporter('${LOGIN}')`);
});
afterAll(async () => {
  await model.pool.query(`DROP ROLE ${LOGIN}`);
  await model.close();
});

const urlOf = (login: string, url = model.url): string => {
  const as = new URL(url);
  as.username = login;
  return as.href;
};
const asLogin = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => onServer(urlOf(LOGIN), work);

describe('whoever was let in', () => {
  it('reads every view, and finds there what is there', async () => {
    const views = await lines(model.pool, 'SELECT view_name FROM reporting_v1.data_dictionary WHERE ordinal = 0');
    expect(views).toHaveLength(10);
    for (const view of views) {
      const sql = `SELECT count(*) FROM reporting_v1.${view}`;
      const [count] = await lines(model.pool, sql);
      expect(Number(count)).toBeGreaterThan(0);
      expect(await asLogin((client) => lines(client as never, sql))).toEqual([count]);
    }
  });

  it('reads nothing else, not one relation in this database', async () => {
    const others = await lines(
      model.pool,
      `SELECT c.oid::regclass FROM pg_class c WHERE relkind IN ('r', 'v', 'm', 'p', 'S') AND relnamespace::regnamespace::text
         NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'reporting_v1')`,
    );
    for (const name of [
      'log.events',
      'people.profiles',
      'read_model.bookings',
      'read_model_g1.bookings',
      'refusals.facts',
      'webhooks.subscriptions',
    ])
      expect(others).toContain(name);
    expect(others.length).toBeGreaterThan(20);
    await asLogin(async (client) => {
      for (const name of others)
        await expect(client.query(`SELECT FROM ${name}`)).rejects.toThrow(/^permission denied for schema/);
    });
  });

  it('calls none of the functions', async () => {
    const calls = ["projections.zone('UTC')", 'projections.start_over(1)', 'projections.make_reporting()'];
    calls.push(`projections.admit_reporter('${LOGIN}')`, 'projections.open_reporting()');
    calls.push(`log.append('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', false)`);
    await asLogin(async (client) => {
      for (const call of calls)
        await expect(client.query(`SELECT ${call}`)).rejects.toThrow(/^permission denied for schema/);
    });
  });

  it('writes nothing, also when it takes the limit of being read-only away', async () => {
    const writes = [
      ...[
        'INSERT INTO reporting_v1.booking_history (booking_id) VALUES (1)',
        'DELETE FROM reporting_v1.booking_history',
      ],
      ...['UPDATE reporting_v1.booking_history SET seats = 9', 'CREATE TABLE public.mine (id int)'],
      ...[
        'CREATE VIEW reporting_v1.mine AS SELECT 1',
        'CREATE SCHEMA mine',
        'DROP VIEW reporting_v1.lead_time CASCADE',
      ],
      ...[
        'CREATE OR REPLACE VIEW reporting_v1.lead_time AS SELECT 1',
        'COMMENT ON VIEW reporting_v1.lead_time IS NULL',
      ],
      ...['GRANT SELECT ON reporting_v1.lead_time TO PUBLIC', `ALTER ROLE ${LOGIN} SUPERUSER`, 'SET ROLE postgres'],
      ...['CREATE ROLE other', 'TRUNCATE log.events', `COPY reporting_v1.lead_time TO '/tmp/lead'`],
    ];
    await asLogin(async (client) => {
      for (const write of writes)
        await expect(client.query(write)).rejects.toThrow(/read-only|denied|permission|owner/);
      await client.query('SET default_transaction_read_only = off');
      for (const write of writes.filter((text) => !text.startsWith('GRANT')))
        await expect(client.query(write)).rejects.toThrow(/denied|permission|owner/);
      // Who owns nothing grants nothing: a warning, and no right.
      await client.query('GRANT SELECT ON reporting_v1.lead_time TO PUBLIC');
    });
    expect(
      await lines(
        model.pool,
        `SELECT relacl::text LIKE '%,=r/%' FROM pg_class WHERE oid = 'reporting_v1.lead_time'::regclass`,
      ),
    ).toEqual(['f']);
  });

  it('makes no temporary tables once the database has taken that from everybody', async () => {
    await model.pool.query(
      `DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$`,
    );
    await asLogin(async (client) => {
      await client.query('SET default_transaction_read_only = off');
      await expect(client.query('CREATE TEMPORARY TABLE mine (id int)')).rejects.toThrow(
        /^permission denied to create temporary tables/,
      );
    });
  });

  it('has time limits from the moment of the log-in, and not many connections', async () => {
    const names = [
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'default_transaction_read_only',
    ];
    const sql = `SELECT ${names.map((name) => `current_setting('${name}')`).join()}`;
    expect(await asLogin((client) => lines(client as never, sql))).toEqual(['30s | 5s | 1min | on']);
    expect(await lines(model.pool, `SELECT rolconnlimit FROM pg_roles WHERE rolname = '${LOGIN}'`)).toEqual(['10']);
  });

  it('is ended by them', async () => {
    await model.pool.query(
      `ALTER ROLE ${LOGIN} SET statement_timeout = '50ms'; ALTER ROLE ${LOGIN} SET idle_in_transaction_session_timeout = '50ms'`,
    );
    await expect(asLogin((client) => client.query('SELECT pg_sleep(5)'))).rejects.toThrow(/statement timeout/);
    const idle = asLogin(async (client) => {
      await client.query('BEGIN');
      await new Promise((resolve) => client.once('end', resolve));
      await client.query('SELECT 1');
    });
    await expect(idle).rejects.toThrow();
    await model.pool.query(`SELECT projections.admit_reporter('${LOGIN}')`);
    expect(await asLogin((client) => lines(client as never, 'SHOW statement_timeout'))).toEqual(['30s']);
  });
});

describe('who is not let in', () => {
  it('is whoever may do more already', async () => {
    await expect(model.pool.query(`SELECT projections.admit_reporter('postgres')`)).rejects.toThrow(
      /^postgres may do whatever the owner of the tables may: make another role for reports$/,
    );
    const work = onServer(model.url, (client) =>
      client.query(
        `BEGIN; CREATE ROLE ${OWNER} LOGIN IN ROLE pg_read_all_data; SELECT projections.admit_reporter('${OWNER}')`,
      ),
    );
    await expect(work).rejects.toThrow(`${OWNER} is a member of pg_read_all_data too`);
  });

  const BEYOND: readonly (readonly [string, string, string])[] = [
    ['makes roles', 'ALTER ROLE r CREATEROLE', 'r may make roles or databases, replicate, or pass row security by'],
    ['makes databases', 'ALTER ROLE r CREATEDB', 'r may make roles or databases'],
    ['replicates', 'ALTER ROLE r REPLICATION', 'r may make roles or databases'],
    ['passes row security by', 'ALTER ROLE r BYPASSRLS', 'r may make roles or databases'],
    ['owns a table of ours', 'ALTER TABLE read_model_g1.users OWNER TO r', 'r owns read_model_g1.users: make'],
    ['owns a view of them', 'ALTER VIEW reporting_v1.waitlist OWNER TO r', 'r owns reporting_v1.waitlist: make'],
    ['reads another table', 'GRANT SELECT ON people.profiles TO r', 'r may read or write people.profiles: take'],
    ['reads a column of one', 'GRANT SELECT (url) ON webhooks.subscriptions TO r', 'r may read or write webhooks.subs'],
    ['writes to one', 'GRANT INSERT ON log.events TO r', 'r may read or write log.events: take that away'],
    [
      'may what everybody may',
      'GRANT SELECT ON read_model.bookings TO PUBLIC',
      'r may read or write read_model.bookings',
    ],
    [
      'may what its group may',
      'GRANT SELECT ON refusals.facts TO holdfast_reporting',
      'holdfast_reporting may read or',
    ],
  ];
  it.each(BEYOND)('is whoever %s', async (_, more, told) => {
    const role = `beyond_${LOGIN}`;
    const usage = 'GRANT USAGE ON SCHEMA people, webhooks, log, read_model, refusals TO PUBLIC';
    const asked = `BEGIN; CREATE ROLE ${role} LOGIN; ${usage}; ${more.replace(/\br\b/, role)};
      SELECT projections.admit_reporter('${role}')`;
    const work = onServer(model.url, (client) => client.query(asked));
    await expect(work).rejects.toThrow(told.replace(/^r\b/, role));
  });

  it('is nobody for what is not ours: tables of others in this database, and what an extension shows to everybody', async () => {
    const role = `beyond_${LOGIN}`;
    const answers = await onServer(model.url, (client) =>
      client.query(`BEGIN; CREATE ROLE ${role} LOGIN; CREATE SCHEMA marts AUTHORIZATION ${role};
        CREATE TABLE marts.sales (); ALTER TABLE marts.sales OWNER TO ${role};
        CREATE TABLE public.others (); GRANT SELECT ON public.others TO PUBLIC;
        GRANT USAGE ON SCHEMA log TO ${role}; GRANT SELECT ON people.profiles TO ${role};
        SELECT projections.admit_reporter('${role}')`),
    );
    const last = (answers as unknown as { rows: object[] }[]).at(-1)!;
    expect(last.rows).toEqual([
      { admit_reporter: `${role} may read what holdfast_reporting may, within its limits from the next log-in on` },
    ]);
  });

  it('is whoever does not exist', async () => {
    await expect(model.pool.query(`SELECT projections.admit_reporter('nobody_1')`)).rejects.toThrow(
      'role "nobody_1" does not exist',
    );
  });
});

describe('who may read is as a site has it', () => {
  /** In the database of this test, undone afterwards: the rights of its own group, and of the default one. */
  const rights = (relation: string): string =>
    `SELECT ${[READER, 'holdfast_reporting', LOGIN]
      .map(
        (role) =>
          `has_schema_privilege('${role}', 'reporting_v1', 'USAGE') AND has_table_privilege('${role}', '${relation}', 'SELECT')`,
      )
      .join()}`;
  const OWN_GROUP = `SELECT projections.open_reporting('${READER}'); REVOKE USAGE ON SCHEMA reporting_v1 FROM holdfast_reporting`;

  it.each([
    ['made again', 'SELECT projections.make_reporting()'],
    ['made again after one was dropped', 'DROP VIEW reporting_v1.waitlist; SELECT projections.make_reporting()'],
    [
      'made again after a generation was dropped with all that stands on it',
      `DROP SCHEMA read_model_g1 CASCADE; DELETE FROM projections.checkpoint; SELECT projections.create_generation(1);
       SELECT projections.show_generation(1); SELECT projections.make_reporting()`,
    ],
  ])('when the views are %s', async (_, again) => {
    await onServer(model.url, async (client) => {
      await client.query(`BEGIN; ${OWN_GROUP}; ${again}`);
      for (const view of ['waitlist', 'bookings_current', 'data_dictionary'])
        expect(await lines(client as never, rights(`reporting_v1.${view}`))).toEqual(['t | f | f']);
      expect(await lines(client as never, 'SELECT projections.make_reporting()')).toEqual([
        `${READER} may read reporting_v1`,
      ]);
    });
  });

  it('also where it is nobody, and the group that comes with the views where they are new', async () => {
    await onServer(model.url, async (client) => {
      await client.query('BEGIN; REVOKE USAGE ON SCHEMA reporting_v1 FROM holdfast_reporting');
      expect(await lines(client as never, 'SELECT projections.make_reporting()')).toEqual([
        'nobody but the owner may read reporting_v1: SELECT projections.open_reporting() lets a group in',
      ]);
      await client.query('DROP SCHEMA reporting_v1 CASCADE');
      expect(await lines(client as never, 'SELECT projections.make_reporting()')).toEqual([
        'holdfast_reporting may read reporting_v1',
      ]);
    });
  });

  describe('through the migration that makes them anew', () => {
    /** A database of the version before, as a site has left it, after that migration. */
    async function migrated(site: string): Promise<TestDatabase> {
      const [database, before] = [await emptyDatabase(), mkdtempSync(path.join(tmpdir(), 'holdfast-before-'))];
      const options = { timeoutMs: 20_000, logger: silent };
      for (const name of readdirSync(MIGRATIONS))
        if (name < '0110') cpSync(path.join(MIGRATIONS, name), path.join(before, name));
      await migrate(database.url, { ...options, directory: before });
      rmSync(before, { recursive: true });
      await onServer(database.url, (client) => client.query(site));
      await migrate(database.url, { ...options, directory: MIGRATIONS });
      return database;
    }

    it('to the single view, and what was built on one stays', async () => {
      const database = await migrated(`${OWN_GROUP}; REVOKE SELECT ON reporting_v1.booking_history FROM ${READER};
        SELECT projections.create_generation(2); SELECT projections.show_generation(2);
        CREATE VIEW public.mine AS SELECT * FROM reporting_v1.bookings_current`);
      try {
        await onServer(database.url, async (client) => {
          const ask = (sql: string) => lines(client as never, sql);
          expect(await ask(rights('reporting_v1.waitlist'))).toEqual(['t | f | f']);
          expect(await ask(rights('reporting_v1.booking_history'))).toEqual(['f | f | f']);
          expect(await ask('SELECT count(*) FROM public.mine')).toEqual(['0']);
          expect(await ask(`SELECT pg_get_viewdef('reporting_v1.bookings_current') ~ 'LEAST'`)).toEqual(['t']);
        });
      } finally {
        await database.drop();
        await model.pool.query(`DROP ROLE ${READER}`);
      }
    });

    it('also where a site has taken all of them away', async () => {
      const database = await migrated('DROP SCHEMA reporting_v1 CASCADE');
      const there = `SELECT to_regnamespace('reporting_v1') IS NOT NULL`;
      const found = await onServer(database.url, (client) => lines(client as never, there));
      await database.drop();
      expect(found).toEqual(['f']);
    });
  });
});

describe('a database whose owner may make no roles', () => {
  it('is migrated all the same, says what an administrator has to do, and is open after that', async () => {
    const database = await emptyDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const query = (sql: string, url = database.url) => onServer(url, (client) => lines(client as never, sql));
    await query(`CREATE ROLE ${OWNER} LOGIN`);
    try {
      await query(`ALTER DATABASE ${name} OWNER TO ${OWNER}`);
      const owner = urlOf(OWNER, database.url);
      await migrate(owner, { directory: MIGRATIONS, timeoutMs: 20_000, logger: silent });
      // The role of the other databases on this server, which was there before.
      expect(await query('SELECT projections.open_reporting()', owner)).toEqual([
        'holdfast_reporting may read reporting_v1',
      ]);
      expect(
        await query(`SELECT has_table_privilege('holdfast_reporting', 'reporting_v1.waitlist', 'SELECT')`),
      ).toEqual(['t']);

      const told = `there is no role ${READER}, and ${OWNER} may not make it: have an administrator run CREATE ROLE ${READER} NOLOGIN, then run SELECT projections.open_reporting('${READER}')`;
      expect(await query(`SELECT projections.open_reporting('${READER}')`, owner)).toEqual([told]);
      await query(`CREATE ROLE ${READER} NOLOGIN`);
      expect(await query(`SELECT projections.open_reporting('${READER}')`, owner)).toEqual([
        `${READER} may read reporting_v1`,
      ]);
      expect(await query(`SELECT has_table_privilege('${READER}', 'reporting_v1.waitlist', 'SELECT')`)).toEqual(['t']);
    } finally {
      await database.drop();
      await onServer(model.url, (client) => client.query(`DROP ROLE ${OWNER}; DROP ROLE IF EXISTS ${READER}`));
    }
  });

  it('finds the role made when another database of the server was a moment quicker', async () => {
    const role = `${READER}_2`;
    const open = `SELECT projections.open_reporting('${role}')`;
    const other = await freshDatabase();
    try {
      await onServer(model.url, async (client) => {
        await client.query(`BEGIN; ${open}`);
        const second = onServer(other.url, (slower) => lines(slower as never, open));
        const waiting = `SELECT count(*) FROM pg_stat_activity WHERE query = '${open.replaceAll("'", "''")}' AND wait_event_type = 'Lock'`;
        while ((await lines(model.pool, waiting))[0] !== '1') await new Promise(setImmediate);
        await client.query('COMMIT');
        expect(await second).toEqual([`${role} may read reporting_v1`]);
      });
    } finally {
      await other.drop();
      await model.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
