import type { World } from './world.js';

/** Instants are kept as the text in which they were written, so that bytes are compared with bytes. */
export type Value = string | number | boolean | null;
export type Row = Readonly<Record<string, Value>>;

const KEYS = {
  users: ['user_id'],
  events: ['event_id'],
  bookings: ['booking_id'],
  past_bookings: ['booking_id'],
  booking_history: ['booking_id', 'revision'],
  checkpoint: ['projection', 'generation'],
} as const;
export type TableName = keyof typeof KEYS;
export const TABLES = Object.keys(KEYS) as TableName[];

export const keyOf = (table: TableName, row: Row): string => KEYS[table].map((column) => String(row[column])).join(' ');
export const keyColumns = (table: TableName): readonly string[] => KEYS[table];

/** What the server says about a statement. The driver gives it `severity`: by that a connection is known to be usable. */
export class SqlError extends Error {
  readonly severity = 'ERROR';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** One table as committed; rows are replaced, never changed. */
class Table {
  readonly rows = new Map<string, Row>();
  /** The active booking of a user on an event. */
  readonly places = new Map<string, string>();
}

export const placeOf = (row: Row): string => `${String(row['user_id'])}/${String(row['event_id'])}`;

/** What one commit changed: null where a row was deleted. */
export type Written = ReadonlyMap<TableName, ReadonlyMap<string, Row | null>>;

/** Sees what is committed under what it has written itself; nobody else sees that before the commit. */
export class Transaction {
  readonly written = new Map<TableName, Map<string, Row | null>>();
  private readonly places = new Map<string, string | null>();

  /** `hasBegun`: it says of itself that it is a fold's, as a BEGIN of the projector does. */
  constructor(
    private readonly tables: Readonly<Record<TableName, Table>>,
    readonly hasBegun: boolean,
  ) {}

  get(table: TableName, key: string): Row | undefined {
    const own = this.written.get(table)?.get(key);
    return own === undefined ? this.tables[table].rows.get(key) : (own ?? undefined);
  }

  atPlace(place: string): Row | undefined {
    const own = this.places.get(place);
    const key = own === undefined ? this.tables.bookings.places.get(place) : own;
    return key == null ? undefined : this.get('bookings', key);
  }

  *all(table: TableName): Generator<[string, Row]> {
    const own = this.written.get(table);
    for (const [key, row] of this.tables[table].rows) if (own?.has(key) !== true) yield [key, row];
    for (const [key, row] of own ?? []) if (row !== null) yield [key, row];
  }

  put(table: TableName, key: string, row: Row): void {
    expectValid(table, row, this);
    if (table === 'bookings') this.places.set(placeOf(row), key);
    this.write(table, key, row);
  }

  delete(table: TableName, key: string): void {
    const row = this.get(table, key);
    if (row === undefined) return;
    if (table === 'bookings') this.places.set(placeOf(row), null);
    this.write(table, key, null);
  }

  commit(): void {
    for (const [place, key] of this.places)
      if (key === null) this.tables.bookings.places.delete(place);
      else this.tables.bookings.places.set(place, key);
    for (const [table, rows] of this.written)
      for (const [key, row] of rows)
        if (row === null) this.tables[table].rows.delete(key);
        else this.tables[table].rows.set(key, row);
  }

  private write(table: TableName, key: string, row: Row | null): void {
    let own = this.written.get(table);
    if (own === undefined) this.written.set(table, (own = new Map()));
    own.set(key, row);
  }
}

/** The constraints of the tables on which the projector relies as a second alarm. */
function expectValid(table: TableName, row: Row, transaction: Transaction): void {
  if (table === 'events') {
    const { seats_taken: taken, seats_held: held, capacity } = row as Readonly<Record<string, number>>;
    if (!(0 <= taken! && taken! <= capacity!)) throw new SqlError('23514', 'never_oversold');
    if (!(0 <= held! && held! <= taken!)) throw new SqlError('23514', 'held_is_taken');
    if (row['is_booked'] !== (taken === capacity)) throw new SqlError('23514', 'booked_is_full');
    return;
  }
  if (table !== 'bookings' && table !== 'past_bookings') return;
  if (transaction.get('users', String(row['user_id'])) === undefined) throw new SqlError('23503', 'no such user');
  if (transaction.get('events', String(row['event_id'])) === undefined) throw new SqlError('23503', 'no such event');
  if (table !== 'bookings') return;
  const other = transaction.atPlace(placeOf(row));
  if (other !== undefined && other['booking_id'] !== row['booking_id'])
    throw new SqlError('23505', 'one_active_booking');
}

interface Waiter {
  readonly session: object;
  readonly enter: () => void;
}

/** The database of the read model: what outlives every process. One row is ever fought for, the checkpoint's. */
export class SimulatedDatabase {
  readonly tables = Object.fromEntries(TABLES.map((name) => [name, new Table()])) as Record<TableName, Table>;
  /** Advisory locks, by name, and who has them. */
  readonly advisory = new Map<string, object>();
  private holder: object | null = null;
  private readonly waiting: Waiter[] = [];

  /** `onCommit` sees each commit that wrote something, at the moment at which it stands. */
  constructor(
    readonly world: World,
    readonly clock: () => number,
    readonly onCommit: (written: Written) => void,
    /** A statement that is not understood, or a mistake in here. */
    readonly onBug: (error: unknown) => void,
  ) {
    const none = { log_id: null, stream: null, revision: null, record_id: null, halted_at: null, halt_reason: null };
    const halt = { halt_position: null, halt_stream: null, halt_revision: null, halt_record_id: null };
    const row = {
      projection: 'bookings',
      generation: 1,
      live: true,
      bare: false,
      position: 0,
      moved_at: this.timestamp(),
      paused_at: null,
      skips: 0,
    };
    this.tables.checkpoint.rows.set('bookings 1', { ...row, ...none, ...halt });
  }

  get checkpoint(): Row {
    return this.tables.checkpoint.rows.get('bookings 1')!;
  }

  readonly timestamp = (): string => new Date(this.clock()).toISOString();

  begin(text = ''): Transaction {
    return new Transaction(this.tables, text.includes("SET LOCAL holdfast.has_begun = 'yes'"));
  }

  commit(transaction: Transaction): void {
    if (transaction.written.size === 0) return;
    transaction.commit();
    this.onCommit(transaction.written);
  }

  /** The lock on the checkpoint's row, until `unlock`. */
  lock(session: object, enter: () => void): void {
    if (this.holder === null || this.holder === session) {
      this.holder = session;
      enter();
    } else this.waiting.push({ session, enter });
  }

  unlock(session: object): void {
    const at = this.waiting.findIndex((waiter) => waiter.session === session);
    if (at >= 0) this.waiting.splice(at, 1);
    if (this.holder !== session) return;
    const next = this.waiting.shift();
    this.holder = next?.session ?? null;
    next?.enter();
  }
}
