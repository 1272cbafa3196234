import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Attempt, EventFeed, EventStore, Random, RecordedEvent, Time } from '../../application/ports.js';
import type { Log } from '../logger.js';
import { Intake, type Mine } from './intake.js';
import { post } from './post.js';
import { SecretUnreadable, UNSIGNED, type Secrets } from './secrets.js';
import type { DelivererSettings } from './settings.js';
import * as sql from './statements.js';
import type { Due } from './statements.js';
import type { Targets } from './targets.js';

/** How a record becomes what a receiver is sent; the composition root has it from the front door. */
export interface Messages {
  eventIdOf(stream: string): string;
  streamOf(eventId: string): string;
  /** JSON: `type`, `timestamp`, and the envelope in which a domain event leaves the service as `data`. */
  bodyOf(record: RecordedEvent, logId: string): string;
}

export interface Surroundings {
  readonly pool: pg.Pool;
  readonly feed: EventFeed;
  readonly store: Pick<EventStore, 'read' | 'identity'>;
  readonly messages: Messages;
  readonly targets: Targets;
  readonly secrets: Secrets;
  readonly time: Pick<Time, 'sleep'>;
  readonly random: Random;
  readonly logger: Log;
}

const LONGEST_PAUSE_MS = 5_000;
const EXPIRE_AT_ONCE = 500;
const GONE = 410;
/** Answers that say when to come back. */
const COME_BACK: readonly (number | null)[] = [429, 503];
const JITTER = 0.25;

/**
 * Tells receivers what happened, beside the requests: takes subscriptions on lease, turns the log into messages, and sends
 * them, of each event one after another. What is not known to be received is sent again: a message may come twice, and
 * none is lost.
 */
export class Deliverer {
  /** Since the process started. */
  readonly tally = { delivered: 0, failed: 0, givenUp: 0, disabled: 0 };
  private readonly processId = randomUUID();
  private readonly intake: Intake;
  /** What is on its way, by subscription and event. */
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly giveUpSending = new AbortController();
  /** The subscription that was given a place last: the next turn begins behind it. */
  private lastGiven = FIRST_ID;
  /** At the last look more was due than there were places. */
  private isCrowded = false;
  private leasedAt = -Infinity;
  private expireAt: number;
  private failuresInARow = 0;

  constructor(
    private readonly around: Surroundings,
    private readonly settings: DelivererSettings,
  ) {
    const { pool, feed, store, messages } = around;
    const eventIdOf = (stream: string): string => messages.eventIdOf(stream);
    const onGivenUp = (count: number): void => void (this.tally.givenUp += count);
    this.intake = new Intake(pool, feed, store, eventIdOf, this.processId, onGivenUp);
    this.expireAt = performance.now() + settings.expireMs;
  }

  /** Until the signal fires; then for `drainMs` more while something is on its way. Closes the pool. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { pool, time, logger } = this.around;
    while (!signal.aborted) {
      const isMore = await this.look(signal).catch((error: Error) => {
        if (!signal.aborted) logger.warn('Webhooks cannot be delivered now', { reason: error.message });
        this.failuresInARow += 1;
        return false;
      });
      if (!isMore) await time.sleep(this.pauseMs(), signal).catch(() => undefined);
    }
    const drained = Promise.allSettled(this.underWay.values());
    await Promise.race([drained, time.sleep(this.settings.drainMs)]);
    this.giveUpSending.abort();
    await drained;
    await pool.query(sql.LET_GO, [this.processId]).catch(() => undefined);
    await pool.end().catch(() => undefined);
  }

  /** Everybody's, for `/metrics`. Null: nobody can tell now. */
  async queue(): Promise<{ readonly pending: number; readonly disabled: number } | null> {
    try {
      const { rows } = await this.around.pool.query<{ pending: number; disabled: number }>(sql.QUEUE);
      return rows[0]!;
    } catch {
      return null;
    }
  }

  private pauseMs(): number {
    const { pollMs } = this.settings;
    return Math.min(pollMs * 2 ** Math.min(this.failuresInARow, 10), Math.max(LONGEST_PAUSE_MS, pollMs));
  }

  /** Once: leases, the log, what is due. Answers whether there is more to take from the log at once. */
  private async look(signal: AbortSignal): Promise<boolean> {
    const { pool } = this.around;
    const { leaseMs, subscriptions, pending } = this.settings;
    const now = performance.now();
    if (now - this.leasedAt > leaseMs / 3) {
      await pool.query(sql.LEASE, [this.processId, leaseMs, subscriptions]);
      this.leasedAt = now;
    }
    const { rows: mine } = await pool.query<Mine>(sql.MINE, [this.processId]);
    const isMore = await this.intake.take(mine, pending, signal);
    if (mine.length > 0 && !signal.aborted) await this.begin(mine);
    await this.expire();
    this.failuresInARow = 0;
    return isMore;
  }

