import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../domain/booking/events.js';
import { PORTS } from './envelope.js';
import { StoreUnavailable } from './errors.js';
import type { BookingViews, Position, Time } from './ports.js';
import type { Answer, BookingReceipt } from './receipts.js';

/** How many holds one user may have at a time, over all events; the setting HOLDS_PER_USER. 0: as many as they like. */
export class HoldSettings {
  constructor(readonly holdsPerUser: number) {}
}

/** A hold that this process is making, or made and the tables may not show yet. */
interface Made {
  /** Null: nobody knows yet what becomes of it. */
  position: Position | null;
  expiresAt: Instant;
}

/** Open holds of one user in the tables, and the position that these show. */
interface ShownHolds {
  readonly shown: number;
  readonly position: Position;
}

const NOT_COUNTED: ShownHolds = { shown: 0, position: 0n };
/** In milliseconds; a courtesy is worth no longer wait. */
const COUNTED_WITHIN_MS = 500;
/** Users whose latest holds are remembered; of more, those who asked first are forgotten. */
const USERS = 10_000;

/**
 * A courtesy bound against hoarding: whoever has so many open holds gets no further one. It takes no lock, so it is not
 * exact: counted are the holds that the tables show and those of this process that they do not show yet; what another
 * process made in the moment before is not. Holds that nobody can count, because the tables are away or slow, are let
 * through.
 * Offers come from the line and count for nothing.
 */
@Injectable()
export class HoldLimit {
  private readonly made = new Map<string, Set<Made>>();

  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    @Inject(PORTS.time) private readonly time: Time,
    private readonly settings: HoldSettings,
  ) {}

  /**
   * Has a hold made for a user: `make` is told the limit when it is reached already, for the decision to refuse by. So a
   * repeat of an earlier request gets that one's answer all the same.
   */
  async hold(
    userId: string,
    make: (reached?: number) => Promise<Answer<BookingReceipt>>,
  ): Promise<Answer<BookingReceipt>> {
    const { holdsPerUser } = this.settings;
    if (holdsPerUser === 0) return make();
    const others = this.othersOf(userId);
    const own: Made = { position: null, expiresAt: Infinity };
    others.add(own);
    try {
      const isReached = (await this.count(userId, others, own)) >= holdsPerUser;
      const answer = await (isReached ? make(holdsPerUser) : make());
      // A repeat made no hold: the first request's is counted already.
      if (answer.accepted && !answer.replayed && answer.receipt.status === 'held')
        this.keep(own, answer.position, answer.receipt);
      return answer;
    } finally {
      if (own.position === null) this.drop(userId, others, own);
    }
  }

  private keep(own: Made, position: Position, { expiresAt }: BookingReceipt): void {
    own.position = position;
    own.expiresAt = expiresAt ?? 0;
  }

  /** Those that were asked for before `own`: of many at once the first get theirs, and not nobody. */
  private async count(userId: string, made: Set<Made>, own: Made): Promise<number> {
    const now = this.time.now();
    const { shown, position } = await this.shownOf(userId, now);
    for (const hold of made)
      if (hold.expiresAt <= now || (hold.position !== null && hold.position <= position)) made.delete(hold);
    return shown + [...made].indexOf(own);
  }

  /** Within a bound: who books waits for the queue and the log besides. */
  private shownOf(userId: string, now: Instant): Promise<ShownHolds> {
    return new Promise((resolve, reject) => {
      const stop = this.time.alarm(COUNTED_WITHIN_MS, () => resolve(NOT_COUNTED));
      this.views
        .bookings({ userId, status: 'held', offer: false }, this.settings.holdsPerUser + 1, null)
        .then(({ value, position }) => {
          const open = value.filter(({ expiresAt }) => (expiresAt ?? 0) > now);
          resolve({ shown: open.length, position });
        })
        .catch((error: Error) => (error instanceof StoreUnavailable ? resolve(NOT_COUNTED) : reject(error)))
        .finally(stop);
    });
  }

  private othersOf(userId: string): Set<Made> {
    const known = this.made.get(userId);
    if (known !== undefined) return known;
    const fresh = new Set<Made>();
    this.made.set(userId, fresh);
    if (this.made.size > USERS) this.made.delete(this.made.keys().next().value!);
    return fresh;
  }

  private drop(userId: string, others: Set<Made>, own: Made): void {
    others.delete(own);
    if (others.size === 0 && this.made.get(userId) === others) this.made.delete(userId);
  }
}
