import { createHash } from 'node:crypto';
import { hashIn } from './chain.js';
import type { StoredRecord } from './codec.js';
import { wrongWithExport } from './log-check.js';
import { readFolder, readPart } from './log-files.js';
import { BadExport, MANIFEST, isWhole, type Manifest, type Part } from './log-format.js';
import {
  ChainCheck,
  WALK_BOUNDS,
  verifyLog,
  type DatedRecord,
  type LogReport,
  type LogWalk,
  type Place,
  type PlacedLink,
  type WalkBounds,
} from './log-walk.js';

/** A log that takes records as they are, after those that are in it. */
export interface LogIntake {
  /**
   * Appends records in their order to the `before` that are there. Throws WrongTarget when somebody else has written,
   * StoreUnavailable, and OutcomeUnknown; it may stop in between, and what is in is in its place.
   */
  take(records: readonly DatedRecord[], before: number): Promise<void>;
  /** What stands at these places now. */
  linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]>;
  close(): Promise<void>;
}

/** What is in the log is not the beginning of this export. */
export class WrongTarget extends Error {
  override readonly name = 'WrongTarget';
}

export interface ImportTarget {
  readonly logId: string;
  readonly streamPrefix: string;
  walk(): LogWalk;
  readonly intake: LogIntake;
}

export interface ImportSettings {
  /** Records that are given to the store at once. */
  readonly batch: number;
  /** Called once the files are known to be sound, with how many records there are. */
  readonly onManifest: (records: number) => void;
  /** Called with how many more records are in the log. */
  readonly onRecords: (count: number) => void;
}

export const IMPORT_SETTINGS: ImportSettings = {
  batch: 2_000,
  onManifest: () => undefined,
  onRecords: () => undefined,
};

export interface ImportReport {
  readonly manifest: Manifest;
  /** Records that were there before. */
  readonly found: number;
  /** The log as it is now, walked through from end to end; null when nothing was to be written. */
  readonly verified: LogReport | null;
}

/**
 * Writes an export into an empty log, or goes on where an earlier attempt was killed. Every file is compared with the
 * manifest before the first record is written, and every part with its chain before the first of its own; at the end the
 * whole log is verified. A part is in memory at a time. Throws BadExport and WrongTarget, and what store and disk throw.
 */
export async function importLog(
  folder: string,
  target: ImportTarget,
  { batch, onManifest, onRecords } = IMPORT_SETTINGS,
): Promise<ImportReport> {
  const manifest = await soundExport(folder, target);
  onManifest(manifest.records);
  // Everything before a part is in the log when the part is looked at.
  const parts = new PartsRead(folder, manifest, (_, places) => target.intake.linksAt(places), WALK_BOUNDS);
  const there = new Existing(target.walk());
  let done = 0;
  try {
    for (const part of manifest.parts) {
      const records = await parts.next(part);
      const found = await there.compare(part, records);
      onRecords(found);
      for (let from = found; from < records.length; from += batch) {
        const some = records.slice(from, from + batch);
        await target.intake.take(some, done + from);
        onRecords(some.length);
      }
      done += records.length;
    }
    await there.expectEnd(manifest, target.logId);
  } finally {
    await there.close();
  }
  return { manifest, found: there.count, verified: await verified(target, manifest) };
}

/**
 * The same, and nothing is written: what would be in the log is looked up in the parts. Two of them are in memory at a time.
 * Throws BadExport and WrongTarget, and what store and disk throw.
 */
export async function tryImport(folder: string, target: ImportTarget, bounds = WALK_BOUNDS): Promise<ImportReport> {
  const manifest = await soundExport(folder, target);
  const parts = new PartsRead(folder, manifest, (before, places) => linksIn(folder, before, places), bounds);
  const there = new Existing(target.walk());
  try {
    for (const part of manifest.parts) await there.compare(part, await parts.next(part));
    await there.expectEnd(manifest, target.logId);
  } finally {
    await there.close();
  }
  return { manifest, found: there.count, verified: null };
}

async function soundExport(folder: string, { streamPrefix }: ImportTarget): Promise<Manifest> {
  const manifest = await readFolder(folder);
  if (manifest === null) throw new BadExport(`${folder} is empty, or is not there`);
  if (!isWhole(manifest))
    throw new BadExport(
      `the export in ${folder} was not finished: run holdfast log export again, on the log it came from`,
    );
  if (manifest.streamPrefix !== streamPrefix)
    throw new BadExport(
      `${MANIFEST}: streamPrefix is ${manifest.streamPrefix}, and STREAM_PREFIX is ${streamPrefix}; set it to the same`,
    );
  const wrong = await wrongWithExport(folder, manifest);
  if (wrong !== null) throw new BadExport(wrong);
  return manifest;
}

async function verified(target: ImportTarget, { records, digest }: Manifest): Promise<LogReport> {
  const walk = target.walk();
  try {
    const report = await verifyLog(walk, 0);
    if (report.wrong === 0 && (report.records !== records || report.digest !== digest))
      throw new WrongTarget(
        `the log has ${report.records} records with digest ${report.digest} now, and the export ${records} with ${digest}: ` +
          'somebody else wrote while it was imported. Begin again with an empty log, and with nothing else running on it',
      );
    return report;
  } finally {
    await walk.close();
  }
}

