import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolvedEvent } from '@eventstore/db-client';
import { UnknownPosition } from '../../application/errors.js';
import type { MeasuredFeed, Position, RecordedEvent, UnreadableRecord } from '../../application/ports.js';
import type { Log } from '../logger.js';
import type { Codec } from './codec.js';
import { collect, type EventStoreDbConnection } from './eventstoredb-connection.js';
import { isTimeout, unavailable } from './eventstoredb-errors.js';
import { at, positionOf, recordOf } from './eventstoredb-records.js';
import { Subscription, type SubscriptionSettings } from './eventstoredb-subscription.js';

/** All times in milliseconds. */
export interface EventStoreDbFeedSettings extends SubscriptionSettings {
  /** One look at the end of the log. */
  readonly readTimeoutMs: number;
  /** The longest pause between two subscriptions. */
  readonly maxBackoffMs: number;
}

export const EVENTSTOREDB_FEED: EventStoreDbFeedSettings = {
  prefix: 'booking-',
  page: 1_000,
  buffer: 4_000,
  readTimeoutMs: 2_000,
  silenceMs: 1_500,
  maxBackoffMs: 1_000,
};

const FIRST_BACKOFF_MS = 25;
/** Ours are mostly the last in the log; others' make the pages grow. */
const HEAD_PAGES = [4, 64, 512];

/** The server's words for a position that lies inside a record; before 24.2 for whatever else it cannot read, too. */
const NOTHING_READ_THERE = /invalid position|ReadAllResult: Error|thrown by handler/i;

/** Of the log's end this many times as many records are looked at as ours are wanted. */
const OTHERS_SHARE = 4;

type Page = readonly (RecordedEvent | UnreadableRecord)[];

/**
 * The log in commit order: a catch-up subscription to everything, filtered to our streams, that is watched and replaced
 * whenever it ends, fails, falls silent or is thrown out for being slow. Positions are commit positions: not counts.
 */
