import type pg from 'pg';
import { Codec, UPCASTERS, type StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import type { RecordedEvent } from '../../../src/application/ports.js';
import { tablesAfter } from '../../projections/oracle.js';
import { Violation } from '../../simulation/books.js';
import { Checker, type Call, type Heard } from '../../simulation/checker.js';

/** A call, and what came back; null: nothing. */
export interface Asked {
  readonly call: Call;
  heard: Heard | null;
}

export interface Broken {
  readonly invariant: string;
  readonly message: string;
}

const TABLES = ['users', 'events', 'bookings', 'past_bookings', 'booking_history'] as const;

/** The whole log, the rows at one checkpoint and that checkpoint: all of one moment. */
export interface Snapshot {
  readonly records: readonly StoredRecord[];
  readonly checkpoint: bigint;
  readonly halt: string | null;
  readonly tables: ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;
}

export async function snapshotOf(client: pg.Client): Promise<Snapshot> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const log = await client.query<StoredRecord & { position: string; revision: string }>(
    'SELECT position, stream, revision, id, type, data::text, metadata::text FROM log.events ORDER BY position',
  );
  const at = await client.query<{ position: string; halt_reason: string | null }>(
    'SELECT position, halt_reason FROM read_model.checkpoint',
  );
  const tables = new Map<string, Record<string, unknown>[]>();
  for (const name of TABLES) {
    const order = name === 'booking_history' ? '1, 2' : '1';
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM read_model.${name} ORDER BY ${order}`);
    tables.set(name, rows.map(plain));
  }
  await client.query('COMMIT');
  const records = log.rows.map((row) => ({
    ...row,
    position: BigInt(row.position),
    revision: Number(row.revision),
    data: inOrder(row.data),
    metadata: inOrder(row.metadata),
  }));
  return { records, checkpoint: BigInt(at.rows[0]!.position), halt: at.rows[0]!.halt_reason, tables };
}

/** What does not hold of the log and the answers, the first of it; none: all is well. */
export function brokenTruth(asked: readonly Asked[], { records }: Snapshot, latestClock: number): Broken[] {
  return brokenIn(() => expectTruth(asked, records, latestClock));
}

/** The same of the tables. */
export const brokenTables = (snapshot: Snapshot): Broken[] => brokenIn(() => expectTables(snapshot));

function brokenIn(check: () => void): Broken[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return [{ invariant: error.invariant, message: error.what }];
  }
}

/**
 * I1 to I5, I7 and I11. The simulator's checker hears the calls first, then the log, then the answers: what it may
 * not know here, the length of the log when an answer came, it takes for the whole log. It counts records, where
 * the log has positions: they rise, as they are read in their order, and a gap loses nothing.
 */
function expectTruth(asked: readonly Asked[], records: readonly StoredRecord[], latestClock: number): void {
  const checker = new Checker(() => latestClock);
  const positions = records.map(({ position }) => Number(position));
  for (const { call } of asked) checker.onCall({ ...call, from: countUpTo(positions, call.from) });
  for (const [n, record] of records.entries()) checker.onRecord({ ...record, position: BigInt(n + 1) });
  for (const { call, heard } of asked) {
    const counted = { ...call, from: countUpTo(positions, call.from) };
    if (heard?.kind === 'yes') checker.onHeard(counted, { ...heard, position: countUpTo(positions, heard.position) });
    else checker.onHeard(counted, heard ?? { kind: 'unknown', code: 'no answer' });
  }
}

/** How many records stand at or before a position; one more when it is beyond them all. */
function countUpTo(positions: readonly number[], position: number): number {
  if (position > (positions.at(-1) ?? 0)) return positions.length + 1;
  let [from, to] = [0, positions.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (positions[middle]! <= position) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** I6: the rows are what a plain second reading of the log, up to their own checkpoint, gives. */
function expectTables({ records, checkpoint, halt, tables }: Snapshot): void {
  const codec = new Codec(UPCASTERS);
  const folded = records.filter(({ position }) => position <= checkpoint).map((record) => codec.decode(record));
  const unreadable = folded.find((record) => 'unreadable' in record);
  if (unreadable !== undefined)
    throw new Violation('I6', `the tables are past position ${unreadable.position}, which nobody can read`);
  const expected = tablesAfter(folded as RecordedEvent[]);
  for (const name of TABLES) expectSame(name, expected[name], tables.get(name)!);
  if (halt !== null) throw new Violation('I9', `the projector halts after position ${checkpoint}: ${halt}`);
}

type Row = Readonly<Record<string, unknown>>;

function expectSame(name: string, expected: readonly Row[], found: readonly Row[]): void {
  if (expected.length !== found.length)
    throw new Violation('I6', `${name} has ${found.length} rows, the log makes ${expected.length}`);
  for (const [at, row] of found.entries())
    for (const [column, value] of Object.entries(row)) {
      const right = expected[at]![column];
      if (right === value) continue;
      const [key] = Object.values(row);
      throw new Violation(
        'I6',
        `${column} of ${String(key)} in ${name} is ${String(value)}, the log says ${String(right)}`,
      );
    }
}

/** Instants in milliseconds, and int8 as a number. */
const plain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.getTime() : /revision$/.test(name) && value !== null ? Number(value) : value,
    ]),
  );

/** The members in the order in which they were hashed: jsonb has one of its own. */
const inOrder = (text: string): string => JSON.stringify(sorted(JSON.parse(text)));

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
