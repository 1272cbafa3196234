import { hash } from 'node:crypto';
import type { Instant } from '../src/domain/booking/events.js';
import { textOf } from '../src/infrastructure/instant.js';

const SETTINGS = ['title', 'starts_at', 'ends_at', 'time_zone', 'resource'] as const;
const COUNTS = ['capacity', 'seats_taken', 'seats_held', 'waiting', 'is_booked', 'status'] as const;
const RULES = ['hold_seconds', 'offer_seconds', 'sales_open_at', 'sales_close_at', 'cancel_until'] as const;
const LIMITS = ['max_seats_per_booking', 'waitlist_limit', 'sales_end_at', 'scheduled_at', 'updated_at'] as const;
const CLAIM = ['booking_id', 'user_id', 'event_id', 'seats', 'status', 'reference', 'offer'] as const;
const TIMES = ['booking_time', 'expires_at', 'waitlist_revision', 'updated_at', 'revision'] as const;
const STATE = ['seats', 'status', 'reference', 'offer', 'expires_at', 'ended_reason'] as const;

/** Every table of a generation with all of its columns; the first `keys` of them name the row. */
export const TABLES = {
  users: { keys: 1, columns: ['user_id'] },
  events: { keys: 1, columns: ['event_id', ...SETTINGS, ...COUNTS, ...RULES, ...LIMITS, 'revision'] },
  bookings: { keys: 1, columns: [...CLAIM, ...TIMES] },
  past_bookings: { keys: 1, columns: [...CLAIM, ...TIMES, 'ended_at', 'ended_reason'] },
  booking_history: {
    keys: 2,
    columns: [
      ...(['booking_id', 'revision', 'event_id', 'user_id', 'change'] as const),
      ...STATE,
      ...(['actor', 'valid_from', 'valid_to'] as const),
    ],
  },
} as const satisfies Readonly<Record<string, { keys: number; columns: readonly string[] }>>;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** A value as Postgres writes it (ISO dates, UTC), null where there is none. */
export type Cell = string | null;

const NULL = '\\N';

/**
 * One row as one text. No column holds a control character, so none needs to be escaped; a title may begin like that which
 * stands for no value, and gets one backslash more.
 */
export const rowText = (cells: readonly Cell[]): string =>
  cells.map((cell) => (cell === null ? NULL : cell.startsWith('\\') ? `\\${cell}` : cell)).join('\t');

export const cellsOf = (text: string): Cell[] =>
  text.split('\t').map((cell) => (cell === NULL ? null : cell.startsWith('\\') ? cell.slice(1) : cell));

export const flag = (value: boolean): Cell => (value ? 't' : 'f');

/** `2027-03-01 18:00:00.12+00`: an instant as `timestamptz` is written under the time zone UTC. */
export function timestamp(instant: Instant | null | undefined): Cell {
  if (instant === null || instant === undefined) return null;
  const text = textOf(instant);
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${text.slice(19, 23).replace(/\.?0+$/, '')}+00`;
}

/** The same share of all keys on every machine. `parts` is how many there are. */
export const partOf = (key: string, parts: number): number =>
  parts === 1 ? 0 : parseInt(hash('sha256', key, 'hex').slice(0, 7), 16) % parts;

/** As SQL. */
export const inPart = (column: string, parts: number, part: number): string =>
  parts === 1
    ? 'true'
    : `('x' || left(encode(sha256(convert_to(${column}, 'UTF8')), 'hex'), 7))::bit(28)::integer % ${parts} = ${part}`;

/**
 * The canonical checksum of tables: eight sums, modulo 2^32, of the words of each row's SHA-256. The order of rows does
 * not matter, and neither does where in which log they came from.
 */
export class Checksum {
  private readonly sums = new Uint32Array(8);

  /** `times` -1 takes a row out again. */
  add(table: TableName, row: string, times: 1 | -1 = 1): void {
    const digest = hash('sha256', `${table}\t${row}`, 'buffer');
    for (let word = 0; word < 8; word++) this.sums[word]! += times * digest.readUInt32BE(4 * word);
  }

  plus(other: Checksum): Checksum {
    const sum = new Checksum();
    for (let word = 0; word < 8; word++) sum.sums[word] = this.sums[word]! + other.sums[word]!;
    return sum;
  }

  toString(): string {
    return [...this.sums].map((sum) => sum.toString(16).padStart(8, '0')).join('');
  }
}
