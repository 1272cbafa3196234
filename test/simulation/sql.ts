import { endBookings, unsettled } from './sql-by-hand.js';
import {
  elements,
  given,
  term,
  type Answer,
  type Clock,
  type Program,
  type Result,
  type Values,
} from './sql-values.js';
import {
  SqlError,
  keyColumns,
  keyOf,
  placeOf,
  type Row,
  type TableName,
  type Transaction,
  type Value,
} from './database.js';

const compiled = new Map<string, Program>();

/**
 * Just enough SQL for the statements of the projector, its checkpoint and the readers, by their text: which table, which
 * columns, which condition. What is not understood stops the run, so that no statement is ever taken for another.
 */
export function programOf(text: string): Program {
  let program = compiled.get(text);
  if (program === undefined) compiled.set(text, (program = compile(text.replace(/\s+/g, ' ').trim())));
  return program;
}

function compile(text: string): Program {
  for (const known of [endBookings, unsettled, shown, places, select, insert, update, remove]) {
    const run = known(text);
    if (run !== null) return { run, isLocking: text.startsWith('UPDATE projections.checkpoint') };
  }
  throw new Error(`the simulated database does not know: ${text}`);
}

type Run = Program['run'];
const answer = (rows: readonly Answer[]): Result => ({ rows, rowCount: rows.length });
const tableOf = (name: string): TableName => name.slice(name.indexOf('.') + 1) as TableName;

// --- conditions

type Condition = (row: Row, values: Values, now: Clock) => boolean;
interface Where {
  readonly holds: Condition;
  /** The keys that are asked for, where the condition names them. */
  readonly keys: ((values: Values) => readonly string[]) | null;
}

function where(text: string | undefined, table: TableName): Where {
  if (text === undefined) return { holds: () => true, keys: null };
  let keys: Where['keys'] = KEYED.exec(text) === null ? null : keyed(text, table);
  const conditions = text.split(' AND ').map((part): Condition => {
    const any = /^(?:\w+\.)?(\w+) = ANY \(\$(\d+)::text\[\]\)$/.exec(part);
    if (any !== null) {
      const at = Number(any[2]) - 1;
      if (keyColumns(table).join() !== any[1]) throw new Error(`the simulated database has no index for ${part}`);
      keys = (values) => elements(values[at]!, 'text') as string[];
      return () => true;
    }
    const [, column, compared, value] = /^(?:\w+\.)?(\w+) (=|IS NOT DISTINCT FROM) (.+)$/.exec(part) ?? [];
    if (column !== undefined && compared !== undefined) {
      const of = term(value!);
      return (row, values, now) => {
        const other = of(values, now);
        return (compared !== '=' || other !== null) && row[column] === other;
      };
    }
    const nullness = /^(\w+) IS (NOT )?NULL$/.exec(part);
    if (nullness === null) throw new Error(`the simulated database does not know the condition ${part}`);
    return (row) => (row[nullness[1]!] === null) === (nullness[2] === undefined);
  });
  return { keys, holds: (row, values, now) => conditions.every((holds) => holds(row, values, now)) };
}

const KEYED = /^(?:\w+\.)?(\w+) = \$1( AND (\w+) = \$2)?/;

/** The key is named by the first parameters, as in `projection = $1 AND generation = $2`. */
function keyed(text: string, table: TableName): Where['keys'] {
  const [, first, , second] = KEYED.exec(text)!;
  if (keyColumns(table).join() === first) return ([key]) => [String(key)];
  if (keyColumns(table).join() === `${first},${second}`) return ([key, more]) => [`${String(key)} ${String(more)}`];
  return null;
}

function found(transaction: Transaction, table: TableName, { holds, keys }: Where, values: Values, now: Clock): Row[] {
  if (keys !== null) {
    const rows: Row[] = [];
    for (const key of new Set(keys(values))) {
      const row = transaction.get(table, key);
      if (row !== undefined && holds(row, values, now)) rows.push(row);
    }
    return rows;
  }
  return [...transaction.all(table)].map(([, row]) => row).filter((row) => holds(row, values, now));
}

type Projected = (row: Row) => Answer;

/** The list after SELECT or RETURNING. */
function columns(list: string): Projected {
  const items = list.split(/, ?/).map((item): ((row: Row, into: Record<string, Value | Date>) => void) => {
    const [expression, alias] = item.split(/ AS /);
    const as = alias?.replaceAll('"', '');
    if (expression === '*')
      return (row, into) => {
        for (const column in row) into[column] = given(column, row[column]);
      };
    const column = /^(?:[a-z]+\.)?([a-z_]+)(::text)?$/.exec(expression!);
    if (column === null || ['true', 'false'].includes(column[1]!)) {
      const of = term(expression!);
      return (_row, into) => void (into[as!] = of([], () => ''));
    }
    const [, name, isText] = column;
    if (isText !== undefined)
      return (row, into) => void (into[as ?? name!] = row[name!] == null ? null : String(row[name!]));
    return (row, into) => void (into[as ?? name!] = given(name!, row[name!]));
  });
  return (row) => {
    const into: Record<string, Value | Date> = {};
    for (const item of items) item(row, into);
    return into;
  };
}

// --- statements

function select(text: string): Run | null {
  const match = /^SELECT (.+?) FROM (\w+\.\w+)(?: \w)?(?: WHERE (.+))?$/.exec(text);
  if (match === null) return null;
  const table = tableOf(match[2]!);
  const [project, condition] = [columns(match[1]!), where(match[3], table)];
  return (transaction, values, now) => answer(found(transaction, table, condition, values, now).map(project));
}

