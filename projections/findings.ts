import { Checksum, TABLES, TABLE_NAMES, cellsOf, rowText, type Cell, type TableName } from './canonical.js';

/** One row that is not as the log says. */
export interface Difference {
  readonly table: TableName;
  readonly keys: readonly string[];
  /** Where the row belongs, and where it was found. */
  readonly events: readonly string[];
  readonly userId: string | null;
  readonly kind: 'missing' | 'extra' | 'differs';
  readonly columns: readonly { readonly name: string; readonly found: Cell; readonly expected: Cell }[];
}

/** A row as it was found and as it should be; null where there is none. */
export interface Pair {
  readonly found: readonly Cell[] | null;
  readonly expected: string | null;
  /** Of a user: an event on which they have a booking. */
  readonly home?: string | null;
}

/** What a comparison has come to so far. Every row and every difference is counted; only the first are kept. */
export class Findings {
  readonly rows = Object.fromEntries(TABLE_NAMES.map((name) => [name, { found: 0, expected: 0 }])) as {
    [Name in TableName]: { found: number; expected: number };
  };
  different = 0;
  private readonly found = new Checksum();
  /** What has to be added to that for the rows to be as they should be. */
  private readonly corrections = new Checksum();
  private readonly kept = Object.fromEntries(TABLE_NAMES.map((name) => [name, [] as Difference[]])) as Record<
    TableName,
    Difference[]
  >;
  private room: number;

  /** `told`: how many differences are kept, those of the first tables first. */
  constructor(told: number) {
    this.room = told;
  }

  /** A row that is there, whether or not it should be. */
  is(table: TableName, text: string): void {
    this.rows[table].found += 1;
    this.found.add(table, text);
  }

  /** A row that is not as it should be. */
  differs(table: TableName, keys: readonly string[], pair: Pair): void {
    if (pair.found !== null) this.corrections.add(table, rowText(pair.found), -1);
    this.belongs(table, keys, pair);
  }

  /** The same of a row that was taken for a stray where it was found. */
  belongs(table: TableName, keys: readonly string[], pair: Pair): void {
    if (pair.expected !== null) this.corrections.add(table, pair.expected);
    this.different += 1;
    this.tell(table, keys, pair);
  }

  /** A row that does not belong where it was found; whether it belongs anywhere is not known yet. */
  strays(table: TableName, text: string): void {
    this.corrections.add(table, text, -1);
  }

  /** Names a difference that is counted already. */
  tell(table: TableName, keys: readonly string[], pair: Pair): void {
    if (this.room === 0) {
      // Those of the first tables are told first.
      const last = TABLE_NAMES.findLast((name) => this.kept[name].length > 0);
      if (last === undefined || TABLE_NAMES.indexOf(last) <= TABLE_NAMES.indexOf(table)) return;
      this.kept[last].pop();
      this.room += 1;
    }
    this.kept[table].push(differenceOf(table, keys, pair));
    this.room -= 1;
  }

  get differences(): readonly Difference[] {
    return TABLE_NAMES.flatMap((name) => this.kept[name].toSorted((a, b) => (order(a) < order(b) ? -1 : 1)));
  }

  get checksums(): { readonly checksum: string; readonly expectedChecksum: string } {
    return { checksum: this.found.toString(), expectedChecksum: this.found.plus(this.corrections).toString() };
  }
}

const order = ({ keys: [first, revision = ''] }: Difference): string => `${first}\t${revision.padStart(16)}`;

function differenceOf(table: TableName, keys: readonly string[], { found, expected, home }: Pair): Difference {
  const names: readonly string[] = TABLES[table].columns;
  const should = expected === null ? null : cellsOf(expected);
  const of = (name: string, row: readonly Cell[] | null): Cell => row?.[names.indexOf(name)] ?? null;
  const events = table === 'users' ? [home ?? null] : [of('event_id', should), of('event_id', found)];
  const columns = names
    .map((name) => ({ name, found: of(name, found), expected: of(name, should) }))
    .filter((column) => column.found !== column.expected);
  return {
    ...{ table, keys },
    events: [...new Set(events)].filter((event) => event !== null),
    userId: of('user_id', should) ?? of('user_id', found),
    kind: found === null ? 'missing' : should === null ? 'extra' : 'differs',
    columns: found === null || should === null ? [] : columns,
  };
}
