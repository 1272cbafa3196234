import type { AllStreamSubscription, ResolvedEvent } from '@eventstore/db-client';
import type { Position } from '../../application/ports.js';
import { eventStoreDb, type EventStoreDbConnection } from './eventstoredb-connection.js';
import { at, positionOf } from './eventstoredb-records.js';

/** All times in milliseconds. */
export interface SubscriptionSettings {
  /** What the names of our streams begin with. */
  readonly prefix: string;
  /** Records in one page, at most. */
  readonly page: number;
  /** Records that wait to be taken; above it the subscription is paused. */
  readonly buffer: number;
  /** A subscription that has given nothing for so long is compared with the end of the log; twice in vain, and it is replaced. */
  readonly silenceMs: number;
}

/** The server sends a checkpoint for every 32 × this many records that it has looked at. */
export const CHECKPOINT_INTERVAL = 32;

/** What is known of where the log ends; a subscription adds to it. */
interface LogEnd {
  head(): Promise<Position>;
  saw(position: Position): void;
  settled(scanned: Position | null, last: Position): Position;
}

/** One subscription and what it has given; it fails once, and is then replaced. */
export class Subscription {
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
    private readonly settings: SubscriptionSettings,
    private last: Position,
    private readonly feed: LogEnd,
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
