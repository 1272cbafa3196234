import type pg from 'pg';
import type { Position } from '../src/application/ports.js';
import type { Codec } from '../src/infrastructure/event-store/codec.js';
import type { LogWalk } from '../src/infrastructure/event-store/log-walk.js';
import { recordId } from '../src/infrastructure/event-store/sealer.js';
import { TABLES, TABLE_NAMES, rowText, type TableName } from './canonical.js';
import { ExpectedRows, TooMuch, unreadable } from './expected.js';
import { Findings, type Difference } from './findings.js';
import { quickly, type Compared } from './quick.js';
import { Snapshot, type Claimed } from './snapshot.js';
import { VERIFY_SETTINGS, type VerifySettings } from './verify-settings.js';

export interface VerifyPorts {
  /** Of the database with the tables. */
  readonly pool: pg.Pool;
  readonly walk: LogWalk;
  readonly codec: Codec;
  readonly logId: string;
  readonly streamPrefix: string;
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
    const truth = (await recordAt(ports.walk, claimed)) ?? (await recordAnywhere(ports.walk, claimed));
    const upTo = truth?.position ?? claimed.position;
    const known = { truth, upTo };
    const quick = await quickly(snapshot, ports, upTo, settings);
    if (quick !== null) return reportOf(quick, snapshot, ports.logId, known, 1);
    const history = await snapshot.count('booking_history');
    for (let parts = Math.max(1, Math.ceil(history / settings.budget)); ; parts *= 2) {
      const comparison = new Comparison(snapshot, settings);
      try {
        for (let part = 0; part < parts; part++) {
          const expected = new ExpectedRows(ports.streamPrefix, { parts, part, budget: settings.budget });
          await comparison.fold(expected, ports, upTo);
          await comparison.compare(expected, parts, part);
        }
        return reportOf(comparison, snapshot, ports.logId, known, parts);
      } catch (error) {
        // There is more in the log than the tables let expect.
        if (!(error instanceof TooMuch)) throw error;
      }
    }
  } finally {
    snapshot.close();
  }
}

/** All that was found, in the words of a report. */
function reportOf(
  compared: Compared,
  { claimed }: Snapshot,
  logId: string,
  known: Known,
  passes: number,
): TablesReport {
  const { findings, records, last } = compared;
  const { rows, differences, different } = findings;
  const { truth, upTo } = known;
  return {
    ...{ claimed, position: upTo, records, truth, rows, differences, different, passes, ...findings.checksums },
    checkpoint: wrongWithCheckpoint(claimed, logId, last, truth),
  };
}

/** The record that the checkpoint names, if it stands in its stream where the checkpoint says. */
async function recordAt(walk: LogWalk, { last }: Claimed): Promise<Truth> {
  if (last === null) return null;
  const [link] = await walk.linksAt([last]);
  if (link == null || recordId(link.hash) !== last.recordId) return null;
  return { position: link.position, stream: last.stream, revision: last.revision };
}

/** The log from end to end, for a share of the rows at a time. */
class Comparison {
  readonly findings: Findings;
  records = 0;
  last: Position = 0n;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly settings: VerifySettings,
  ) {
    this.findings = new Findings(settings.told);
  }

  async fold(expected: ExpectedRows, { walk, codec }: VerifyPorts, upTo: Position): Promise<void> {
    this.records = 0;
    for await (const page of walk.pages()) {
      for (const stored of page) {
        if (stored.position > upTo) return;
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
    const { findings } = this;
    for (const table of TABLE_NAMES) {
      const { keys } = TABLES[table];
      const seen = new Set<string>();
      for await (const page of this.snapshot.rows(table, parts, part))
        for (const row of page) {
          const key = row.slice(0, keys) as string[];
          const text = rowText(row);
          const should = expected.row(table, key);
          seen.add(key.join('\t'));
          findings.is(table, text);
          if (text !== should) findings.differs(table, key, { found: row, expected: should });
        }
      for (const key of expected.keys(table)) {
        findings.rows[table].expected += 1;
        const home = table === 'users' ? expected.eventOf(key[0]!) : null;
        if (!seen.has(key.join('\t')))
          findings.differs(table, key, { found: null, expected: expected.row(table, key), home });
      }
    }
  }
}

/** The same where nothing stands there, or something else. */
async function recordAnywhere(walk: LogWalk, { last }: Claimed): Promise<Truth> {
  if (last === null) return null;
  for await (const page of walk.pages()) {
    const found = page.find(({ id }) => id === last.recordId);
    if (found !== undefined) return { position: found.position, stream: found.stream, revision: found.revision };
  }
  return null;
}

interface Known {
  readonly truth: Truth;
  readonly upTo: Position;
}

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
