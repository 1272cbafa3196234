import { setTimeout as sleep } from 'node:timers/promises';
import type { AllStreamSubscription, Position as StorePosition, ResolvedEvent } from '@eventstore/db-client';
import { UnknownPosition } from '../../application/errors.js';
import type { MeasuredFeed, Position, RecordedEvent, UnreadableRecord } from '../../application/ports.js';
import type { Log } from '../logger.js';
import type { Codec } from './codec.js';
import {
  EventStoreDbConnection,
  LOG_STREAM,
  collect,
  eventStoreDb,
  isTimeout,
  recordOf,
  unavailable,
} from './eventstoredb.js';

/** All times in milliseconds. */
export interface EventStoreDbFeedSettings {
  /** What the names of our streams begin with. */
  readonly prefix: string;
  /** Records in one page, at most. */
  readonly page: number;
  /** Records that wait to be taken; above it the subscription is paused. */
  readonly buffer: number;
  /** One look at the end of the log. */
  readonly readTimeoutMs: number;
  /** A subscription that has given nothing for so long is compared with the end of the log; twice in vain, and it is replaced. */
  readonly silenceMs: number;
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
/** The server sends a checkpoint for every 32 × this many records that it has looked at. */
const CHECKPOINT_INTERVAL = 32;
/** Ours are mostly the last in the log; others' make the pages grow. */
const HEAD_PAGES = [4, 64, 512];

/** The server's words for a position that lies inside a record; before 24.2 for whatever else it cannot read, too. */
const NOTHING_READ_THERE = /invalid position|ReadAllResult: Error|thrown by handler/i;

/** Of the log's end this many times as many records are looked at as ours are wanted. */
const OTHERS_SHARE = 4;

type Page = readonly (RecordedEvent | UnreadableRecord)[];

/** The two halves are equal in whatever was written through this protocol; of others' records no matter. */
const at = (position: Position): StorePosition => ({ commit: position, prepare: position });

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

const positionOf = ({ event, commitPosition }: ResolvedEvent): Position =>
  commitPosition ?? event?.position?.commit ?? 0n;

/** One subscription and what it has given; it fails once, and is then replaced. */
class Subscription {
  /** Why it ended. */
  reason: string | null = null;
  private readonly stream: AllStreamSubscription;
  private found: ResolvedEvent[] = [];
  private wake: () => void = () => undefined;
  private arrivals = 0;
  private arrivalsAtLastLook = 0;
  private looksInVain = 0;
  private readonly watch: NodeJS.Timeout;

  constructor(
    connection: EventStoreDbConnection,
    private readonly settings: EventStoreDbFeedSettings,
    private last: Position,
    private readonly feed: Pick<EventStoreDbFeed, 'head' | 'saw' | 'settled'>,
  ) {
    const { credentials } = connection;
    const filter = eventStoreDb().streamNameFilter({
      prefixes: [settings.prefix],
      checkpointInterval: CHECKPOINT_INTERVAL,
      // Whatever it throws would end the process.
      checkpointReached: async (_, { commit }) => this.passed(commit),
    });
    const fromPosition = last === 0n ? 'start' : at(last);
    this.stream = connection.open((client) =>
      client.subscribeToAll({ fromPosition, filter, requiresLeader: true, credentials }),
    );
    // The listeners stay: an error that comes after the end would otherwise end the process.
    this.stream.on('error', (error: Error) => this.fail(error.message || String((error as { type?: unknown }).type)));
    this.stream.on('end', () => this.fail('ended by the server'));
    this.stream.on('close', () => this.fail('closed'));
    this.stream.on('data', (event: ResolvedEvent) => this.arrived(event));
    this.watch = setInterval(() => void this.look(), settings.silenceMs);
  }

  /** At least one record, or none once it has failed and everything that it gave was taken. */
  async take(): Promise<ResolvedEvent[]> {
    if (this.found.length === 0 && this.reason === null) {
      await new Promise<void>((wake) => (this.wake = wake));
      // What came in the same breath is taken together.
      await new Promise((turn) => setImmediate(turn));
    }
    const taken = this.found.splice(0, this.settings.page);
    if (this.stream.isPaused() && this.found.length < this.settings.buffer / 2) this.stream.resume();
    return taken;
  }

  fail(reason: string): void {
    if (this.reason !== null) return;
    this.reason = reason;
    clearInterval(this.watch);
    this.stream.unsubscribe().catch(() => undefined);
    this.stream.resume();
    this.wake();
  }

  private arrived(event: ResolvedEvent): void {
    const position = positionOf(event);
    // After the end nothing counts, and nothing is given twice.
    if (this.reason !== null || position <= this.last) return;
    this.arrivals += 1;
    this.last = position;
    this.feed.saw(position);
    this.found.push(event);
    if (this.found.length >= this.settings.buffer) this.stream.pause();
    this.wake();
  }

  /** A checkpoint overtakes records that wait in the stream to be read: while there may be some, it proves nothing about ours. */
  private passed(position: Position): void {
    this.arrivals += 1;
    const isDrained = this.stream.readableLength === 0 && !this.stream.isPaused();
    if (this.reason === null && isDrained) this.feed.settled(position, this.last);
  }