type Links = readonly (PlacedLink | null)[];

/** What stands at these places, the latest part first. Seldom asked, for the ends of many streams are remembered. */
async function linksIn(folder: string, parts: readonly Part[], places: readonly Place[]): Promise<Links> {
  const nameOf = ({ stream, revision }: Place): string => `${revision} ${stream}`;
  const wanted = new Set(places.map(nameOf));
  const found = new Map<string, PlacedLink>();
  for (const part of parts.toReversed()) {
    if (found.size === wanted.size) break;
    for (const record of await readPart(folder, part)) {
      const { position, revision, id } = record;
      if (wanted.has(nameOf(record))) found.set(nameOf(record), { position, revision, id, hash: hashIn(record) });
    }
  }
  return places.map((place) => found.get(nameOf(place)) ?? null);
}

/** The parts one after another, each held against the chain as a whole before it is given. */
class PartsRead {
  private readonly check: ChainCheck;
  private readonly digest = createHash('sha256');
  private readonly before: Part[] = [];

  /** `linksAt`: what stands at places of the parts that were read before; positions do not matter. */
  constructor(
    private readonly folder: string,
    private readonly manifest: Manifest,
    linksAt: (before: readonly Part[], places: readonly Place[]) => Promise<Links>,
    bounds: WalkBounds,
  ) {
    const placed = async (places: readonly Place[]) =>
      (await linksAt(this.before, places)).map((link) => link && { ...link, position: 0n });
    this.check = new ChainCheck({ isGapless: manifest.gapless, linksAt: placed }, bounds);
  }

  async next(part: Part): Promise<DatedRecord[]> {
    const records = await readPart(this.folder, part);
    await this.check.page(records);
    const [finding] = this.check.findings;
    if (finding !== undefined) {
      const line = 1 + records.findIndex(({ position }) => position >= finding.position!);
      throw new BadExport(`${part.file}, line ${line}: ${finding.what}`);
    }
    const { streamPrefix, digest, parts } = this.manifest;
    const stranger = records.findIndex(({ stream }) => !stream.startsWith(streamPrefix));
    if (stranger >= 0)
      throw new BadExport(
        `${part.file}, line ${stranger + 1}, stream: expected a name that begins with ${streamPrefix}`,
      );
    for (const record of records) this.digest.update(hashIn(record));
    if (part === parts.at(-1) && this.digest.digest('hex') !== digest)
      throw new BadExport(`${MANIFEST}: digest is not that of the records in its parts`);
    this.before.push(part);
    return records;
  }
}

/** What is in the log before anything is written. */
class Existing {
  /** How many records were found and compared. */
  count = 0;
  private readonly records: AsyncGenerator<StoredRecord>;

  constructor(private readonly walk: LogWalk) {
    this.records = recordsOf(walk);
  }

  /** How many of a part's records are there; after them nothing is. Throws WrongTarget at the first that is another one. */
  async compare(part: Part, records: readonly DatedRecord[]): Promise<number> {
    for (const [n, record] of records.entries()) {
      const found = await this.next();
      if (found === null) return n;
      if (!SAME.every((name) => found[name] === record[name]))
        throw new WrongTarget(
          `the log is not empty: at position ${found.position} it has revision ${found.revision} of ${found.stream}, id ` +
            `${found.id}, and ${part.file}, line ${n + 1}, is revision ${record.revision} of ${record.stream}, id ` +
            `${record.id}. ${WHAT_TO_DO}`,
        );
      this.count += 1;
    }
    return records.length;
  }

  /** Throws WrongTarget when there is more, and for the very log that was exported. */
  async expectEnd({ logId, records }: Manifest, ofTarget: string): Promise<void> {
    if (records > 0 && this.count === records && logId === ofTarget)
      throw new WrongTarget(
        `all of it is in, and this is log ${logId}, the one that was exported. ${WHAT_TO_DO} If it is a copy of the ` +
          'database that was filled by import: holdfast log renew --yes is the last step',
      );
    const found = await this.next();
    if (found !== null)
      throw new WrongTarget(
        `the log has more than the export: revision ${found.revision} of ${found.stream}, id ${found.id}, at position ` +
          `${found.position}. ${WHAT_TO_DO}`,
      );
  }

  close(): Promise<void> {
    return this.walk.close();
  }

  private async next(): Promise<StoredRecord | null> {
    const { done, value } = await this.records.next();
    return done === true ? null : value;
  }
}

async function* recordsOf(walk: LogWalk): AsyncGenerator<StoredRecord> {
  for await (const page of walk.pages()) yield* page;
}

const SAME = ['stream', 'revision', 'id', 'type', 'data', 'metadata'] as const;
const WHAT_TO_DO =
  'An export goes into an empty log, or goes on in one that holds the beginning of the same export: point EVENT_STORE_URL, ' +
  'or DATABASE_URL, at such a log.';
