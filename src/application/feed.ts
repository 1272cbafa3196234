import type { StreamNames } from './envelope.js';
import { Overloaded } from './errors.js';
import { FeedReader, type Farewell, type FeedSink } from './feed-reader.js';
import { FeedItem, Ring, textOf, type Audience, type EncodeFact, type FeedRecord } from './feed-items.js';
import type { Instant } from '../domain/booking/events.js';
import type { MeasuredFeed, Position, Time } from './ports.js';

/** All times in milliseconds. */
export interface FeedSettings {
  readonly feedHeartbeatMs: number;
  readonly feedLifeMs: number;
  readonly feedGatherMs: number;
  /** Records in memory. */
  readonly feedRing: number;
  /** Records that a feed may be behind when it is resumed. */
  readonly feedResumeRecords: number;
  readonly feedBufferBytes: number;
  readonly feedClients: number;
  readonly feedClientsPerCaller: number;
}

/** Who follows, from where, and until when at most. */
interface Follower {
  readonly caller: string;
  readonly audience: Audience;
  readonly logId: string;
  readonly from: Position;
  /** When the caller's token expires. */
  readonly until: Instant;
}

/** Pages of the log that are read at once for those who are far behind: the projector reads it too. */
const PAGES_AT_ONCE = 2;
/** So many records at once are a rush: nobody reads them one by one, and each look at the log and each write costs bookings. */
const RUSH = 16;
/** Then they are gathered for so many times as long. */
const RUSH_TIMES = 10;

/**
 * What is committed, told to whoever follows. However many do, the log is read once: from when the first comes until the
 * last has left. Those who come from further back read pages until they meet that reader.
 */
export class Feed {
  /** Since the process started; `clients` is how many follow now. */
  readonly tally = { clients: 0, dropped: 0, refused: 0 };
  private readonly readers = new Set<FeedReader>();
  private readonly perCaller = new Map<string, number>();
  private readonly pages = new Turnstile(PAGES_AT_ONCE);
  private reading: { readonly ring: Ring; readonly stop: AbortController } | null = null;
  private isClosed = false;

  constructor(
    private readonly feed: MeasuredFeed,
    private readonly time: Time,
    private readonly streams: StreamNames,
    private readonly settings: FeedSettings,
    private readonly encode: EncodeFact,
  ) {}

  /** Whether one more may follow: null, or who is at a bound. Throws Overloaded when nobody may. */
  room(caller: string): 'caller' | null {
    const { feedClients, feedClientsPerCaller } = this.settings;
    const isFull = this.readers.size >= feedClients;
    const isGreedy = (this.perCaller.get(caller) ?? 0) >= feedClientsPerCaller;
    if (isFull || isGreedy || this.isClosed) this.tally.refused += 1;
    if (isFull || this.isClosed) throw new Overloaded('no room for another feed');
    return isGreedy ? 'caller' : null;
  }

  /** Whether a feed may be resumed from there. Throws StoreUnavailable and UnknownPosition. */
  async reaches(position: Position): Promise<boolean> {
    if (this.reading !== null && position >= this.reading.ring.start) return true;
    return this.feed.isWithin(position, this.settings.feedResumeRecords);
  }

  /** From now on `sink` is given what the audience may see, every record once and in order. `head`: see EventFeed. */
  join(follower: Follower, head: Position, sink: FeedSink): FeedReader {
    const { caller, audience, logId, from, until } = follower;
    this.reading ??= this.start(head, logId);
    const { ring } = this.reading;
    const source = {
      ring,
      page: (pages: AsyncIterator<readonly FeedRecord[]>) => this.pages.through(() => pages.next()),
      after: (position: Position, signal: AbortSignal) => this.feed.after(position, signal)[Symbol.asyncIterator](),
      itemsOf: (records: readonly FeedRecord[]) => this.itemsOf(records, logId),
    };
    const reader = new FeedReader(audience, from, sink, source, this.tally, this.settings.feedBufferBytes, () =>
      this.left(reader, caller, cancel),
    );
    const leftMs = until - this.time.now();
    const isExpiring = leftMs <= this.settings.feedLifeMs;
    const cancel = this.time.alarm(Math.max(0, isExpiring ? leftMs : this.settings.feedLifeMs), () =>
      reader.end(isExpiring ? 'token-expired' : 'renew'),
    );
    this.readers.add(reader);
    this.tally.clients = this.readers.size;
    this.perCaller.set(caller, (this.perCaller.get(caller) ?? 0) + 1);
    void reader.catchUp();
    return reader;
  }

  /** Says goodbye to everybody; nobody is let in any more. */
  close(): void {
    this.isClosed = true;
    this.endAll('stopping');
  }

  private endAll(why: Farewell): void {
    for (const reader of [...this.readers]) reader.end(why);
  }

  private left(reader: FeedReader, caller: string, cancel: () => void): void {
    if (!this.readers.delete(reader)) return;
    cancel();
    this.tally.clients = this.readers.size;
    const others = this.perCaller.get(caller)! - 1;
    if (others === 0) this.perCaller.delete(caller);
    else this.perCaller.set(caller, others);
    if (this.readers.size > 0) return;
    this.reading?.stop.abort();
    this.reading = null;
  }

  private start(head: Position, logId: string) {
    const ring = new Ring(head, this.settings.feedRing);
    const stop = new AbortController();
    void this.read(ring, logId, stop.signal);
    void this.beat(stop.signal);
    return { ring, stop };
  }

  private async read(ring: Ring, logId: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const page of this.feed.after(ring.end, signal)) {
        if (signal.aborted) return;
        const items = this.itemsOf(page, logId);
        const before = ring.end;
        ring.push(items);
        this.tell(items, before);
        // What is written meanwhile is told together: once for all, and not once for each.
        const { feedGatherMs } = this.settings;
        const pauseMs = page.length < RUSH ? feedGatherMs : feedGatherMs * RUSH_TIMES;
        await this.time.sleep(pauseMs, signal).catch(() => undefined);
      }
    } catch {
      // Not to be mended here: each comes again from where it was, and is told why when it cannot be served.
    } finally {
      if (!signal.aborted) this.endAll('interrupted');
    }
  }

  /** To whoever has all before; the others fetch it when they have come so far. */
  private tell(items: readonly FeedItem[], before: Position): void {
    const owners = new Set(items.map(({ owner }) => owner));
    const texts = new Map<string, string>();
    for (const reader of [...this.readers]) {
      if (!reader.isLive) continue;
      const { audience, key } = reader;
      const { userId } = audience;
      // Most users have nothing to do with most records.
      const isConcerned = userId === null || owners.has(null) || owners.has(userId);
      if (reader.at !== before) reader.giveAfter(items);
      else if (!isConcerned) reader.give('', items.at(-1)!.position);
      else {
        const text = texts.get(key) ?? textOf(items, audience);
        texts.set(key, text);
        reader.give(text, items.at(-1)!.position);
      }
    }
  }

  /** One look at the log for all heart-beats: they say so when it cannot be reached. */
  private async beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.time.sleep(this.settings.feedHeartbeatMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const isReachable = await this.feed.head().then(
        () => true,
        () => false,
      );
      if (signal.aborted) return;
      for (const reader of [...this.readers]) reader.beat(isReachable);
    }
  }

  private itemsOf(records: readonly FeedRecord[], logId: string): FeedItem[] {
    return records.map((record) => new FeedItem(record, this.streams.eventIdOf(record.stream), logId, this.encode));
  }
}

/** So many pass at a time; the others wait their turn. */
class Turnstile {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}
