import { setTimeout as sleep } from 'node:timers/promises';
import { Codec, UPCASTERS, readablePages, type StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { tablesAfter } from '../projections/oracle.js';
import { onServer } from '../support/postgres.js';
import { monotonicMs } from './history.js';
import type { Books } from './logs.js';

const LAG_WITHIN_MS = 30_000;
const POLL_MS = 50;
const TABLES = ['users', 'events', 'bookings', 'past_bookings', 'booking_history'] as const;

/** I9: the tables get to the end of the log by themselves. Answers what is wrong; null: nothing. */
export async function lagOf(books: Books, upTo?: bigint): Promise<string | null> {
  return onServer(books.tables, async (client) => {
    for (const end = monotonicMs() + LAG_WITHIN_MS; ; await sleep(POLL_MS)) {
      const { rows } = await client.query<{ position: string; halt_reason: string | null }>(
        'SELECT position, halt_reason FROM read_model.checkpoint',
      );
      const { position, halt_reason: halt } = rows[0]!;
      const head = upTo ?? (await books.head());
      if (BigInt(position) === head) return null;
      if (halt !== null) return `the projector halted at ${position} of ${head}: ${halt}`;
      if (monotonicMs() > end) return `the tables stay at ${position} of ${head} for ${LAG_WITHIN_MS / 1_000} s`;
    }
  });
}

/**
 * I6: the rows of the run are what a plain second reading of its records gives, to the byte. `run`: how the ids of its
 * events and users begin.
 */
export async function differencesIn(url: string, records: readonly StoredRecord[], run: string): Promise<string[]> {
  const codec = new Codec(UPCASTERS);
  const expected = tablesAfter([...readablePages(records.map((record) => codec.decode(record)))].flat());
  return onServer(url, async (client) => {
    const differences: string[] = [];
    for (const name of TABLES) {
      const owner = name === 'users' ? 'user_id' : 'event_id';
      const order = name === 'booking_history' ? '1, 2' : '1';
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT * FROM read_model.${name} WHERE starts_with(${owner}, $1) ORDER BY ${order}`,
        [run],
      );
      differences.push(...differing(name, expected[name], rows.map(plain)));
    }
    return differences;
  });
}

function differing(name: string, expected: readonly object[], found: readonly Record<string, unknown>[]): string[] {
  if (expected.length !== found.length) return [`${name} has ${found.length} rows and should have ${expected.length}`];
  const columns = Object.keys(found[0] ?? {}).sort();
  const text = (row: object): string => JSON.stringify(row, columns);
  const at = expected.findIndex((row, n) => text(row) !== text(found[n]!));
  return at === -1 ? [] : [`${name} has ${text(found[at]!)} where the log says ${text(expected[at]!)}`];
}

/** Instants in milliseconds, and int8 as a number. */
const plain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.getTime() : /revision$/.test(name) && value !== null ? Number(value) : value,
    ]),
  );
