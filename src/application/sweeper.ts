import { HoldfastError, StreamUnreadable } from './errors.js';
import type { BookingViews, Random, Time } from './ports.js';
import type { Transact } from './transact.js';

export interface SweeperSettings {
  /** The pause between two sweeps, in milliseconds, jittered by a quarter so that processes spread out. */
  readonly sweepMs: number;
  /** A settle that found nothing is not asked again for this long, in milliseconds, unless the stream moved. */
  readonly quietMs: number;
  /** Events that one sweep asks of the read model, and how many it settles at a time. */
  readonly eventsPerSweep: number;
  readonly atOnce: number;
}

/**
 * Sends settle to events where something may be due, so that a hold lapses though nobody asks. Looks in the cached
 * ledgers and in the read model. Runs in every API process: several at once meet a conflict and write nothing twice.
 */
export class Sweeper {
  /** Where settle found nothing though the tables said otherwise (they lag), or could not read the stream, and since when. */
  private readonly quiet = new Map<string, { revision: number; since: number }>();

  constructor(
    private readonly transact: Transact,
    private readonly views: BookingViews,
    private readonly time: Time,
    private readonly random: Random,
    private readonly settings: SweeperSettings,
  ) {}

  /** Sweeps until the signal fires. What goes wrong is left to the next sweep; what should not happen is told. */
  async run(signal: AbortSignal, onUnexpected: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = this.settings.sweepMs * (0.75 + this.random.next() / 2);
      await this.time.sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.sweep().catch((error: unknown) => {
        if (!(error instanceof HoldfastError)) onUnexpected(error);
      });
    }
  }

  /** One look around. Answers how many events were asked to settle. */
  async sweep(): Promise<number> {
    const now = this.time.now();
    for (const [eventId, quiet] of this.quiet) if (!this.isStill(quiet, now)) this.quiet.delete(eventId);
    const cached = this.transact.cachedEvents().filter((eventId) => this.transact.isDue(eventId));
    const due = new Map<string, number>(cached.map((eventId) => [eventId, -1]));
    for (const { eventId, revision } of await this.views.unsettled(now, this.settings.eventsPerSweep))
      if (!due.has(eventId) && this.quiet.get(eventId)?.revision !== revision) due.set(eventId, revision);
    // Each worker takes the next from one list, so the most overdue come first.
    const waiting = due.entries();
    const work = async (): Promise<void> => {
      for (const [eventId, shown] of waiting) await this.settle(eventId, shown, now);
    };
    await Promise.all(Array.from({ length: this.settings.atOnce }, work));
    return due.size;
  }

  private async settle(eventId: string, shown: number, now: number): Promise<void> {
    try {
      const revision = await this.transact.settle(eventId);
      // The stream stands where the tables already were: there was nothing to write.
      if (shown >= revision) this.quiet.set(eventId, { revision: shown, since: now });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      // Only an operator can mend that, and it must not be loaded again every second. All else may be over by then.
      if (error instanceof StreamUnreadable && shown >= 0) this.quiet.set(eventId, { revision: shown, since: now });
    }
  }

  /** A clock that was set back ends the quiet at once. */
  private isStill({ since }: { since: number }, now: number): boolean {
    return since <= now && now < since + this.settings.quietMs;
  }
}
