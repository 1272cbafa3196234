import type pg from 'pg';
import { StoreUnavailable } from '../../application/errors.js';

export type Value = string | number | null;

/** Asks the tables. What the database says about our SQL is a bug and stays what it is; everything else is "not now". */
export async function askTables<Row extends object>(
  pool: pg.Pool,
  text: string,
  values: readonly Value[],
): Promise<Row[]> {
  try {
    const { rows } = await pool.query<Row & pg.QueryResultRow>({ name: nameOf(text), text, values: [...values] });
    return rows;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(code)) throw error;
    throw new StoreUnavailable('the read model does not answer', { cause: error });
  }
}

/** One name for each text, so that the server prepares it once for each connection; there are a few hundred at most. */
function nameOf(text: string): string {
  let name = NAMES.get(text);
  if (name === undefined) NAMES.set(text, (name = `read model ${NAMES.size}`));
  return name;
}

const NAMES = new Map<string, string>();
