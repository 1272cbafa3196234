import type { Position } from '../src/application/ports.js';
import type { Codec } from '../src/infrastructure/event-store/codec.js';
import type { LogWalk } from '../src/infrastructure/event-store/log-walk.js';
import { Checksum, TABLES, TABLE_NAMES, rowText, type Cell, type TableName } from './canonical.js';
import { ExpectedRows, TooMuch, unreadable } from './expected.js';
import type { Snapshot } from './snapshot.js';

/** Rows and states after which the streams so far are compared, or a quarter of what fits; memory holds little more. */
const CHUNK = 20_000;
const KEYS_AT_ONCE = 2_000;

export interface Totals {
  readonly records: number;
  readonly rows: Readonly<Record<TableName, number>>;
  readonly checksum: string;
}

interface QuickPorts {
  readonly walk: LogWalk;
  readonly codec: Codec;
  readonly streamPrefix: string;
}

/**
 * Reads the log stream by stream, once, and holds the rows of a few events at a time against it. Null when not all is as
 * it should be, a single stream is larger than `budget`, or the log cannot be read in that order: then somebody has to
 * look more closely.
 */
export async function quickly(
  snapshot: Snapshot,
  { walk, codec, streamPrefix }: QuickPorts,
  upTo: Position,
  { budget, onRecords }: { readonly budget: number; readonly onRecords: (count: number) => void },
): Promise<Totals | null> {
  if (walk.byStream === undefined) return null;
  const check = new Check(snapshot);
  const fresh = () => new ExpectedRows(streamPrefix, { parts: 1, part: 0, budget });
  let expected = fresh();
  let stream = streamPrefix;
  let compared = '';
  let records = 0;
  try {
    for await (const page of walk.byStream()) {
      for (const stored of page) {
        if (stored.stream !== stream && expected.size >= Math.min(CHUNK, budget >> 2)) {
          const event = stream.slice(streamPrefix.length);
          if (!(await check.events(expected, compared, event))) return null;
          compared = event;
          expected = fresh();
        }
        stream = stored.stream;
        if (stored.position > upTo) continue;
        records += 1;
        if (snapshot.skipped.has(stored.id)) {
          expected.skip(stored);
          continue;
        }
        const record = codec.decode(stored);
        if ('unreadable' in record) throw unreadable(record);
        expected.add(record);
      }
      onRecords(page.length);
    }
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
  if (!(await check.events(expected, compared, null)) || !(await check.rest())) return null;
  return { records, rows: check.rows, checksum: check.checksum.toString() };
}

class Check {
  readonly rows = Object.fromEntries(TABLE_NAMES.map((name) => [name, 0])) as Record<TableName, number>;
  readonly checksum = new Checksum();

  constructor(private readonly snapshot: Snapshot) {}

  /** Whether everything about the events after `from`, up to and with `to` (null: all), is as it should be. */
  async events(expected: ExpectedRows, from: string, to: string | null): Promise<boolean> {
    for (const table of ['events', 'bookings', 'past_bookings'] as const)
      if (!this.are(table, await this.snapshot.between(table, from, to), expected)) return false;
    const bookings = [...expected.keys('bookings'), ...expected.keys('past_bookings')].map(([first]) => first!);
    if (!(await this.having('booking_history', bookings, expected))) return false;
    const users = [...expected.keys('users')].map(([user]) => user!);
    let known = 0;
    for (let n = 0; n < users.length; n += KEYS_AT_ONCE)
      known += (await this.snapshot.having('users', users.slice(n, n + KEYS_AT_ONCE))).length;
    return known === users.length;
  }

  /** Whether there is no row that no event asked for. A user is somebody who has a booking, and those are compared. */
  async rest(): Promise<boolean> {
    if ((await this.snapshot.count('booking_history')) !== this.rows.booking_history) return false;
    if ((await this.snapshot.strangers()) > 0) return false;
    for await (const page of this.snapshot.rows('users', 1, 0))
      for (const row of page) this.count('users', rowText(row));
    return true;
  }

  private async having(table: TableName, keys: readonly string[], expected: ExpectedRows): Promise<boolean> {
    const found: Cell[][] = [];
    for (let n = 0; n < keys.length; n += KEYS_AT_ONCE)
      found.push(...(await this.snapshot.having(table, keys.slice(n, n + KEYS_AT_ONCE))));
    return this.are(table, found, expected);
  }

  private are(table: TableName, found: readonly Cell[][], expected: ExpectedRows): boolean {
    for (const row of found) {
      const text = rowText(row);
      if (text !== expected.row(table, row.slice(0, TABLES[table].keys) as string[])) return false;
      this.count(table, text);
    }
    let due = 0;
    for (const _ of expected.keys(table)) due += 1;
    return found.length === due;
  }

  private count(table: TableName, text: string): void {
    this.rows[table] += 1;
    this.checksum.add(table, text);
  }
}
