import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import type { ReadModel } from '../projections/tables.js';
import { emptyDatabase, freshDatabase, onServer, silent } from '../support/postgres.js';
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

  it('is whoever does not exist', async () => {
    await expect(model.pool.query(`SELECT projections.admit_reporter('nobody_1')`)).rejects.toThrow(
      'role "nobody_1" does not exist',
    );
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
