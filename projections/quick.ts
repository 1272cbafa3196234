import type { Position } from '../src/application/ports.js';
import type { Codec } from '../src/infrastructure/event-store/codec.js';
import type { LogWalk } from '../src/infrastructure/event-store/log-walk.js';
import { TABLES, rowText, type Cell, type TableName } from './canonical.js';
import { ExpectedRows, TooMuch, unreadable } from './expected.js';
import { Findings } from './findings.js';
import { KeySet } from './key-set.js';
import type { Snapshot } from './snapshot.js';
import type { VerifySettings } from './verify-settings.js';

/** Rows and states after which the streams so far are compared, or a quarter of what fits; memory holds little more. */
const CHUNK = 20_000;
const KEYS_AT_ONCE = 2_000;

interface QuickPorts {
  readonly walk: LogWalk;
  readonly codec: Codec;
  readonly streamPrefix: string;
}

export interface Compared {
  readonly records: number;
  readonly last: Position;
  readonly findings: Findings;
}

/**
 * Reads the log stream by stream, once, and holds the rows of a few events at a time against it. Null when somebody has
 * to look in another way: the log cannot be read in that order, a single stream is larger than `budget`, a booking is in
 * several streams, or rows differ and there are more users and bookings than are remembered.
 */
export async function quickly(
  snapshot: Snapshot,
  { walk, codec, streamPrefix }: QuickPorts,
  upTo: Position,
  settings: VerifySettings,
): Promise<Compared | null> {
  if (walk.byStream === undefined) return null;
  const { budget, onRecords } = settings;
  const check = new Check(snapshot, settings);
  const fresh = () => new ExpectedRows(streamPrefix, { parts: 1, part: 0, budget });
  let expected = fresh();
  let stream = streamPrefix;
  let compared: string | null = null;
  let records = 0;
  let last: Position = 0n;
  try {
    for await (const page of walk.byStream()) {
      for (const stored of page) {
        if (stored.stream !== stream && expected.size >= Math.min(CHUNK, budget >> 2)) {
          const event = stream.slice(streamPrefix.length);
          await check.events(expected, compared, event);
          compared = event;
          expected = fresh();
        }
        stream = stored.stream;
        if (stored.position > upTo) continue;
        records += 1;
        if (stored.position > last) last = stored.position;
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
    await check.events(expected, compared, null);
    await check.rest();
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
  return { records, last, findings: check.findings };
}

const CLAIMS = ['bookings', 'past_bookings'] as const;
type ClaimTable = (typeof CLAIMS)[number];
/** What the log says of a key. */
const TAGS = { users: 1, bookings: 2, past_bookings: 3 } as const;
const keyOf = (table: 'users' | ClaimTable, id: string): string => (table === 'users' ? `u${id}` : `b${id}`);

/** Throws TooMuch where it cannot tell what is wrong. */
class Check {
  readonly findings: Findings;
  private readonly keys: KeySet;
  /** Bookings on events on which the log has none of the kind: on another one, or nowhere. */
  private readonly strays = {
    bookings: { count: 0, first: [] as Row[] },
    past_bookings: { count: 0, first: [] as Row[] },
  };

  constructor(
    private readonly snapshot: Snapshot,
    private readonly settings: VerifySettings,
  ) {
    this.findings = new Findings(settings.told);
    this.keys = new KeySet(settings.keys);
  }

  /** Compares everything about the events after `from` (null: from the first), up to and with `to` (null: all). */
  async events(expected: ExpectedRows, from: string | null, to: string | null): Promise<void> {
    if (expected.isEntangled) throw new TooMuch();
    const absent = await this.are('events', this.snapshot.between('events', from, to), expected);
    for (const key of absent) this.differs('events', key, null, expected.row('events', key));
    const bookings: string[] = [];
    for (const table of CLAIMS) {
      const due = [...expected.keys(table)];
      for (const [id] of due) {
        if (!this.keys.add(keyOf(table, id!), TAGS[table])) throw new TooMuch();
        bookings.push(id!);
      }
      const absent = await this.are(table, this.snapshot.between(table, from, to), expected, due);
      for (let n = 0; n < absent.length; n += KEYS_AT_ONCE)
        await this.lookElsewhere(table, absent.slice(n, n + KEYS_AT_ONCE), expected);
    }
    await this.history(bookings, expected);
    await this.users(expected);
  }

  /** What no event has asked for. */
  async rest(): Promise<void> {
    const { findings, keys } = this;
    for (const table of CLAIMS) {
      const { count, first } = this.strays[table];
      findings.different += count;
      for (const row of first)
        if (keys.tagOf(keyOf(table, row[0]!)) !== TAGS[table])
          findings.tell(table, [row[0]!], { found: row, expected: null });
    }
    if ((await this.snapshot.count('booking_history')) > findings.rows.booking_history.found) await this.unheardOf();
    // A user is somebody who has a booking, and those are compared.
    if (keys.isFull && (await this.snapshot.strangers()) > 0) throw new TooMuch();
    for await (const page of this.snapshot.rows('users', 1, 0))
      for (const row of page) {
        findings.is('users', rowText(row));
        if (!keys.isFull && keys.tagOf(keyOf('users', row[0]!)) === null) this.differs('users', [row[0]!], row, null);
      }
    if (keys.isFull) findings.rows.users.expected = findings.rows.users.found;
    this.mustKnow(this.strays.bookings.count + this.strays.past_bookings.count);
  }

  /** Compares the rows, and answers the keys of those that should be among them and are not. */
  private async are(
    table: TableName,
    pages: AsyncIterable<readonly Row[]>,
    expected: ExpectedRows,
    due = [...expected.keys(table)],
  ): Promise<string[][]> {
    const { keys: length } = TABLES[table];
    const seen = new Set<string>();
    for await (const page of pages)
      for (const row of page) {
        const text = rowText(row);
        const key = row.slice(0, length) as string[];
        const should = expected.row(table, key);
        this.findings.is(table, text);
        if (should !== null) seen.add(key.join('\t'));
        if (should === null && (table === 'bookings' || table === 'past_bookings')) this.stray(table, row, text);
        else if (text !== should) this.differs(table, key, row, should);
      }
    this.findings.rows[table].expected += due.length;
    return seen.size === due.length ? [] : due.filter((key) => !seen.has(key.join('\t')));
  }

  private stray(table: ClaimTable, row: Row, text: string): void {
    const strays = this.strays[table];
    this.findings.strays(table, text);
    strays.count += 1;
    // Of so many, either as many are nowhere in the log as can be told, or as many belong elsewhere.
    if (strays.first.length < 2 * this.settings.told) strays.first.push(row);
    this.mustKnow(strays.count);
  }

  /** Rows that are not on the event that the log says: on another one, or missing. */
  private async lookElsewhere(table: ClaimTable, absent: readonly string[][], expected: ExpectedRows): Promise<void> {
    const ids = absent.map(([id]) => id!);
    const elsewhere = new Map((await this.snapshot.having(table, ids)).map((row) => [row[0]!, row]));
    for (const key of absent) {
      const should = expected.row(table, key);
      const found = elsewhere.get(key[0]!);
      if (found === undefined) this.differs(table, key, null, should);
      else {
        this.findings.belongs(table, key, { found, expected: should });
        this.strays[table].count -= 1;
      }
    }
  }

  private async history(bookings: readonly string[], expected: ExpectedRows): Promise<void> {
    const absent = await this.are('booking_history', this.historyOf(bookings), expected);
    for (const key of absent) this.differs('booking_history', key, null, expected.row('booking_history', key));
  }

  private async *historyOf(bookings: readonly string[]): AsyncGenerator<readonly Row[]> {
    for (let n = 0; n < bookings.length; n += KEYS_AT_ONCE)
      yield* this.snapshot.pagesHaving('booking_history', bookings.slice(n, n + KEYS_AT_ONCE));
  }

  private async users(expected: ExpectedRows): Promise<void> {
    const fresh: string[] = [];
    for (const [user] of expected.keys('users'))
      if (this.keys.add(keyOf('users', user!), TAGS.users)) fresh.push(user!);
    this.findings.rows.users.expected += fresh.length;
    for (let n = 0; n < fresh.length; n += KEYS_AT_ONCE) {
      const asked = fresh.slice(n, n + KEYS_AT_ONCE);
      const found = await this.snapshot.having('users', asked);
      if (found.length === asked.length) continue;
      const known = new Set(found.map(([user]) => user));
      for (const user of asked) if (!known.has(user)) this.differs('users', [user], null, user, expected.eventOf(user));
    }
  }

  /** The history of bookings that nobody made. */
  private async unheardOf(): Promise<void> {
    this.mustKnow(1);
    for await (const page of this.snapshot.rows('booking_history', 1, 0))
      for (const row of page) {
        if (this.keys.tagOf(keyOf('bookings', row[0]!)) !== null) continue;
        this.findings.is('booking_history', rowText(row));
        this.differs('booking_history', row.slice(0, 2) as string[], row, null);
      }
  }

  private differs(
    table: TableName,
    key: readonly string[],
    found: Row | null,
    expected: string | null,
    home: string | null = null,
  ): void {
    this.findings.differs(table, key, { found, expected, home });
    this.mustKnow(this.findings.different);
  }

  private mustKnow(unsure: number): void {
    if (unsure > 0 && this.keys.isFull) throw new TooMuch();
  }
}

type Row = readonly Cell[];
