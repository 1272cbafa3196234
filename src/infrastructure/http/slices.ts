import { Readable } from 'node:stream';

/** What the kernel takes of one answer at a time, in bytes: a fraction of a millisecond's work. */
const SLICE = 64 * 1_024;

/**
 * Pages that nobody needs a token for, sent so that nobody waits for them. Whole, the kernel would take a long one at once,
 * of each of a thousand who ask and do not read. In slices, all of them together get one turn, then comes everything else
 * that the process has to do.
 */
export class Slices {
  private readonly waiting: (() => void)[] = [];

  /** A short page as it is, a long one slice by slice. */
  of(page: Buffer): Buffer | Readable {
    return page.length <= SLICE ? page : Readable.from(this.sliced(page));
  }

  private async *sliced(page: Buffer): AsyncGenerator<Buffer, void> {
    for (let at = 0; at < page.length; at += SLICE) {
      await this.turn();
      yield page.subarray(at, at + SLICE);
    }
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length === 1) setImmediate(() => this.next());
    });
  }

  private next(): void {
    this.waiting.shift()!();
    if (this.waiting.length > 0) setImmediate(() => this.next());
  }
}
