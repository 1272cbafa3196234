import { HoldfastError } from './errors.js';
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
  /** Where settle found nothing though the tables said otherwise: they lag, or another process's rules differ. */
  private readonly quiet = new Map<string, { revision: number; until: number }>();

  constructor(
    private readonly transact: Transact,
    private readonly views: BookingViews,
    private readonly time: Time,
    private readonly random: Random,
    private readonly settings: SweeperSettings,
  ) {}

  /** Sweeps until the signal fires; faults of the store are left to the next sweep. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = this.settings.sweepMs * (0.75 + this.random.next() / 2);
      await this.time.sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.sweep().catch((error: unknown) => {
        if (!(error instanceof HoldfastError)) throw error;
      });
    }
  }

  /** One look around. Answers how many events were asked to settle. */
  async sweep(): Promise<number> {
    const now = this.time.now();
    const cached = this.transact.cachedEvents().filter((eventId) => this.transact.isDue(eventId));
    const due = new Map<string, number>(cached.map((eventId) => [eventId, -1]));
    for (const { eventId, revision } of await this.views.unsettled(now, this.settings.eventsPerSweep))
      if (!due.has(eventId) && !this.isQuiet(eventId, revision, now)) due.set(eventId, revision);
    const waiting = [...due];
    const settleNext = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.settle(...next, now);
    };
    await Promise.all(Array.from({ length: this.settings.atOnce }, settleNext));
    for (const [eventId, { until }] of this.quiet) if (until <= now) this.quiet.delete(eventId);
    return due.size;
  }

  private async settle(eventId: string, shown: number, now: number): Promise<void> {
    const revision = await this.transact.settle(eventId);
    // The stream stands where the tables already were: there was nothing to write.
    if (shown >= revision) this.quiet.set(eventId, { revision: shown, until: now + this.settings.quietMs });
  }

  private isQuiet(eventId: string, revision: number, now: number): boolean {
    const quiet = this.quiet.get(eventId);
    return quiet !== undefined && quiet.revision === revision && now < quiet.until;
  }
}
