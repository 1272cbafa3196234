import { createHash } from 'node:crypto';
import type { Position } from '../../application/ports.js';
import { hashIn, wrongWith, type Link } from './chain.js';
import type { StoredRecord } from './codec.js';

/** Where a record is, or should be. */
export interface Place {
  readonly stream: string;
  readonly revision: number;
}

/** A record as far as others are chained to it. */
export interface PlacedLink extends Link {
  readonly position: Position;
  /** As the store has it, also where the record cannot be read. */
  readonly id: string;
}

/** The last record of a stream. */
export interface Head extends Place, Link {}

/** Something in the log that is not as it was written. What is not known of it is null. */
export interface Finding {
  readonly position: Position | null;
  readonly stream: string | null;
  readonly revision: number | null;
  readonly id: string | null;
  readonly what: string;
}

/** A record and when the store took it, ISO 8601 in UTC with as many decimals as the store keeps. Outside the hash chain. */
export interface DatedRecord extends StoredRecord {
  readonly recordedAt: string;
}

/** The stored bytes from end to end, all of one moment however long it takes. Throws StoreUnavailable. */
export interface LogWalk {
  /** Positions are 1, 2, 3 …; elsewhere they only rise. */
  readonly isGapless: boolean;
  /** Where the log ends, as the store itself keeps it. */
  head(): Promise<Position>;
  /** Every record of ours in the order of positions. */
  pages(): AsyncIterable<readonly StoredRecord[]>;
  /** The same after a position, with their dates. */
  dated(after: Position): AsyncIterable<readonly DatedRecord[]>;
  /** As `pages`, stream by stream, by the bytes of their names. Absent where the engine cannot. */
  byStream?(): AsyncIterable<readonly StoredRecord[]>;
  /** What stands at these places; null where nothing does. */
  linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]>;
  /** The last record of every stream, up to and with a position, by the bytes of its name. */
  heads(upTo?: Position): AsyncIterable<readonly Head[]>;
  /** What the store's own books say and its records do not. */
  misfits(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

export interface LogReport {
  readonly records: number;
  readonly position: Position;
  /** SHA-256 over the hashes of all records, in their order: says in 64 digits what the whole log says. */
  readonly digest: string;
  /** The same over the first records, as many as were asked for; null when there are fewer. */
  readonly digestThen: string | null;
  /** How much is wrong. */
  readonly wrong: number;
  /** The first of it, in the order of positions. */
  readonly findings: readonly Finding[];
}

export interface WalkBounds {
  /** Ends of streams that are remembered; those of other streams are asked for again. */
  readonly links: number;
  /** Findings that are told one by one; more are counted. */
  readonly findings: number;
}

export const WALK_BOUNDS: WalkBounds = { links: 50_000, findings: 100 };

/**
 * Walks through the log once and holds every record against the one before it in its stream, and its position against the
 * one before it in the log. Memory is bounded whatever the size of the log and the number of its streams. `then`: how
 * many records the second digest covers. `onPage` is told how many records were looked at.
 */
export async function verifyLog(
  walk: LogWalk,
  then: number,
  onPage: (records: number) => void = () => undefined,
  bounds = WALK_BOUNDS,
): Promise<LogReport> {
  const check = new ChainCheck(walk, bounds);
  const whole = createHash('sha256');
  let digestThen: string | null = then === 0 ? whole.copy().digest('hex') : null;
  let records = 0;
  for await (const page of walk.pages()) {
    await check.page(page);
    for (const record of page) {
      whole.update(hashIn(record));
      records += 1;
      if (records === then) digestThen = whole.copy().digest('hex');
    }
    onPage(page.length);
  }
  for (const misfit of await walk.misfits()) check.found(misfit);
  const { wrong, findings, position } = check;
  return { records, position, digest: whole.digest('hex'), digestThen, wrong, findings };
}

/** Holds pages of records, in the order of the log, against what comes before them. */
export class ChainCheck {
  wrong = 0;
  readonly findings: Finding[] = [];
  /** In the order of their last use. */
  private readonly links = new Map<string, Link>();

  /** `position`: of the last record that was looked at before. */
  constructor(
    private readonly walk: Pick<LogWalk, 'isGapless' | 'linksAt'>,
    private readonly bounds: WalkBounds,
    public position: Position = 0n,
  ) {}

  async page(records: readonly StoredRecord[]): Promise<void> {
    await this.recall(records);
    for (const record of records) {
      const { stream, revision, position, id } = record;
      this.expectPosition(record);
      const what = wrongWith(record, this.links.get(stream) ?? null);
      if (what !== null) this.found({ position, stream, revision, id, what });
      this.links.delete(stream);
      this.links.set(stream, { revision, hash: hashIn(record) });
    }
    for (const stream of this.links.keys()) {
      if (this.links.size <= this.bounds.links) break;
      this.links.delete(stream);
    }
  }

  found(finding: Finding): void {
    this.wrong += 1;
    if (this.findings.length < this.bounds.findings) this.findings.push(finding);
  }

  /** What came before the first record that the page has of each stream, where it is no longer remembered. */
  private async recall(records: readonly StoredRecord[]): Promise<void> {
    const asked = new Map<string, Place>();
    for (const { stream, revision } of records)
      if (!this.links.has(stream) && !asked.has(stream)) asked.set(stream, { stream, revision: revision - 1 });
    const places = [...asked.values()].filter(({ revision }) => revision >= 0);
    if (places.length === 0) return;
    const links = await this.walk.linksAt(places);
    for (const [n, link] of links.entries())
      if (link !== null && link.position <= this.position) this.links.set(places[n]!.stream, link);
  }

  private expectPosition({ position, stream, revision, id }: StoredRecord): void {
    const due = this.position + 1n;
    if (this.walk.isGapless && position > due) {
      const missing =
        position - due === 1n ? `position ${due} is missing` : `positions ${due} to ${position - 1n} are missing`;
      this.found({ position: due, stream: null, revision: null, id: null, what: missing });
    } else if (position < due)
      this.found({ position, stream, revision, id, what: `it stands before position ${this.position}` });
    this.position = position;
  }
}
