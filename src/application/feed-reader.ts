import { textOf, type Audience, type FeedItem, type FeedRecord, type Ring } from './feed-items.js';
import type { Position } from './ports.js';

/** Why a feed ends: it is to be asked for again from where it was, with another token where the token expired. */
export type Farewell = 'token-expired' | 'renew' | 'stopping' | 'interrupted';

/** Where a reader's text goes: a connection. Nothing here waits, but for `ready`. */
export interface FeedSink {
  facts(text: string): void;
  /** So far the log was looked through for this reader, whether or not there was something to show. */
  beat(scanned: Position, isReachable: boolean): void;
  bye(scanned: Position, why: Farewell): void;
  /** Closes it at once; what waits is lost, and will be read again. */
  drop(): void;
  /** Bytes that wait to be taken. */
  readonly waiting: number;
  /** Bytes that were taken since the connection was made. */
  readonly taken: number;
  /** Resolves when there is room again, or when the connection has ended. */
  ready(): Promise<void>;
}

/** Where a reader gets what it has not seen. */
interface FeedSource {
  readonly ring: Ring;
  after(position: Position, signal: AbortSignal): AsyncIterator<readonly FeedRecord[]>;
  /** The next page, when it is this reader's turn. */
  page(pages: AsyncIterator<readonly FeedRecord[]>): Promise<IteratorResult<readonly FeedRecord[]>>;
  itemsOf(records: readonly FeedRecord[]): readonly FeedItem[];
}

/** Items that are written before the reader is waited for. */
const LOT = 100;

/**
 * One who follows. Everything up to `at` was shown, or is not for this audience; so there is one number to keep, and no
 * seam between what comes from the log, from the ring, and live.
 */
export class FeedReader {
  /** Has all that the ring has: what comes next is given by the feed. */
  isLive = false;
  readonly key: string;
  private readonly ended = new AbortController();
  /** Of what was taken, at the last heart-beat; -1: nothing was waiting then. */
  private takenBefore = -1;

  constructor(
    readonly audience: Audience,
    public at: Position,
    private readonly sink: FeedSink,
    private readonly source: FeedSource,
    private readonly tally: { dropped: number },
    private readonly bufferBytes: number,
    private readonly onLeft: () => void,
  ) {
    const { userId, eventId, types, correlationId } = audience;
    this.key = JSON.stringify([userId, eventId, types === null ? null : [...types].sort(), correlationId]);
  }

  /** Reads what this reader has missed, as fast as it takes it. Between the last look and `isLive` nothing can come. */
  async catchUp(): Promise<void> {
    const { ring } = this.source;
    try {
      while (!this.ended.signal.aborted) {
        if (this.at >= ring.end) return void (this.isLive = true);
        if (this.at < ring.start) await this.readLog();
        else this.giveAfter(ring.after(this.at, LOT));
        await this.sink.ready();
      }
    } catch {
      this.end('interrupted');
    }
  }

  /** The text of everything after `at` up to `position`. */
  give(text: string, position: Position): void {
    if (this.sink.waiting > this.bufferBytes) return this.drop();
    this.at = position;
    if (text !== '') this.sink.facts(text);
  }

  /** Those of the items that are after `at`. */
  giveAfter(items: readonly FeedItem[]): void {
    const later = items.filter(({ position }) => position > this.at);
    if (later.length > 0) this.give(textOf(later, this.audience), later.at(-1)!.position);
  }

  beat(isReachable: boolean): void {
    const { waiting, taken } = this.sink;
    // Something waits, and since the last heart-beat nothing was taken: there is nobody.
    if (waiting > 0 && taken === this.takenBefore) return this.drop();
    this.takenBefore = waiting > 0 ? taken : -1;
    this.sink.beat(this.at, isReachable);
  }

  end(why: Farewell): void {
    if (this.ended.signal.aborted) return;
    this.sink.bye(this.at, why);
    this.leave();
  }

  /** The connection has ended. */
  leave(): void {
    if (this.ended.signal.aborted) return;
    this.ended.abort();
    this.isLive = false;
    this.onLeft();
  }

  private drop(): void {
    this.tally.dropped += 1;
    this.sink.drop();
    this.leave();
  }

  /** Pages of the log until the ring is met; there is a record at its start, so they come so far. */
  private async readLog(): Promise<void> {
    const { ring } = this.source;
    const enough = new AbortController();
    const stop = (): void => enough.abort();
    this.ended.signal.addEventListener('abort', stop);
    const pages = this.source.after(this.at, enough.signal);
    try {
      while (this.at < ring.start) {
        const { value, done } = await this.source.page(pages);
        if (this.ended.signal.aborted) return;
        if (done === true) return this.end('interrupted');
        const items = this.source.itemsOf(value);
        for (let from = 0; from < items.length && !this.ended.signal.aborted; from += LOT) {
          this.giveAfter(items.slice(from, from + LOT));
          await this.sink.ready();
        }
      }
    } finally {
      this.ended.signal.removeEventListener('abort', stop);
      stop();
      await pages.return?.();
    }
  }
}