/** The active bookings of users on events, each pair once. */
function places(text: string): Run | null {
  const match =
    /^SELECT (.+?) FROM \(SELECT DISTINCT \* FROM unnest\(\$1::text\[\], \$2::text\[\]\) AS k\(user_id, event_id\)\) k JOIN \w+\.bookings b USING \(user_id, event_id\)$/.exec(
      text,
    );
  if (match === null) return null;
  const project = columns(match[1]!);
  return (transaction, [users, events]) => {
    const on = elements(events!, 'text');
    const distinct = new Set(elements(users!, 'text').map((user_id, at) => placeOf({ user_id, event_id: on[at]! })));
    const rows = [...distinct].map((place) => transaction.atPlace(place)).filter((row) => row !== undefined);
    return answer(rows.map(project));
  };
}

/** Rows and the position that they show, of one moment. */
function shown(text: string): Run | null {
  const match = /^SELECT c\.position::text, v\.\* FROM \w+\.checkpoint c LEFT JOIN LATERAL \((.+)\) v ON true$/.exec(
    text,
  );
  if (match === null) return null;
  const inner = select(match[1]!);
  if (inner === null) return null;
  return (transaction, values, now) => {
    const position = String(transaction.get('checkpoint', 'bookings 1')!['position']);
    const { rows } = inner(transaction, values, now);
    return answer(rows.length === 0 ? [{ position, found: null }] : rows.map((row) => ({ position, ...row })));
  };
}

const HAS_BEGUN = " AND current_setting('holdfast.has_begun', true) = 'yes'";
const SET_OF = /^\w+ = (?:\w+\.)?\w+$/;

function insert(text: string): Run | null {
  const match = /^INSERT INTO (\w+\.\w+) \((.+?)\) SELECT (unnest.+?)( ON CONFLICT DO NOTHING)?$/.exec(text);
  if (match === null) return null;
  const table = tableOf(match[1]!);
  const read = rowsOf(match[2]!, match[3]!);
  return (transaction, values) => {
    const rows = read(values);
    for (const row of rows) {
      const key = keyOf(table, row);
      if (transaction.get(table, key) === undefined) transaction.put(table, key, row);
      else if (match[4] === undefined) throw new SqlError('23505', `${table} has ${key} already`);
    }
    return { rows: [], rowCount: rows.length };
  };
}

function rowsOf(names: string, types: string): (values: Values) => Row[] {
  const named = names.split(', ');
  const typed = types.split(', ').map((parameter) => /^unnest\(\$\d+::(\w+)\[\]\)$/.exec(parameter)![1]!);
  return (values) => {
    const arrays = typed.map((type, at) => elements(values[at]!, type));
    return arrays[0]!.map((_, at) => {
      const row: Record<string, Value> = {};
      for (let column = 0; column < named.length; column += 1) row[named[column]!] = arrays[column]![at]!;
      return row;
    });
  };
}

/** Of many rows by their keys, or of those for which a condition holds. */
function update(text: string): Run | null {
  const many = /^UPDATE (\w+\.\w+) t SET (.+) FROM \(SELECT (.+?)\) v WHERE (.+)$/.exec(text);
  if (many !== null) {
    const table = tableOf(many[1]!);
    const listed = many[3]!.split(', ').map((value) => value.split(' AS ') as [string, string]);
    const read = rowsOf(listed.map(([, name]) => name).join(', '), listed.map(([value]) => value).join(', '));
    if (!many[2]!.split(', ').every((part) => SET_OF.test(part))) return null;
    return (transaction, values) => {
      const changed = read(values).filter((row) => {
        const key = keyOf(table, row);
        const before = transaction.get(table, key);
        if (before !== undefined) transaction.put(table, key, { ...before, ...row });
        return before !== undefined;
      });
      return { rows: [], rowCount: changed.length };
    };
  }
  const one = /^UPDATE (\w+\.\w+) SET (.+?) WHERE (.+?)(?: RETURNING (.+))?$/.exec(text);
  if (one === null) return null;
  const table = tableOf(one[1]!);
  const asksForBegin = one[3]!.endsWith(HAS_BEGUN);
  const condition = where(asksForBegin ? one[3]!.slice(0, -HAS_BEGUN.length) : one[3], table);
  const project = columns(one[4] ?? '*');
  const set = one[2]!.split(/, (?=\w+ = )/).map((part) => {
    const [column, value] = part.split(' = ') as [string, string];
    return { column, of: term(value) };
  });
  return (transaction, values, now) => {
    if (asksForBegin && !transaction.hasBegun) return answer([]);
    const rows = found(transaction, table, condition, values, now).map((row) => {
      const after: Record<string, Value> = { ...row };
      for (const { column, of } of set) after[column] = of(values, now);
      transaction.put(table, keyOf(table, row), after);
      return project(after);
    });
    return answer(rows);
  };
}

function remove(text: string): Run | null {
  const match = /^DELETE FROM (\w+\.\w+) WHERE (.+)$/.exec(text);
  if (match === null) return null;
  const table = tableOf(match[1]!);
  const condition = where(match[2], table);
  return (transaction, values, now) => {
    const rows = found(transaction, table, condition, values, now);
    for (const row of rows) transaction.delete(table, keyOf(table, row));
    return { rows: [], rowCount: rows.length };
  };
}
