import type { Position, RecordedEvent, UnreadableRecord } from '../../application/ports.js';

type Page = readonly (RecordedEvent | UnreadableRecord)[];

/**
 * The records that were read last, in their order and without a gap. The projector, the feed and the webhooks of a process
 * follow the same log: what one of them has read and decoded, the others need not ask the database for. What is in the log
 * does not change, so nothing here is ever old, as long as it is the same log.
 */
export class RecentRecords {
  /** All from here, exclusive, to the last of `records`. */
  private start: Position = 0n;
  private end: Position = 0n;
  private records: (RecordedEvent | UnreadableRecord)[] = [];

  constructor(private readonly size: number) {}

  /** At most `count` records after a position; empty: they have to be read. */
  after(position: Position, count: number): Page {
    if (position < this.start || position >= this.end) return [];
    const from = this.records.findIndex((record) => record.position > position);
    return this.records.slice(from, from + count);
  }

  /** A page as the log gave it: all records after a position up to the page's last. */
  keep(after: Position, page: Page): void {
    if (page.length === 0 || page.at(-1)!.position <= this.end) return;
    if (after < this.start || after > this.end) {
      this.start = after;
      this.records = [...page];
    } else {
      for (const record of page) if (record.position > this.end) this.records.push(record);
    }
    this.end = page.at(-1)!.position;
    const surplus = this.records.length - this.size;
    if (surplus <= 0) return;
    this.start = this.records[surplus - 1]!.position;
    this.records.splice(0, surplus);
  }

  /** The log was away, and what comes back may be an earlier copy of it. */
  forget(): void {
    this.start = this.end = 0n;
    this.records = [];
  }
}
