import type pg from 'pg';
import { Checkpoints } from '../../projections/checkpoint.js';
import { Poison, type Sql } from '../../projections/projection.js';
import { textArray } from '../../projections/table.js';
import { scheduled } from '../support/facts.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

const LONG = { statementTimeoutMs: 5_000, queryTimeoutMs: 6_000 };
const INSERT = {
  name: 'insert users',
  text: 'INSERT INTO read_model_g1.users (user_id) SELECT unnest($1::text[])',
};
const COUNT = { name: 'count users', text: 'SELECT count(*)::integer AS users FROM read_model_g1.users' };

let model: ReadModel;
beforeAll(async () => {
  model = await ReadModel.open();
});
afterAll(() => model.close());
beforeEach(() => model.clear());

const [record] = new Story().plant('gala', scheduled()).records();
const add = (sql: Sql, ...users: string[]): Promise<void> => sql.run(INSERT, [textArray(users)]);
const users = async (sql: Sql): Promise<number> => (await sql.ask<{ users: number }>(COUNT, []))[0]!.users;
const committed = async (): Promise<string[]> => {
  const { rows } = await model.pool.query<{ user_id: string }>('SELECT user_id FROM read_model_g1.users ORDER BY 1');
  return rows.map(({ user_id }) => user_id);
};

describe('The statements of one batch', () => {
  it('are sent together, done in order, and are there at once with the checkpoint', async () => {
    const from = await model.checkpoints.read();
    const found: number[] = [];
    const moved = await model.checkpoints.advance(from, record!, async (sql) => {
      found.push(await users(sql));
      const sent = [add(sql, 'ann', 'bob'), users(sql).then((count) => found.push(count)), add(sql, 'cyd')];
      expect(await committed()).toEqual([]);
      await Promise.all(sent);
    });
    expect(moved?.position).toBe(1n);
    expect(found).toEqual([0, 2]);
    expect(await committed()).toEqual(['ann', 'bob', 'cyd']);
  });

  it('come to nothing together, and the first that failed says why', async () => {
    const from = await model.checkpoints.read();
    const failing = model.checkpoints.advance(from, record!, async (sql) => {
      await users(sql);
      await Promise.all([add(sql, 'ann'), add(sql, 'bob'), add(sql, 'ann'), add(sql, 'cyd')]);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await committed()).toEqual([]);
    expect(await model.checkpoints.read()).toEqual(from);
  });

  it('are not sent behind the end of the transaction where the work fails before the checkpoint has moved', async () => {
    const from = await model.checkpoints.read();
    const sent: Promise<unknown>[] = [];
    const failing = model.checkpoints.advance(from, record!, async (sql) => {
      sent.push(...[add(sql, 'ann'), sql.runLong(COUNT, [])].map((each) => each.catch(String)));
      throw new Poison('too large');
    });
    await expect(failing).rejects.toThrow('too large');
    const over = 'Error: the transaction of this batch is over';
    expect(await Promise.all(sent)).toEqual([over, over]);
    expect(await committed()).toEqual([]);
    expect(await model.checkpoints.read()).toEqual(from);
  });

  it('are not written where somebody else has moved the checkpoint', async () => {
    const from = await model.checkpoints.read();
    await model.checkpoints.advance(from, record!, (sql) => add(sql, 'ann'));
    for (const first of [(sql: Sql) => add(sql, 'bob'), (sql: Sql) => users(sql)]) {
      let steps = 0;
      const late = model.checkpoints.advance(from, record!, async (sql) => {
        steps += 1;
        await first(sql);
        steps += 1;
      });
      expect(await late).toBeNull();
      expect(steps).toBe(1);
    }
    expect(await committed()).toEqual(['ann']);
  });

  it('of tables that are still bare are not waited for on the disk, all others are', async () => {
    const sources: string[] = [];
    const isBare = async (sql: Sql) => {
      const text = `SELECT source FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'`;
      sources.push(...(await sql.ask<{ source: string }>({ name: 'source', text }, [])).map(({ source }) => source));
    };
    const from = await model.checkpoints.read();
    const moved = await model.checkpoints.advance({ ...from, isBare: true }, record!, isBare);
    expect(moved?.position).toBe(record!.position);
    await model.checkpoints.advance(moved!, { ...record!, position: record!.position + 1n }, isBare);
    // The test's server waits for nothing, as its command line says.
    expect(sources).toEqual(['session', 'command line']);
  });

  it('are not written either where their transaction could not begin', async () => {
    const from = await model.checkpoints.read();
    const pool = Object.create(model.pool, {
      connect: {
        value: async () => {
          const client = await model.pool.connect();
          return refusing(client, 'BEGIN');
        },
      },
    }) as pg.Pool;
    const checkpoints = new Checkpoints(pool, { name: 'bookings', generation: 1 }, LONG);
    const work = async (sql: Sql) => {
      await users(sql);
      await add(sql, 'ann');
    };
    await expect(checkpoints.advance(from, record!, work)).rejects.toMatchObject({ code: '22012' });
    expect(await committed()).toEqual([]);
    expect(await model.checkpoints.read()).toEqual(from);
  });
});

/** The server says no to what begins so; all else it does. */
function refusing(client: pg.PoolClient, begins: string): pg.PoolClient {
  const query = client.query.bind(client) as (...asked: unknown[]) => unknown;
  const refused = (...asked: unknown[]): unknown =>
    String(asked[0]).startsWith(begins) ? query('SELECT 1 / 0') : query(...asked);
  return Object.create(client, {
    query: { value: refused },
    release: { value: client.release.bind(client) },
  }) as pg.PoolClient;
}
