import { Inject, Injectable } from '@nestjs/common';
import { ReadModelBehind, UnknownPosition } from '../errors.js';
import { PORTS } from '../envelope.js';
import type { BookingViews, EventFeed, EventStore, Position, Shown, Time } from '../ports.js';
import { positionIn, positionToken } from '../position-token.js';

/** Between two looks at the read model while somebody waits for it. */
const LOOK_EVERY_MS = 20;

/** How long a reader may wait for the read model; the setting READ_WAIT_MS. */
export class ReadSettings {
  constructor(readonly readWaitMs: number) {}
}

/** Lets readers see their own writes: a read that names a position is answered from that position on, or not at all. */
@Injectable()
export class ReadPosition {
  private logId: Promise<string> | null = null;
  private looking: Promise<Position> | null = null;

  constructor(
    @Inject(PORTS.eventStore) private readonly store: EventStore,
    @Inject(PORTS.eventFeed) private readonly feed: EventFeed,
    @Inject(PORTS.views) private readonly views: BookingViews,
    @Inject(PORTS.time) private readonly time: Time,
    private readonly settings: ReadSettings,
  ) {}

  /** What a client sends back to read at or after this position. Throws StoreUnavailable until the log was reached once. */
  async token(position: Position): Promise<string> {
    return positionToken(await this.identity(), position);
  }

  /**
   * Asks the read model, waiting up to `readWaitMs` until it has reached every position in `tokens`. Throws
   * UnknownPosition for a token of another log or beyond the end of this one, and ReadModelBehind after the wait.
   */
  async read<T>(tokens: readonly string[], ask: () => Promise<Shown<T>>): Promise<Shown<T>> {
    if (tokens.length === 0) return ask();
    const logId = await this.identity();
    const target = tokens.map((token) => positionIn(token, logId)).reduce((a, b) => (a > b ? a : b));
    const shown = await ask();
    if (shown.position >= target) return shown;
    if (target > (await this.feed.head())) throw new UnknownPosition('a position beyond the end of the log');
    await this.reached(target);
    return ask();
  }

  /**
   * For reads of the log itself, which need not wait: its name and where it ends. Throws UnknownPosition for a token of
   * another log or beyond that end.
   */
  async end(tokens: readonly string[]): Promise<{ logId: string; head: Position }> {
    const [logId, head] = await Promise.all([this.identity(), this.feed.head()]);
    if (tokens.some((token) => positionIn(token, logId) > head))
      throw new UnknownPosition('a position beyond the end of the log');
    return { logId, head };
  }

  /** Bounded by an alarm, whatever a look takes, and not by a clock that may step back. */
  private reached(target: Position): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const stop = this.time.alarm(this.settings.readWaitMs, () => {
        isOver = true;
        reject(new ReadModelBehind('the read model has not reached the position yet'));
      });
      const lookAgain = async (): Promise<void> => {
        while (!isOver && (await this.look()) < target) await this.time.sleep(LOOK_EVERY_MS);
      };
      lookAgain().then(resolve, reject).finally(stop);
    });
  }

  /** However many wait, one question is asked at a time. */
  private look(): Promise<Position> {
    this.looking ??= this.views.position().finally(() => (this.looking = null));
    return this.looking;
  }

  /** A log keeps its identity while a process runs, so it is asked for until it was answered once. */
  private identity(): Promise<string> {
    this.logId ??= this.store.identity().catch((error: unknown) => {
      this.logId = null;
      throw error;
    });
    return this.logId;
  }
}
