import type { EventFeed, EventStore, Position, Time, Tracer } from '../src/application/ports.js';
import { type Log, toldOf } from '../src/infrastructure/logger.js';
import type { Checkpoint, Checkpoints, Halt } from './checkpoint.js';
import { ForeignLog, assertSameLog } from './same-log.js';
import type { ActiveLock } from './lock.js';
import { Poison, type FeedRecord, type FoldRecord, type Projection } from './projection.js';
import { ReadAhead } from './read-ahead.js';
import { inTrace } from './traced-fold.js';

export interface ProjectorSettings {
  /** Records in one transaction, at most. */
  readonly batchSize: number;
  /** From the beginning of one transaction to that of the next, at least, while records come a few at a time. */
  readonly paceMs: number;
  /** Another holds the lock but the checkpoint has not moved for so long, with the head ahead: go on without the lock. */
  readonly standbyMs: number;
  /** Between two looks at the checkpoint, while halted or standing by. */
  readonly lookEveryMs: number;
  /** The pause after a failure, doubled with each further one up to the second number. */
  readonly backoffMs: readonly [first: number, most: number];
}

export const PROJECTOR_DEFAULTS: ProjectorSettings = {
  batchSize: 4_000,
  paceMs: 20,
  standbyMs: 5_000,
  lookEveryMs: 250,
  backoffMs: [100, 5_000],
};

export interface ProjectorParts {
  readonly projection: Projection;
  readonly checkpoints: Pick<Checkpoints, 'read' | 'adopt' | 'advance' | 'complete' | 'halt'>;
  readonly lock: ActiveLock;
  readonly feed: EventFeed;
  readonly store: Pick<EventStore, 'identity' | 'read'>;
  readonly time: Pick<Time, 'now' | 'sleep'>;
  readonly logger: Log;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | null;
}

export interface ProjectorStatus {
  /** Of the last record in the tables. */
  readonly position: Position;
  /** Of the last record in the log. */
  readonly head: Position;
  /** For how long, in milliseconds, the tables have been behind the log; 0 when they are not, or nothing was read yet. */
  readonly lagMs: number;
  readonly halted: Halt | null;
  /** Another process does the work. */
  readonly standby: boolean;
}

/**
 * Folds the log into tables for as long as it runs: rows and checkpoint in one transaction, whose first statement is the
 * compare-and-set of the checkpoint. Any number may run on the same tables; each record takes effect once.
 */
export class Projector {
  private checkpoint: Checkpoint | null = null;
  private standby = false;
  private behindSince: number | null = null;
  /** When somebody else's checkpoint was last seen moving, or with nothing left to do. */
  private lastSign: { readonly position: Position; readonly at: number } | null = null;
  private failures = 0;
  private batchSize: number;

  constructor(
    private readonly parts: ProjectorParts,
    private readonly settings: ProjectorSettings,
  ) {
    this.batchSize = settings.batchSize;
  }

  /** Throws StoreUnavailable when the log cannot say where it ends. */
  async status(): Promise<ProjectorStatus> {
    const head = await this.parts.feed.head();
    const position = this.checkpoint?.position ?? 0n;
    const now = this.parts.time.now();
    const lagMs = position >= head ? 0 : Math.max(0, now - (this.behindSince ?? now));
    return { position, head, lagMs, halted: this.checkpoint?.halt ?? null, standby: this.standby };
  }

  /**
   * Until the signal fires; then it stops between two batches. A poisonous record halts it visibly, every other failure
   * is tried again. Rejects with ForeignLog only: no waiting mends that.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) await this.follow(signal).catch((error: unknown) => this.retryLater(error, signal));
    } finally {
      await this.parts.lock.release();
    }
  }

  /** From a fresh look at the checkpoint until what is in memory no longer counts. */
  private async follow(signal: AbortSignal): Promise<void> {
    const { checkpoints, store } = this.parts;
    const seen = await this.look();
    if (seen.halt !== null || seen.isPaused || !(await this.isOurTurn(seen))) {
      await this.sleep(this.settings.lookEveryMs, signal);
      return;
    }
    await this.consume(await assertSameLog(checkpoints, store), signal);
  }

  private async consume(from: Checkpoint, signal: AbortSignal): Promise<void> {
    const closing = new AbortController();
    const pages = this.parts.feed.after(from.position, AbortSignal.any([signal, closing.signal]));
    const ahead = new ReadAhead(pages, 2 * this.settings.batchSize);
    this.checkpoint = from;
    this.parts.projection.forget();
    try {
      /** Taken, and not yet folded. */
      const due: (readonly FoldRecord[])[] = [];
      const end = from.isBare ? await this.parts.feed.head() : null;
      while (!signal.aborted) {
        if (end !== null && this.checkpoint.isBare && this.checkpoint.position >= end && !(await this.complete()))
          return;
        if (due.length === 0) {
          const records = await ahead.take(this.batchSize);
          if (records.length === 0) return;
          due.push(...this.batchesOf(records, this.checkpoint.position));
        }
        const begunAt = this.parts.time.now();
        this.behindSince ??= begunAt;
        const batch = due.shift();
        if (batch === undefined) continue;
        const next = (): readonly FoldRecord[] | null => {
          if (due.length === 0 && ahead.waiting >= this.batchSize)
            due.push(...this.batchesOf(ahead.takeWaiting(this.batchSize), batch.at(-1)!.position));
          return due[0] ?? null;
        };
        if (!(await this.applyOrHalt(batch, next))) return;
        if (due.length > 0) continue;
        if (ahead.waiting === 0) this.behindSince = null;
        await this.keepPace(begunAt, ahead, signal);
      }
    } finally {
      closing.abort();
      ahead.close();
    }
  }