  /**
   * Starts what is due; who waits for it is `run`, at the end. Receivers that are dead or slow keep no places from the
   * others: one that fails has one at a time, and where there are not enough they go round.
   */
  private async begin(mine: readonly Mine[]): Promise<void> {
    const { atOncePerReceiver, atOnce } = this.settings;
    // What ends while the question is asked may still look pending in the answer.
    const before = new Set(this.underWay.keys());
    const ids = mine.map(({ webhook_id }) => webhook_id);
    const asked = [this.processId, ids, 2 * atOncePerReceiver, this.lastGiven];
    const { rows } = await this.around.pool.query<Due>(sql.HEADS, asked);
    const counts = new Map<string, number>();
    for (const key of before) {
      const webhookId = key.slice(0, UUID_LENGTH);
      counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    }
    this.isCrowded = false;
    for (const due of rows) {
      const key = due.webhook_id + due.event_id;
      const count = counts.get(due.webhook_id) ?? 0;
      if (before.has(key) || count >= (due.is_failing ? 1 : atOncePerReceiver)) continue;
      this.isCrowded = this.underWay.size >= atOnce;
      if (this.isCrowded) return;
      counts.set(due.webhook_id, count + 1);
      this.lastGiven = due.webhook_id;
      this.underWay.set(
        key,
        this.tell(due).finally(() => this.underWay.delete(key)),
      );
    }
  }

  /** One event's messages, one after another, until one fails, none is due or others wait for the place. Never rejects. */
  private async tell(first: Due): Promise<void> {
    const { pool, logger } = this.around;
    try {
      for (let due: Due | undefined = first; due !== undefined;) {
        if (!(await this.tellOne(due))) return;
        if (this.isCrowded || this.giveUpSending.signal.aborted || !this.hasLease()) return;
        const { rows }: { rows: Due[] } = await pool.query(sql.NEXT, [this.processId, due.webhook_id, due.event_id]);
        due = rows[0];
      }
    } catch (error) {
      // What was sent and is not written down will be sent again.
      const { webhook_id: webhookId, message_id: messageId } = first;
      logger.warn('A delivery could not be written down', { webhookId, messageId, reason: (error as Error).message });
    }
  }

  private hasLease(): boolean {
    return performance.now() - this.leasedAt < this.settings.leaseMs;
  }

  /** Answers whether the next one may follow. */
  private async tellOne(due: Due): Promise<boolean> {
    const { pool, targets, secrets, logger } = this.around;
    let keys: string[];
    try {
      keys = secrets.openBoth(due.secret, due.old_secret, due.webhook_id);
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      await this.failed(due, UNSIGNED);
      logger.error('The secret of a webhook cannot be read', { webhookId: due.webhook_id, reason: error.message });
      return false;
    }
    const body = await this.bodyOf(due);
    if (body === null) {
      this.tally.givenUp += 1;
      await pool.query(sql.GIVE_UP, [due.webhook_id, due.position, 'unreadable']);
      return true;
    }
    const { signal } = this.giveUpSending;
    const attempt = await post(targets, new URL(due.url), { id: due.message_id, body }, keys, this.settings, signal);
    if (attempt.error !== null && signal.aborted) return false;
    if (attempt.error !== null) return this.failed(due, attempt);
    this.tally.delivered += 1;
    const { status, durationMs } = attempt;
    await pool.query(sql.DELIVERED, [due.webhook_id, due.position, due.replays, status, durationMs]);
    return true;
  }

  /** Null: the log does not have it, or not in a form that can be read. */
  private async bodyOf({ event_id, revision, message_id }: Due): Promise<string | null> {
    const { store, messages } = this.around;
    const logId = await store.identity();
    try {
      for await (const [record] of store.read(messages.streamOf(event_id), revision, 1))
        return record !== undefined && record.id === message_id ? messages.bodyOf(record, logId) : null;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'stream-unreadable') throw error;
    }
    return null;
  }

  /** Answers whether the next one may follow: this one was given up. */
  private async failed(due: Due, { status, error, durationMs, retryAfterMs }: Attempt): Promise<boolean> {
    const { pool, random, logger } = this.around;
    const { retryMs, giveUpMs, disableMs, longestRetryAfterMs } = this.settings;
    const usualMs = retryMs[Math.min(due.attempts, retryMs.length - 1)]!;
    const pauseMs = usualMs * (1 - JITTER + 2 * JITTER * random.next());
    const holdMs = COME_BACK.includes(status) ? Math.min(retryAfterMs ?? 0, longestRetryAfterMs) : 0;
    const { rows } = await pool.query<{ status: string; ends: boolean; failing_since: Date }>(sql.FAILED, [
      ...[due.webhook_id, due.position, due.replays, status, durationMs, error],
      ...[Math.max(pauseMs, holdMs), giveUpMs, disableMs, status === GONE, holdMs],
    ]);
    this.tally.failed += 1;
    const [now] = rows;
    const { webhook_id: webhookId, message_id: messageId } = due;
    if (now?.ends === true) {
      this.tally.disabled += 1;
      const reason = status === GONE ? 'gone' : 'failing';
      const failingSince = now.failing_since.toISOString();
      logger.warn('A webhook was disabled', { audit: true, webhookId, reason, failingSince, status, error });
    }
    if (now?.status !== 'given-up') return false;
    this.tally.givenUp += 1;
    logger.warn('A message of a webhook was given up', { audit: true, webhookId, messageId, status, error });
    return true;
  }

  private async expire(): Promise<void> {
    const { expireMs, keepDays } = this.settings;
    if (performance.now() < this.expireAt) return;
    this.expireAt = performance.now() + expireMs;
    const { rowCount } = await this.around.pool.query(sql.EXPIRE, [keepDays, EXPIRE_AT_ONCE]);
    if (rowCount === EXPIRE_AT_ONCE) this.expireAt = performance.now() + this.settings.pollMs;
  }
}

const UUID_LENGTH = 36;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