  /** Nothing has come for a while: is there nothing, or does it not reach us? */
  private async look(): Promise<void> {
    const { arrivals } = this;
    const isQuiet = arrivals === this.arrivalsAtLastLook && !this.stream.isPaused();
    this.arrivalsAtLastLook = arrivals;
    if (!isQuiet) return;
    const isBehind = await this.feed.head().then(
      (head) => head > this.last,
      () => true,
    );
    if (arrivals !== this.arrivals || !isBehind) this.looksInVain = 0;
    else if (++this.looksInVain >= 2) this.fail('silent');
  }
}

/** The oldest server whose stream reads tell the positions that we need. */
const OLDEST_VERSION = [22, 10] as const;
/** Those that every server comes with, and the password that all of them have. */
const DEFAULT_USERS = ['admin', 'ops'];
const DEFAULT_PASSWORD = 'changeit';
const RETENTION = ['$maxCount', '$maxAge', '$tb'];
/** Servers before 23.10 do not say when a subscriber has caught up. */
const FIRST_LOOK_MS = 10_000;
/** How long a question waits for the first look to be over. */
const PATIENCE_MS = 1_000;
const WATCH_PAUSE_MS = 1_000;

/**
 * What an operator has to mend before this log may be written to: a server that is too old, a default password behind
 * TLS, metadata that would throw records of ours away. Looks from the first question on, and goes on looking.
 */
export class EventStoreDbGuard {
  /** By stream. */
  private readonly retention = new Map<string, string>();
  private readonly closing = new AbortController();
  private startedAtMs: number | null = null;
  private hasCaughtUp = false;
  private caughtUp: () => void = () => undefined;
  private readonly firstLook = new Promise<void>((resolve) => (this.caughtUp = resolve));
  private server: Promise<string | null> | null = null;

  constructor(
    private readonly url: string,
    private readonly connection: EventStoreDbConnection,
    private readonly settings: Pick<EventStoreDbFeedSettings, 'prefix' | 'readTimeoutMs'>,
  ) {}

  /** A sentence, or null when there is nothing to mend. Throws StoreUnavailable. */
  async problem(): Promise<string | null> {
    if (this.startedAtMs === null) void this.watch();
    this.startedAtMs ??= performance.now();
    if (!this.hasCaughtUp) await Promise.race([this.firstLook, sleep(PATIENCE_MS, null, { ref: false })]);
    this.server ??= this.inspect();
    const ofServer = await this.server.catch((error: unknown) => {
      this.server = null;
      throw unavailable(error);
    });
    if (ofServer !== null) this.server = null; // It may have been mended when we are asked again.
    const [ofStreams] = this.retention.values();
    return (
      ofServer ??
      ofStreams ??
      (this.isLooking ? 'EventStoreDB: the metadata of our streams is being looked through' : null)
    );
  }

  close(): void {
    this.closing.abort();
  }

  private get isLooking(): boolean {
    return !this.hasCaughtUp && performance.now() - (this.startedAtMs ?? 0) < FIRST_LOOK_MS;
  }

  /** Over a client of its own: one that could not ask for the server's version would not ask again. */
  private async inspect(): Promise<string | null> {
    const connection = new EventStoreDbConnection(this.url);
    try {
      const version = await connection.version(this.settings.readTimeoutMs);
      if (isTooOld(version))
        return `EventStoreDB: the server is version ${version}; ${OLDEST_VERSION.join('.')} or later is needed`;
      if (!connection.isSecure) return null;
      for (const username of DEFAULT_USERS)
        if (await this.letsIn(connection, username))
          return `EventStoreDB: the user "${username}" still has the password that every server comes with; change it`;
      return null;
    } finally {
      connection.close();
    }
  }

  private async letsIn(connection: EventStoreDbConnection, username: string): Promise<boolean> {
    const credentials = { username, password: DEFAULT_PASSWORD };
    try {
      await connection.call(this.settings.readTimeoutMs, (client, givenUp) =>
        collect(client.readStream(LOG_STREAM, { maxCount: 1, credentials }), givenUp),
      );
      return true;
    } catch (error) {
      const { type } = error as { type?: unknown };
      if (type === 'access-denied') return false;
      if (type === 'stream-not-found') return true;
      throw error;
    }
  }

  private async watch(): Promise<void> {
    let from: StorePosition | 'start' = 'start';
    let isAlive = true;
    const { signal } = this.closing;
    while (!signal.aborted) {
      const { credentials } = this.connection;
      const filter = eventStoreDb().streamNameFilter({
        prefixes: [`$$${this.settings.prefix}`, `$$${LOG_STREAM}`],
        checkpointInterval: CHECKPOINT_INTERVAL,
        checkpointReached: async (_, position) => {
          from = position;
          isAlive = true;
        },
      });
      const stream = this.connection.open((client) =>
        client.subscribeToAll({ fromPosition: from, filter, requiresLeader: true, credentials }),
      );
      let pulse: NodeJS.Timeout | undefined;
      let end = (): void => undefined;
      await new Promise<void>((resolve) => {
        end = resolve;
        stream.on('error', () => resolve()).on('end', resolve);
        stream.on('caughtUp', () => {
          this.hasCaughtUp = true;
          this.caughtUp();
        });
        stream.on('data', (event: ResolvedEvent) => {
          from = at(positionOf(event));
          isAlive = true;
          this.note(event);
        });
        signal.addEventListener('abort', end);
        // Before it has caught up it always has something to say.
        pulse = setInterval(() => {
          if (!isAlive && this.isLooking) resolve();
          isAlive = false;
        }, this.settings.readTimeoutMs);
      });
      clearInterval(pulse);
      signal.removeEventListener('abort', end);
      stream.unsubscribe().catch(() => undefined);
      await sleep(WATCH_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private note({ event }: ResolvedEvent): void {
    const stream = event?.streamId.slice('$$'.length) ?? '';
    const names = Object.keys((event?.data ?? {}) as object).filter((name) => RETENTION.includes(name));
    if (names.length === 0) this.retention.delete(stream);
    else
      this.retention.set(
        stream,
        `EventStoreDB: ${stream} has ${names.join(', ')} set: remove it, or bookings get lost`,
      );
  }
}

function isTooOld(version: string): boolean {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  return major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]);
}
