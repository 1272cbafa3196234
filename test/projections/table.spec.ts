import fc from 'fast-check';
import type pg from 'pg';
import { Poison } from '../../projections/projection.js';
import { arrays, insertInto, textArray, type Column } from '../../projections/table.js';
import { FIRST_INSTANT, LAST_INSTANT } from '../../src/infrastructure/instant.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { poolOf } from './tables.js';

interface Row {
  readonly n: number;
  readonly text: string | null;
  readonly small: number | null;
  readonly large: number | null;
  readonly flag: boolean | null;
  readonly at: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'n', type: 'integer', of: ({ n }) => n },
  { name: 'text', type: 'text', of: ({ text }) => text },
  { name: 'small', type: 'integer', of: ({ small }) => small },
  { name: 'large', type: 'bigint', of: ({ large }) => large },
  { name: 'flag', type: 'boolean', of: ({ flag }) => flag },
  { name: 'at', type: 'timestamptz', of: ({ at }) => at },
];

const NOTHING: Omit<Row, 'n'> = { text: null, small: null, large: null, flag: null, at: null };
const EDGES: readonly Partial<Row>[] = [
  {},
  { text: '', small: 0, large: 0, flag: false, at: FIRST_INSTANT },
  { text: 'null', small: 2 ** 31 - 1, large: Number.MAX_SAFE_INTEGER, flag: true, at: LAST_INSTANT },
  { text: '{"a\\",\'b\'}', small: -(2 ** 31), large: 2 ** 32, at: FIRST_INSTANT + 2 ** 32 },
  { text: 'Zoë 東京 🎭\u001f\u0002', small: -1, large: -1, at: FIRST_INSTANT + 2 ** 32 - 1 },
];

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await freshDatabase();
  pool = poolOf(database.url);
  const columns = COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
  await pool.query(`CREATE TABLE public.every_kind (${columns})`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** What the server makes of these rows, in its own words where the driver could lose something. */
async function stored(rows: readonly Row[]): Promise<Row[]> {
  await pool.query('DELETE FROM public.every_kind');
  await pool.query({ ...insertInto('public.every_kind', COLUMNS), values: arrays(COLUMNS, rows) });
  const text = `SELECT n, text, small, large, flag, (extract(epoch FROM at) * 1000)::text AS at
                  FROM public.every_kind ORDER BY n`;
  const found = await pool.query<Omit<Row, 'at'> & { at: string | null }>(text);
  return found.rows.map((row) => ({ ...row, at: row.at === null ? null : Number(row.at) }));
}

describe('Arrays for the server', () => {
  it('hold what is at the edge of each type', async () => {
    const rows = EDGES.map((edge, n) => ({ ...NOTHING, ...edge, n }));
    expect(await stored(rows)).toEqual(rows);
  });

  it('hold any row', async () => {
    const text = fc.string({ unit: 'grapheme' }).map((any) => any.replaceAll('\0', ''));
    const row = fc.record({
      text: fc.option(text),
      small: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      large: fc.option(fc.maxSafeInteger()),
      flag: fc.option(fc.boolean()),
      at: fc.option(fc.integer({ min: FIRST_INSTANT, max: LAST_INSTANT })),
    });
    const check = async (found: readonly Omit<Row, 'n'>[]): Promise<void> => {
      const rows = found.map((each, n) => ({ ...each, n }));
      expect(await stored(rows)).toEqual(rows);
    };
    await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 50 }), check), { numRuns: 50 });
  });

  it('are asked for by none, one or many keys', async () => {
    for (const keys of [[], ['a'], ['a', 'b', 'a']]) {
      const { rows } = await pool.query<{ key: string }>('SELECT unnest($1::text[]) AS key', [textArray(keys)]);
      expect(rows.map(({ key }) => key)).toEqual(keys);
    }
  });

  it('refuse a number that is too large for its column', () => {
    for (const small of [2 ** 31, -(2 ** 31) - 1, 3e9])
      expect(() => arrays(COLUMNS, [{ ...NOTHING, n: 0, small }])).toThrow(
        new Poison(`${small} is too large for its column`),
      );
  });
});
