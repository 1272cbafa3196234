import { hashIn } from '../../src/infrastructure/event-store/chain.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import type {
  DatedRecord,
  Finding,
  Head,
  LogWalk,
  Place,
  PlacedLink,
} from '../../src/infrastructure/event-store/log-walk.js';

/** A log as an array of records, a few on a page. */
export class MemoryWalk implements LogWalk {
  readonly isGapless = true;
  /** How often a record was asked for that was no longer remembered. */
  recalled = 0;

  constructor(
    private readonly records: readonly StoredRecord[],
    private readonly page = 3,
  ) {}

  async head(): Promise<bigint> {
    return this.records.at(-1)?.position ?? 0n;
  }

  async *pages(): AsyncGenerator<readonly StoredRecord[]> {
    for (let from = 0; from < this.records.length; from += this.page) yield this.records.slice(from, from + this.page);
  }

  async *dated(after: bigint): AsyncGenerator<readonly DatedRecord[]> {
    const later = this.records.filter(({ position }) => position > after);
    for await (const page of new MemoryWalk(later, this.page).pages())
      yield page.map((record) => ({ ...record, recordedAt: recordedAt(record) }));
  }

  async *byStream(): AsyncGenerator<readonly StoredRecord[]> {
    const order = (a: StoredRecord, b: StoredRecord) =>
      a.stream === b.stream ? a.revision - b.revision : a.stream < b.stream ? -1 : 1;
    yield* new MemoryWalk(this.records.toSorted(order), this.page).pages();
  }

  async linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]> {
    this.recalled += places.length;
    return places.map(({ stream, revision }) => {
      const found = this.records.find((record) => record.stream === stream && record.revision === revision);
      return found === undefined ? null : { ...found, hash: hashIn(found) };
    });
  }

  async *heads(upTo?: bigint): AsyncGenerator<readonly Head[]> {
    const known = this.records.filter(({ position }) => upTo === undefined || position <= upTo);
    const heads = new Map(known.map((record) => [record.stream, record]));
    yield [...heads.values()].map((record) => ({ ...record, hash: hashIn(record) }));
  }

  async misfits(): Promise<readonly Finding[]> {
    return [];
  }

  async close(): Promise<void> {}
}

/** A memory has no clock. */
const recordedAt = ({ position }: StoredRecord): string =>
  new Date(Date.UTC(2027, 0, 1) + Number(position)).toISOString();
