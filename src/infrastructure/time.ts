import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Random, Time } from '../application/ports.js';
import type { Instant } from '../domain/booking/events.js';

/** Asks the database for its time, in milliseconds since 1970. */
export type AskDatabaseTime = () => Promise<number>;

export interface ClockSettings {
  /** How far this clock may be from the database's, in milliseconds; 0 trusts it whatever it says. */
  readonly skewLimitMs: number;
  /** The pause between two comparisons, in milliseconds. */
  readonly compareEveryMs: number;
}

/** Of a process that only measures waits by it: nothing is decided by such a clock, and it is compared with no other. */
export const UNCOMPARED: ClockSettings = { skewLimitMs: 0, compareEveryMs: 60_000 };

/**
 * The process's own clock and timers. Its reading is trusted only while it is near the database's: compared now and
 * then, and against the monotonic clock every time, so that a jump in between is noticed by the first command after it.
 */
export class SystemTime implements Time {
  /** Wall minus monotonic clock when the database last agreed; null until it has been asked. */
  private agreedOffsetMs: number | null = null;

  constructor(private readonly settings: ClockSettings) {}

  now(): Instant {
    return Date.now();
  }

  isTrusted(): boolean {
    if (this.settings.skewLimitMs === 0) return true;
    if (this.agreedOffsetMs === null) return false;
    return Math.abs(this.offsetMs() - this.agreedOffsetMs) <= this.settings.skewLimitMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  }

  alarm(ms: number, ring: () => void): () => void {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  }

  elapsed(): number {
    return performance.now();
  }

  async turn(): Promise<void> {
    await setImmediate();
  }

  /**
   * Compares with the database once. The answer's age is unknown up to the round trip, so only what lies outside it
   * counts. A database that does not answer leaves the judgement as it is.
   */
  async compare(ask: AskDatabaseTime): Promise<void> {
    const before = performance.now();
    const database = await ask();
    const after = performance.now();
    // What the wall clock would have to be off the monotonic one, if the database is right.
    const latest = database - before;
    const earliest = database - after;
    this.agreedOffsetMs = Math.min(Math.max(this.offsetMs(), earliest), latest);
  }

  /** Compares until the signal fires. */
  async keepComparing(ask: AskDatabaseTime, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.compare(ask).catch(() => undefined);
      await this.sleep(this.settings.compareEveryMs, signal).catch(() => undefined);
    }
  }

  private offsetMs(): number {
    return Date.now() - performance.now();
  }
}

export const systemRandom: Random = { next: Math.random };
