import type { FeedRecord } from './projection.js';

/** Reads pages while the consumer works on earlier ones, up to a bound, and hands out what is there in larger batches. */
export class ReadAhead {
  private records: FeedRecord[] = [];
  private ended = false;
  private failure: { readonly error: unknown } | null = null;
  private wakeConsumer: () => void = () => undefined;
  private wakeReader: () => void = () => undefined;

  /** `limit`: records at most in memory, a page more or less. */
  constructor(
    pages: AsyncIterable<readonly FeedRecord[]>,
    private readonly limit: number,
  ) {
    void this.read(pages);
  }

  /** 1 to `max` records in order; none when the feed has ended. Throws what the feed threw, once all before it is taken. */
  async take(max: number): Promise<FeedRecord[]> {
    while (this.records.length === 0 && !this.ended) await new Promise<void>((wake) => (this.wakeConsumer = wake));
    if (this.records.length === 0 && this.failure !== null) throw this.failure.error;
    return this.takeWaiting(max);
  }

  /** Up to `max` of those that wait. */
  takeWaiting(max: number): FeedRecord[] {
    const taken = this.records.slice(0, max);
    this.records = this.records.slice(max);
    this.wakeReader();
    return taken;
  }

  /** Records that can be taken at once. */
  get waiting(): number {
    return this.records.length;
  }

  /** The reader goes on to its next page, so that it sees the signal of its feed. */
  close(): void {
    this.ended = true;
    this.wakeReader();
  }

  private async read(pages: AsyncIterable<readonly FeedRecord[]>): Promise<void> {
    try {
      for await (const page of pages) {
        if (this.ended) break;
        this.records.push(...page);
        this.wakeConsumer();
        while (this.records.length >= this.limit && !this.ended)
          await new Promise<void>((wake) => (this.wakeReader = wake));
      }
    } catch (error) {
      this.failure = { error };
    }
    this.ended = true;
    this.wakeConsumer();
  }
}
