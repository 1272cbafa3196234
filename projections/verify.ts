import type pg from 'pg';
import type { Position } from '../src/application/ports.js';
import type { Codec, StoredRecord } from '../src/infrastructure/event-store/codec.js';
import type { LogWalk } from '../src/infrastructure/event-store/log-walk.js';
import { recordId } from '../src/infrastructure/event-store/sealer.js';
import { Checksum, TABLES, TABLE_NAMES, cellsOf, rowText, type Cell, type TableName } from './canonical.js';
import { ExpectedRows, TooMuch, unreadable } from './expected.js';
import { quickly, type Totals } from './quick.js';
import { Snapshot, type Claimed } from './snapshot.js';

export interface VerifyPorts {
  /** Of the database with the tables. */
  readonly pool: pg.Pool;
  readonly walk: LogWalk;
  readonly codec: Codec;
  readonly logId: string;
  readonly streamPrefix: string;
}

export interface VerifySettings {
  /** Rows and states in memory at once; a log that needs more is read several times, a share of the rows each time. */
  readonly budget: number;
  /** Differences that are told one by one; more are counted. */
  readonly told: number;
  /** Called with how many records were read. */
  readonly onRecords: (count: number) => void;
}

export const VERIFY_SETTINGS: VerifySettings = { budget: 150_000, told: 1_000, onRecords: () => undefined };

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

/** What the checkpoint should say; null where no such record is in the log. */
export type Truth = { readonly position: Position; readonly stream: string; readonly revision: number } | null;

export interface TablesReport {
  readonly claimed: Claimed;
  /** Up to where the log was folded. */
  readonly position: Position;
  readonly records: number;
  readonly rows: Readonly<Record<TableName, { readonly found: number; readonly expected: number }>>;
  /** Of the rows as they are, and as they should be. */
  readonly checksum: string;
  readonly expectedChecksum: string;
  /** What is wrong with the checkpoint, in words, and what it should say. */
  readonly checkpoint: readonly string[];
  readonly truth: Truth;
  readonly differences: readonly Difference[];
  /** All of them, those included that are not told. */
  readonly different: number;
  /** How often the log was read. */
  readonly passes: number;
}

export const isAsItShouldBe = ({ different, checkpoint }: TablesReport): boolean =>
  different === 0 && checkpoint.length === 0;

/**
 * Folds the log up to the checkpoint and holds every row of the live tables against it. Tables and checkpoint are of one
 * moment; memory is bounded by the settings, whatever the size of the log. Throws Poison for a record that cannot be read.
 */
export async function verifyTables(ports: VerifyPorts, settings = VERIFY_SETTINGS): Promise<TablesReport> {
  const snapshot = await Snapshot.open(ports.pool);
  try {
    const { claimed } = snapshot;
    const truth = await recordAt(ports.walk, claimed);
    const upTo = truth?.position ?? claimed.position;
    // Only a record that stands where the checkpoint says needs not be looked for.
    const quick = claimed.last === null || truth !== null ? await quickly(snapshot, ports, upTo, settings) : null;
    if (quick !== null) return reportOf(quick, claimed, ports.logId, upTo, truth);
    const history = await snapshot.count('booking_history');
    for (let parts = Math.max(1, Math.ceil(history / settings.budget)); ; parts *= 2) {
      const comparison = new Comparison(snapshot, settings);
      try {
        for (let part = 0; part < parts; part++) {
          const expected = new ExpectedRows(ports.streamPrefix, { parts, part, budget: settings.budget });
          await comparison.fold(expected, ports, upTo, truth);
          await comparison.compare(expected, parts, part);
        }
        return comparison.report(ports.logId, upTo, truth, parts);
      } catch (error) {
        // There is more in the log than the tables let expect.
        if (!(error instanceof TooMuch)) throw error;
      }
    }
  } finally {
    snapshot.close();
  }
}

/** Of tables in which every row is as it should be. */
function reportOf(
  { records, rows, checksum }: Totals,
  claimed: Claimed,
  logId: string,
  upTo: Position,
  truth: Truth,
): TablesReport {
  const counts = TABLE_NAMES.map((name) => [name, { found: rows[name], expected: rows[name] }] as const);
  return {
    ...{ claimed, position: upTo, records, truth, checksum, expectedChecksum: checksum, passes: 1 },
    rows: Object.fromEntries(counts) as TablesReport['rows'],
    checkpoint: wrongWithCheckpoint(claimed, logId, upTo, truth),
    ...{ differences: [], different: 0 },
  };
}

/** The record that the checkpoint names, if it stands in its stream where the checkpoint says. */
async function recordAt(walk: LogWalk, { last }: Claimed): Promise<Truth> {
  if (last === null) return null;
  const [link] = await walk.linksAt([last]);
  if (link == null || recordId(link.hash) !== last.recordId) return null;
  return { position: link.position, stream: last.stream, revision: last.revision };
}

