import pg from 'pg';
import type { Instant } from '../src/domain/booking/events.js';
import { Poison, type Statement } from './projection.js';

/** One column of a table and where its value comes from. Instants are numbers here and `timestamptz` there. */
export interface Column<Row> {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz';
  readonly of: (row: Row) => string | number | boolean | Instant | null;
}

/** Inserts rows given as one array for each column (see `arrays`). */
export const insertInto = (table: string, columns: readonly Column<never>[]): Statement => ({
  name: `insert ${table}`,
  text: `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) SELECT ${columns.map(unnested).join(', ')}`,
});

/** Writes all columns of the rows that are found by the first `keys` columns; each row may come once only. */
export const update = (table: string, keys: number, columns: readonly Column<never>[]): Statement => {
  const set = columns.slice(keys).map(({ name }) => `${name} = v.${name}`);
  const found = columns.slice(0, keys).map(({ name }) => `t.${name} = v.${name}`);
  const values = columns.map((column, at) => `${unnested(column, at)} AS ${column.name}`);
  return {
    name: `update ${table}`,
    text: `UPDATE ${table} t SET ${set.join(', ')} FROM (SELECT ${values.join(', ')}) v WHERE ${found.join(' AND ')}`,
  };
};

/** In the list and not under FROM: there the server would first put each column of all rows aside. */
const unnested = ({ type }: Column<never>, at: number): string => `unnest($${at + 1}::${type}[])`;

/**
 * One array for each column, in the server's binary form: it need not parse them. Throws Poison for a number that is too
 * large for its column.
 */
export const arrays = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Buffer[] =>
  columns.map(({ type, of }) => arrayOf(type, rows.map(of)));

export const textArray = (values: Iterable<string>): Buffer => arrayOf('text', [...values]);

/** An array of one dimension, as `array_recv` reads it: its head, then the length and the bytes of each value. */
function arrayOf(type: Column<never>['type'], values: readonly (string | number | boolean | null)[]): Buffer {
  const { oid, bytesOf, write } = FORMS[type] as Form<string | number | boolean>;
  let most = HEAD_BYTES + LENGTH_BYTES * values.length;
  for (const value of values) if (value !== null) most += bytesOf(value);
  const array = Buffer.allocUnsafe(most);
  let at = 0;
  for (const number of [1, 1, oid, values.length, 1]) at = array.writeInt32BE(number, at);
  for (const value of values) {
    const begin = at + LENGTH_BYTES;
    const end = value === null ? begin : write(array, value, begin);
    array.writeInt32BE(value === null ? -1 : end - begin, at);
    at = end;
  }
  return array.subarray(0, at);
}

/** Dimensions, whether there may be NULLs, the type of the values, how many, and the number of the first. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
const MOST_BYTES_OF_A_CHARACTER = 3;
const WORD = 2 ** 32;
/** From which the server counts. */
const EPOCH: Instant = Date.UTC(2000, 0, 1);

/** How the values of a type stand in an array. */
interface Form<Value> {
  readonly oid: number;
  /** Bytes of a value, at most. */
  readonly bytesOf: (value: Value) => number;
  /** Answers where it ends. */
  readonly write: (array: Buffer, value: Value, at: number) => number;
}

const FORMS: {
  readonly text: Form<string>;
  readonly integer: Form<number>;
  readonly bigint: Form<number>;
  readonly boolean: Form<boolean>;
  readonly timestamptz: Form<Instant>;
} = {
  text: {
    oid: pg.types.builtins.TEXT,
    bytesOf: (text) => MOST_BYTES_OF_A_CHARACTER * text.length,
    write: (array, text, at) => at + array.write(text, at),
  },
  integer: {
    oid: pg.types.builtins.INT4,
    bytesOf: () => 4,
    write: (array, value, at) => {
      if (value !== (value | 0)) throw new Poison(`${value} is too large for its column`);
      return array.writeInt32BE(value, at);
    },
  },
  bigint: {
    oid: pg.types.builtins.INT8,
    bytesOf: () => 8,
    write: (array, value, at) => {
      const high = Math.floor(value / WORD);
      return writeWords(array, high, value - high * WORD, at);
    },
  },
  boolean: {
    oid: pg.types.builtins.BOOL,
    bytesOf: () => 1,
    write: (array, value, at) => array.writeUInt8(Number(value), at),
  },
  timestamptz: {
    oid: pg.types.builtins.TIMESTAMPTZ,
    bytesOf: () => 8,
    // Microseconds, which may be more than a number of JavaScript holds exactly: in two words.
    write: (array, instant, at) => {
      const ms = instant - EPOCH;
      const low = (ms % WORD) * 1_000;
      return writeWords(array, Math.floor(ms / WORD) * 1_000 + Math.floor(low / WORD), low % WORD, at);
    },
  },
};

const writeWords = (array: Buffer, high: number, low: number, at: number): number =>
  array.writeUInt32BE(low, array.writeInt32BE(high, at));
