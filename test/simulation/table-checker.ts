import { Violation } from './books.js';
import type { RecordedEvent } from '../../src/application/ports.js';
import { tablesAfter } from '../projections/oracle.js';
import {
  TABLES,
  keyOf,
  type Row,
  type SimulatedDatabase,
  type TableName,
  type Value,
  type Written,
} from './database.js';
import { Mirror, type Fact } from './mirror.js';

/** What a reader was shown. */
export interface Read {
  readonly eventId: string;
  readonly caller: string;
  /** The highest position that the reader sent along; 0 when none. */
  readonly since: number;
  readonly position: number;
  readonly value: Readonly<Record<string, unknown>> | null;
  /** The code of the error, where nothing was shown. */
  readonly refusal: string | null;
}

/** I6 and I8: at every commit the tables are the fold of the log up to the checkpoint, and reads never go back. */
export class TableChecker {
  private readonly mirror = new Mirror();

  constructor(
    private readonly facts: readonly Fact[],
    private readonly database: () => SimulatedDatabase,
  ) {}

  /** Only rows that were written, or that the newly folded records change, can be wrong since the last commit. */
  onCommit(written: Written): void {
    const position = Number(this.database().checkpoint['position']);
    const { mirror, facts } = this;
    if (position < mirror.position) throw new Violation('I6', `the checkpoint went back to ${position}`);
    if (position > facts.length) throw new Violation('I6', `the checkpoint is at ${position}, beyond the log`);
    const changed = mirror.advance(facts, position);
    for (const [table, rows] of changed) for (const key of rows.keys()) this.expectRow(table, key);
    for (const [table, rows] of written)
      if (table !== 'checkpoint')
        for (const key of rows.keys()) if (changed.get(table)?.has(key) !== true) this.expectRow(table, key);
  }

  /** Every row of every table. */
  expectAll(): void {
    for (const table of TABLES) {
      if (table === 'checkpoint') continue;
      for (const key of this.mirror.expected(table).keys()) this.expectRow(table, key);
      for (const key of this.database().tables[table].rows.keys()) this.expectRow(table, key);
    }
  }

  /** By the reading that the tests of the real tables use: the log as a whole, everything counted anew. */
  expectWholeFold(records: readonly RecordedEvent[]): void {
    const { position } = this.mirror;
    const expected = tablesAfter(records.slice(0, position));
    for (const table of TABLES) {
      if (table === 'checkpoint') continue;
      const rows = expected[table].map(({ sales_end_at: _generated, ...row }) => asText(row));
      const found = this.database().tables[table].rows;
      if (rows.length !== found.size) throw new Violation('I6', `${table} has ${found.size} rows, not ${rows.length}`);
      for (const row of rows) {
        const key = keyOf(table, row);
        const wrong = differenceOf(row, found.get(key) ?? null);
        if (wrong !== null) throw new Violation('I6', `at ${position} the row ${key} of ${table} ${wrong}`);
      }
    }
  }

  onRead({ eventId, since, position, value, refusal }: Read): void {
    if (refusal === 'unknown-position') throw new Violation('I8', `the position ${since} was given, and refused later`);
    if (refusal !== null) return;
    if (position < since) throw new Violation('I8', `a reader at ${since} was shown ${eventId} as of ${position}`);
    const row = this.mirror.eventAt(eventId, position);
    const differs = (name: string): boolean => row![name] !== plain(value![camel(name)]);
    const wrong = row === null || value === null ? null : SHOWN.find(differs);
    if ((row === null) !== (value === null) || wrong != null)
      throw new Violation('I8', `${eventId} was shown at ${position} with another ${wrong ?? 'existence'} than it had`);
  }

  private expectRow(table: TableName, key: string): void {
    const expected = this.mirror.expected(table).get(key);
    const found = this.database().tables[table].rows.get(key);
    const wrong = differenceOf(expected ?? null, found ?? null);
    const at = this.mirror.position;
    if (wrong !== null) throw new Violation('I6', `at ${at} the row ${key} of ${table} ${wrong}`);
  }
}

function differenceOf(expected: Row | null, found: Row | null): string | null {
  if (expected === null || found === null) {
    if (expected === found) return null;
    return expected === null ? 'should not be there' : 'is missing';
  }
  for (const column in expected)
    if (expected[column] !== found[column])
      return `has ${column} ${JSON.stringify(found[column])}, not ${JSON.stringify(expected[column])}`;
  for (const column in found) if (!(column in expected)) return `has a column ${column} that the checker does not know`;
  return null;
}

/** Instants are numbers there and text here. */
const asText = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value) as Value]));

const SHOWN = [
  ...['event_id', 'title', 'capacity', 'seats_taken', 'seats_held', 'waiting', 'is_booked', 'status', 'revision'],
  ...['starts_at', 'sales_close_at', 'waitlist_limit'],
];
const camel = (column: string): string => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const plain = (value: unknown): unknown =>
  typeof value === 'number' && value > 1e11 ? new Date(value).toISOString() : value;