class Comparison {
  private readonly rows = Object.fromEntries(TABLE_NAMES.map((name) => [name, { found: 0, expected: 0 }])) as {
    [Name in TableName]: { found: number; expected: number };
  };
  private readonly found = new Checksum();
  /** What has to be added to that for the rows to be as they should be. */
  private readonly corrections = new Checksum();
  private readonly differences: Difference[] = [];
  private different = 0;
  private records = 0;
  private last: Position = 0n;
  /** The checkpoint's record, wherever it stands. */
  private located: Truth = null;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly settings: VerifySettings,
  ) {}

  async fold(expected: ExpectedRows, { walk, codec }: VerifyPorts, upTo: Position, truth: Truth): Promise<void> {
    const sought = truth === null ? this.snapshot.claimed.last?.recordId : undefined;
    this.records = 0;
    for await (const page of walk.pages()) {
      for (const stored of page) {
        if (stored.position > upTo) return;
        if (stored.id === sought) this.located = pointOf(stored);
        this.records += 1;
        this.last = stored.position;
        if (this.snapshot.skipped.has(stored.id)) {
          expected.skip(stored);
          continue;
        }
        const record = codec.decode(stored);
        if ('unreadable' in record) throw unreadable(record);
        expected.add(record);
      }
      this.settings.onRecords(page.length);
    }
  }

  async compare(expected: ExpectedRows, parts: number, part: number): Promise<void> {
    for (const table of TABLE_NAMES) {
      const { keys } = TABLES[table];
      const seen = new Set<string>();
      for await (const page of this.snapshot.rows(table, parts, part))
        for (const row of page) {
          const key = row.slice(0, keys) as string[];
          seen.add(key.join('\t'));
          this.row(table, key, row, expected.row(table, key), expected);
        }
      for (const key of expected.keys(table)) {
        this.rows[table].expected += 1;
        if (!seen.has(key.join('\t'))) this.row(table, key, null, expected.row(table, key), expected);
      }
    }
  }

  report(logId: string, upTo: Position, truth: Truth, passes: number): TablesReport {
    const { claimed } = this.snapshot;
    const { records, rows, differences, different } = this;
    return {
      ...{ claimed, position: upTo, records, rows, differences, different, passes },
      checksum: this.found.toString(),
      expectedChecksum: this.found.plus(this.corrections).toString(),
      checkpoint: wrongWithCheckpoint(claimed, logId, this.last, truth ?? this.located),
      truth: truth ?? this.located,
    };
  }

  private row(
    table: TableName,
    keys: string[],
    found: Cell[] | null,
    expected: string | null,
    all: ExpectedRows,
  ): void {
    const text = found === null ? null : rowText(found);
    if (text !== null) {
      this.rows[table].found += 1;
      this.found.add(table, text);
    }
    if (text === expected) return;
    this.different += 1;
    if (text !== null) this.corrections.add(table, text, -1);
    if (expected !== null) this.corrections.add(table, expected);
    if (this.differences.length < this.settings.told)
      this.differences.push(differenceOf(table, keys, found, expected === null ? null : cellsOf(expected), all));
  }
}

function differenceOf(
  table: TableName,
  keys: readonly string[],
  found: readonly Cell[] | null,
  expected: readonly Cell[] | null,
  all: ExpectedRows,
): Difference {
  const names: readonly string[] = TABLES[table].columns;
  const of = (name: string, row: readonly Cell[] | null): Cell => row?.[names.indexOf(name)] ?? null;
  const events = table === 'users' ? [all.eventOf(keys[0]!)] : [of('event_id', expected), of('event_id', found)];
  const columns = names
    .map((name) => ({ name, found: of(name, found), expected: of(name, expected) }))
    .filter((column) => column.found !== column.expected);
  return {
    ...{ table, keys },
    events: [...new Set(events)].filter((event) => event !== null),
    userId: of('user_id', expected) ?? of('user_id', found),
    kind: found === null ? 'missing' : expected === null ? 'extra' : 'differs',
    columns: found === null || expected === null ? [] : columns,
  };
}

const pointOf = ({ position, stream, revision }: StoredRecord): Truth => ({ position, stream, revision });

function wrongWithCheckpoint(claimed: Claimed, logId: string, end: Position, truth: Truth): string[] {
  const { last, position } = claimed;
  const told: string[] = [];
  if (claimed.logId !== null && claimed.logId !== logId) told.push(`log_id is ${claimed.logId}, the log is ${logId}`);
  if (last === null) return told;
  if (truth === null)
    return [
      ...told,
      `record ${last.recordId}, the last that the tables contain, is not in this log, which was read up to ${end}`,
    ];
  const is = { position, stream: last.stream, revision: last.revision };
  for (const name of ['position', 'stream', 'revision'] as const)
    if (is[name] !== truth[name]) told.push(`${name} is ${is[name]}, should be ${truth[name]}`);
  return told;
}