export class EventStoreDbFeed implements MeasuredFeed {
  /** Up to `scanned` the whole log is known: its last record of ours is `last`. */
  private known: { readonly scanned: Position; readonly last: Position } = { scanned: -1n, last: 0n };
  /** As far as a search for our last record has come before its time was up: nothing of ours from `top` to `bottom`. */
  private searched: { readonly top: Position; readonly bottom: Position } | null = null;

  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly settings: EventStoreDbFeedSettings,
    private readonly codec: Codec,
    private readonly logger: Log,
  ) {}

  async *after(position: Position, signal: AbortSignal): AsyncGenerator<Page> {
    let last = position;
    for (let backoffMs = FIRST_BACKOFF_MS; !signal.aborted;) {
      const subscription = new Subscription(this.connection, this.settings, last, this);
      const end = (): void => subscription.fail('ended by us');
      signal.addEventListener('abort', end);
      try {
        for (let found = await subscription.take(); found.length > 0; found = await subscription.take()) {
          const page = found.map((event) => recordOf(this.codec, event));
          backoffMs = FIRST_BACKOFF_MS;
          last = page.at(-1)!.position;
          yield page;
          if (signal.aborted) return;
        }
      } finally {
        end();
        signal.removeEventListener('abort', end);
      }
      if (signal.aborted) return;
      // From inside a record nothing comes, however often it is asked for.
      if (NOTHING_READ_THERE.test(subscription.reason ?? '')) await this.expectReadable(last);
      this.logger.warn('The feed subscribes anew', { reason: subscription.reason, pauseMs: backoffMs });
      await sleep(backoffMs, undefined, { signal }).catch(() => undefined);
      backoffMs = Math.min(2 * backoffMs, this.settings.maxBackoffMs);
    }
  }

  /** Asked of the leader each time: backwards from the end to the first record of ours, or to where all is known. */
  async head(): Promise<Position> {
    const until = performance.now() + this.settings.readTimeoutMs;
    let start: Position | null = null;
    let from: Position | null = null;
    try {
      for (let round = 0; ; round++) {
        const count = HEAD_PAGES[Math.min(round, HEAD_PAGES.length - 1)]!;
        const page = await this.backwards(from, count, until - performance.now());
        const last = page.at(-1);
        if (last === undefined) return this.settled(start, this.known.last);
        start ??= positionOf(page[0]!);
        const ours = page.find(({ event }) => event?.streamId.startsWith(this.settings.prefix));
        if (ours !== undefined) return this.settled(start, positionOf(ours));
        from = positionOf(last);
        if (from <= this.known.scanned || page.length < count) return this.settled(start, this.known.last);
        if (this.searched !== null && from <= this.searched.top && from > this.searched.bottom)
          from = this.searched.bottom;
      }
    } catch (error) {
      if (start !== null && from !== null && from < (this.searched?.bottom ?? start))
        this.searched = { top: start, bottom: from };
      throw unavailable(error);
    }
  }

  /** Counted one by one, for positions are not counts; what cannot be counted in time is too much. */
  async isWithin(position: Position, records: number): Promise<boolean> {
    const until = performance.now() + this.settings.readTimeoutMs;
    let from = position;
    let count = 0;
    while (performance.now() < until) {
      const asked = this.forwards(from, this.settings.page, until - performance.now());
      const page = await asked.catch(async (error: unknown) => {
        if (from === position) throw await this.unreadableAt(from, error);
        if (isTimeout(error)) return null;
        throw unavailable(error);
      });
      if (page === null) return false;
      // The first of a page is the last of the page before.
      const later = page.filter((event) => positionOf(event) > from);
      count += later.filter(({ event }) => event?.streamId.startsWith(this.settings.prefix)).length;
      if (count > records) return false;
      if (page.length < this.settings.page) return true;
      from = positionOf(later.at(-1) ?? page.at(-1)!);
    }
    return false;
  }

  async latest(records: number): Promise<Page> {
    const count = records * OTHERS_SHARE;
    const page = await this.backwards(null, count, this.settings.readTimeoutMs).catch((error: unknown) => {
      throw unavailable(error);
    });
    const ours = page.filter(({ event }) => event?.streamId.startsWith(this.settings.prefix));
    return ours
      .slice(0, records)
      .map((event) => recordOf(this.codec, event))
      .reverse();
  }

  /** A position is a place in a file here, so the one before it has to be looked for. */
  async lastBefore(position: Position): Promise<Position> {
    const until = performance.now() + this.settings.readTimeoutMs;
    for (let [from, round] = [position, 0]; from > 0n; round++) {
      const count = HEAD_PAGES[Math.min(round, HEAD_PAGES.length - 1)]!;
      const asked = this.backwards(from, count, until - performance.now());
      const page = await asked.catch(async (error: unknown) => {
        throw from === position ? await this.unreadableAt(from, error) : unavailable(error);
      });
      const ours = page.find(({ event }) => event?.streamId.startsWith(this.settings.prefix));
      if (ours !== undefined) return positionOf(ours);
      from = page.length < count ? 0n : positionOf(page.at(-1)!);
    }
    return 0n;
  }

  /** There is a record of ours at this position: what comes before it no longer matters to `head`. */
  saw(position: Position): void {
    this.settled(position, position);
  }

  /** The last record of ours up to `scanned` is the one at `last`. Answers where the last one is, as far as is known now. */
  settled(scanned: Position | null, last: Position): Position {
    if (scanned !== null && scanned > this.known.scanned && last >= this.known.last) this.known = { scanned, last };
    return last > this.known.last ? last : this.known.last;
  }

  /** Throws UnknownPosition where no record begins. Of a server that is away nothing can be said; then it only returns. */
  private async expectReadable(position: Position): Promise<void> {
    const asked = this.forwards(position, 1, this.settings.readTimeoutMs);
    const why = await asked.then(
      () => null,
      (error: unknown) => this.unreadableAt(position, error),
    );
    if (why instanceof UnknownPosition) throw why;
  }

  /** Why nothing could be read from a position that a caller came with: for it, where elsewhere something can be read. */
  private async unreadableAt(position: Position, error: unknown): Promise<Error> {
    const { message } = error as Error;
    if (position === 0n || !NOTHING_READ_THERE.test(message)) return unavailable(error);
    return this.backwards(null, 1, this.settings.readTimeoutMs).then(
      () => new UnknownPosition('no record is at that position'),
      unavailable,
    );
  }

  private backwards(from: Position | null, maxCount: number, timeoutMs: number): Promise<ResolvedEvent[]> {
    const { credentials } = this.connection;
    const fromPosition = from === null ? 'end' : at(from);
    const options = { direction: 'backwards', fromPosition, maxCount, requiresLeader: true, credentials } as const;
    return this.connection.call(Math.max(1, timeoutMs), (client, givenUp) => collect(client.readAll(options), givenUp));
  }

  private forwards(from: Position, maxCount: number, timeoutMs: number): Promise<ResolvedEvent[]> {
    const { credentials } = this.connection;
    const fromPosition = from === 0n ? 'start' : at(from);
    const options = { direction: 'forwards', fromPosition, maxCount, requiresLeader: true, credentials } as const;
    return this.connection.call(Math.max(1, timeoutMs), (client, givenUp) => collect(client.readAll(options), givenUp));
  }
}