  /**
   * A transaction costs about as much with one record as with fifty. Under a steady stream of bookings they are let come
   * together; the first after a quiet moment is folded at once, and so is a full batch.
   */
  private async keepPace(begunAt: number, ahead: ReadAhead, signal: AbortSignal): Promise<void> {
    const { paceMs } = this.settings;
    const restMs = Math.min(paceMs, begunAt + paceMs - this.parts.time.now());
    if (restMs > 0 && ahead.waiting < this.batchSize) await this.sleep(restMs, signal);
  }

  /** Those after `last`, without what comes earlier in these records: whatever the feed repeats. */
  private batchesOf(records: readonly FeedRecord[], last: Position): FoldRecord[][] {
    const { skipped } = this.checkpoint!;
    const batches: FoldRecord[][] = [];
    let batch: FoldRecord[] | null = null;
    for (const found of records) {
      if (found.position <= last) continue;
      last = found.position;
      const record = skipped.has(found.id) ? skip(found) : found;
      const alone = this.parts.projection.standsAlone(record);
      if (batch === null || alone) batches.push((batch = []));
      batch.push(record);
      if (alone) batch = null;
    }
    return batches;
  }

  /**
   * False when the checkpoint is no longer where we left it, or stands halted before a poisonous record. Such a record
   * is found by halving: since every split of the log gives the same rows, all before it is applied, and nothing after.
   */
  private async applyOrHalt(batch: readonly FoldRecord[], next?: () => readonly FoldRecord[] | null): Promise<boolean> {
    const { checkpoints, projection, logger, tracer = null } = this.parts;
    const from = this.checkpoint!;
    try {
      const moved = await inTrace(tracer, projection, batch, (watch) =>
        checkpoints.advance(from, batch.at(-1)!, (sql) => projection.apply(watch(sql), batch, next)),
      );
      if (moved === null) {
        // Whoever moved it holds the lock or has overruled it: its signs of life count from now.
        this.lastSign = null;
        return false;
      }
      this.checkpoint = moved;
      this.failures = 0;
      this.batchSize = Math.min(2 * this.batchSize, this.settings.batchSize);
      return true;
    } catch (error) {
      projection.forget();
      const reason = poisonIn(error);
      if (reason === null) throw error;
      if (batch.length > 1) {
        const half = batch.length >> 1;
        return (await this.applyOrHalt(batch.slice(0, half))) && this.applyOrHalt(batch.slice(half));
      }
      await checkpoints.halt(from, batch[0]!, reason);
      const { stream, revision, position, id } = batch[0]!;
      const where = { projection: projection.name, stream, revision, position: position.toString(), id };
      logger.error('The projector halts before a record it cannot fold', { ...where, reason });
      return false;
    }
  }

  /** A bare generation gets what it lacks once it has caught up. False when the checkpoint is no longer where we left it. */
  private async complete(): Promise<boolean> {
    const { checkpoints, logger } = this.parts;
    const completed = await checkpoints.complete(this.checkpoint!);
    if (completed === null) return false;
    this.checkpoint = completed;
    logger.log('The tables are folded, and have their indexes and foreign keys');
    return true;
  }

  /** The lock is ours; or its holder shows no sign of life though there is work: then the checkpoint alone must do. */
  private async isOurTurn({ position }: Checkpoint): Promise<boolean> {
    const { lock, feed, time, logger } = this.parts;
    if (await lock.acquire()) {
      this.standby = false;
      return true;
    }
    const now = time.now();
    const isBehind = (await feed.head()) > position;
    this.behindSince = isBehind ? (this.behindSince ?? now) : null;
    if (this.lastSign === null || this.lastSign.position !== position || !isBehind || now < this.lastSign.at)
      this.lastSign = { position, at: now };
    this.standby = now - this.lastSign.at < this.settings.standbyMs;
    if (!this.standby) logger.warn('Another projector holds the lock but does not move: going on without it');
    return !this.standby;
  }

  private async look(): Promise<Checkpoint> {
    const seen = await this.parts.checkpoints.read();
    if (this.checkpoint?.halt && seen.halt === null) this.parts.logger.log('The projector was resumed');
    this.checkpoint = seen;
    return seen;
  }

  private async retryLater(error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof ForeignLog) throw error;
    if (signal.aborted) return;
    const [first, most] = this.settings.backoffMs;
    const pauseMs = Math.min(first * 2 ** this.failures, most);
    this.failures = Math.min(this.failures + 1, 30);
    // A batch that is too much for a slow disk within the time-outs would be too much for ever.
    this.batchSize = Math.max(1, this.batchSize >> 1);
    this.parts.logger.warn('The projector tries again', { reason: toldOf(error), pauseMs });
    await this.sleep(pauseMs, signal);
  }

  private async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.parts.time.sleep(ms, signal).catch(() => undefined);
  }
}

const skip = ({ stream, revision, position, id }: FeedRecord): FoldRecord => ({
  ...{ stream, revision, position, id },
  skipped: true,
});

/**
 * Why this failure lies in the record and not in the day: the fold refused it, or the tables did (SQLSTATE class 22,
 * data exception, or 23, integrity constraint). Null for everything else.
 */
function poisonIn(error: unknown): string | null {
  if (error instanceof Poison) return error.message;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code) ? `${code}: ${String(message)}` : null;
}
