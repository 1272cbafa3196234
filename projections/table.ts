import type { Instant } from '../src/domain/booking/events.js';
import { textOf } from '../src/infrastructure/instant.js';
import type { Statement } from './projection.js';

/** One column of a table and where its value comes from. Instants are numbers here and `timestamptz` there. */
export interface Column<Row> {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz';
  readonly of: (row: Row) => string | number | boolean | Instant | null;
}

/** Inserts rows given as one array for each column (see `arrays`). */
export const insertInto = (table: string, columns: readonly Column<never>[]): Statement => ({
  name: `insert ${table}`,
  text: `INSERT INTO ${table} (${names(columns)}) SELECT * FROM unnest(${parameters(columns)})`,
});

/** Writes all columns of the rows that are found by the first `keys` columns; each row may come once only. */
export const update = (table: string, keys: number, columns: readonly Column<never>[]): Statement => ({
  name: `update ${table}`,
  text: `UPDATE ${table} t SET ${columns
    .slice(keys)
    .map(({ name }) => `${name} = v.${name}`)
    .join(', ')} FROM unnest(${parameters(columns)}) AS v(${names(columns)}) WHERE ${columns
    .slice(0, keys)
    .map(({ name }) => `t.${name} = v.${name}`)
    .join(' AND ')}`,
});

/** Text literals that the server casts: 1.3 to 1.7 times faster than arrays that the driver takes apart. */
export const arrays = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] =>
  columns.map((column) => literal(column, rows));

export function textArray(values: Iterable<string>): string {
  let text = '';
  for (const value of values) text += text === '' ? quoted(value) : `,${quoted(value)}`;
  return `{${text}}`;
}

function literal<Row>({ type, of }: Column<Row>, rows: readonly Row[]): string {
  let text = '{';
  for (const row of rows) {
    if (text.length > 1) text += ',';
    const value = of(row);
    if (value === null) text += 'NULL';
    else if (type === 'text') text += quoted(value as string);
    else text += type === 'timestamptz' ? textOf(value as Instant) : String(value);
  }
  return `${text}}`;
}

/** Always quoted: a user may be called "null". */
const quoted = (text: string): string => (/["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`);

const names = (columns: readonly Column<never>[]): string => columns.map(({ name }) => name).join(', ');

const parameters = (columns: readonly Column<never>[]): string =>
  columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ');
