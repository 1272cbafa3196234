import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { NotedRefusal, RefusalLog, Time } from '../../application/ports.js';
import type { Instant } from '../../domain/booking/events.js';
import { type Log, toldOf } from '../logger.js';
import { EXPIRE, KEEP } from './statements.js';

export interface RecorderSettings {
  /** Refusals that may wait to be written; further ones are only counted. */
  readonly bound: number;
  /** Refusals in one statement, and rows in one step of forgetting. */
  readonly batch: number;
  /** Between two looks at what waits, in milliseconds. */
  readonly flushMs: number;
  /** Between two looks for what is too old, in milliseconds. */
  readonly expireMs: number;
  /** For what still waits when the process stops, in milliseconds. */
  readonly drainMs: number;
  readonly keepDays: number;
}

export const RECORDER: Omit<RecorderSettings, 'keepDays'> = {
  ...{ bound: 10_000, batch: 500, flushMs: 250, expireMs: 60_000, drainMs: 1_000 },
};

/** Events whose lost refusals are counted one by one; those of more events are counted together. */
const EVENTS_COUNTED = 1_000;
const LONGEST_PAUSE_MS = 5_000;
/** How much longer than it writes it rests between two batches. */
const REST = 3;
/** While there is a backlog of rows to forget. */
const EXPIRE_ON_MS = 1_000;

/** Lost refusals of one event; null: of several. */
interface Gap {
  readonly id: string;
  readonly eventId: string | null;
  lost: number;
  from: Instant;
  until: Instant;
}

/** Written together. Its text, and the ids in it, are made once, so that it can be sent again when nobody can tell. */
interface Lot {
  readonly facts: readonly NotedRefusal[];
  /** JSON: the refusals, and the gaps. */
  readonly texts: readonly [string, string];
}

/**
 * Writes refusals down in the background, over a connection of its own: at most `bound` wait, and a batch is followed by a
 * rest three times as long, so that refusals keep one session of the database busy for no more than a quarter of the time.
 * What comes beyond that is counted, and the count is written down.
 */
export class RefusalRecorder implements RefusalLog {
  readonly tally = { kept: 0, lost: 0 };
  private waiting: NotedRefusal[] = [];
  private gaps = new Map<string | null, Gap>();
  /** Sent, and not known to be written. */
  private lot: Lot | null = null;
  private failuresInARow = 0;
  private expireAt: number;

  constructor(
    private readonly pool: pg.Pool,
    private readonly time: Pick<Time, 'sleep'>,
    private readonly settings: RecorderSettings,
    private readonly logger: Log,
  ) {
    this.expireAt = performance.now() + settings.expireMs;
  }

  note(refusal: NotedRefusal): void {
    const { bound } = this.settings;
    if (this.waiting.length + (this.lot?.facts.length ?? 0) < bound) this.waiting.push(refusal);
    else this.lose(refusal);
  }

  /** Until the signal fires; then for `drainMs` more while there is something to write. Closes the pool. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = performance.now();
      await this.write();
      await this.expireSome();
      const pauseMs = this.pauseMs(performance.now() - startedAt);
      await this.time.sleep(pauseMs, signal).catch(() => undefined);
    }
    const end = performance.now() + this.settings.drainMs;
    while (this.isBehind() && performance.now() < end) if (!(await this.write())) break;
    const unwritten = this.waiting.length + (this.lot?.facts.length ?? 0);
    if (unwritten > 0) this.logger.warn('Refusals could not be written before the end', { unwritten });
    await this.pool.end().catch(() => undefined);
  }

  private isBehind(): boolean {
    return this.lot !== null || this.waiting.length > 0 || this.gaps.size > 0;
  }

  private pauseMs(tookMs: number): number {
    const { flushMs, batch } = this.settings;
    if (this.failuresInARow > 0) return Math.min(flushMs * 2 ** this.failuresInARow, LONGEST_PAUSE_MS);
    return this.waiting.length >= batch ? Math.min(Math.ceil(REST * tookMs), flushMs) : flushMs;
  }

  private lose({ eventId, refusedAt }: NotedRefusal): void {
    this.tally.lost += 1;
    const counted = this.gaps.has(eventId) || this.gaps.size < EVENTS_COUNTED ? eventId : null;
    const gap = this.gaps.get(counted);
    if (gap === undefined) {
      const [from, until] = [refusedAt, refusedAt];
      this.gaps.set(counted, { id: randomUUID(), eventId: counted, lost: 1, from, until });
      return;
    }
    gap.lost += 1;
    gap.from = Math.min(gap.from, refusedAt);
    gap.until = Math.max(gap.until, refusedAt);
  }

  /** One batch. False: the database did not take it, and it is sent again later. */
  private async write(): Promise<boolean> {
    if (!this.isBehind()) return true;
    const lot = (this.lot ??= this.take());
    try {
      await this.pool.query({ name: 'keep refusals', text: KEEP, values: [...lot.texts] });
    } catch (error) {
      this.failed(lot, error as Error & { code?: unknown });
      return false;
    }
    this.lot = null;
    this.tally.kept += lot.facts.length;
    if (this.failuresInARow > 0) this.logger.log('Refusals are kept again', {});
    this.failuresInARow = 0;
    return true;
  }

  private take(): Lot {
    const facts = this.waiting.splice(0, this.settings.batch);
    const gaps = [...this.gaps.values()];
    this.gaps = new Map();
    // Put together by hand: copying every refusal to give it an id would cost more than its text.
    const withIds = facts.map((refusal) => `{"id":"${randomUUID()}",${JSON.stringify(refusal).slice(1)}`);
    return { facts, texts: [`[${withIds.join()}]`, JSON.stringify(gaps)] };
  }

  private failed(lot: Lot, error: Error & { code?: unknown }): void {
    const { code } = error;
    const reason = toldOf(error);
    this.failuresInARow += 1;
    // Rows that the tables refuse would be refused for ever, and everything behind them would wait.
    if (typeof code === 'string' && /^2[23]/.test(code)) {
      this.lot = null;
      for (const refusal of lot.facts) this.lose(refusal);
      this.logger.error('Refusals do not fit their tables', { reason });
    } else if (this.failuresInARow === 1) this.logger.warn('Refusals cannot be kept at present', { reason });
  }

  /** Forgets what is too old, a few rows at a time; every process does, and none waits for another. */
  private async expireSome(): Promise<void> {
    const { batch, expireMs, keepDays } = this.settings;
    if (performance.now() < this.expireAt || this.failuresInARow > 0) return;
    this.expireAt = performance.now() + expireMs;
    try {
      for (const text of EXPIRE) {
        const { rowCount } = await this.pool.query(text, [keepDays, batch]);
        if (rowCount === batch) this.expireAt = performance.now() + Math.min(EXPIRE_ON_MS, expireMs);
      }
    } catch (error) {
      this.logger.warn('Old refusals could not be deleted', { reason: toldOf(error) });
    }
  }
}
