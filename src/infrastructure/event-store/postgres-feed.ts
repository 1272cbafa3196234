import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { StoreUnavailable, UnknownPosition } from '../../application/errors.js';
import type { MeasuredFeed, Position, RecordedEvent, UnreadableRecord } from '../../application/ports.js';
import { type Log, toldOf } from '../logger.js';
import { createPool } from '../postgres/pool.js';
import type { Codec } from './codec.js';
import { RECORD, ask, recordOf, type RecordRow } from './postgres-statements.js';
import { RecentRecords } from './recent-records.js';

/** All times in milliseconds. */
export interface PostgresFeedSettings {
  /** Records in one page, at most. Two pages are in memory. */
  readonly page: number;
  /** How often an idle feed looks for what other processes have written. */
  readonly pollMs: number;
  /** The longest pause between two attempts to reach a server that is away. */
  readonly maxBackoffMs: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Client: one query. Above `statementTimeoutMs`. */
  readonly answerTimeoutMs: number;
}

export const POSTGRES_FEED: PostgresFeedSettings = {
  page: 1_000,
  pollMs: 25,
  maxBackoffMs: 1_000,
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 5_000,
  answerTimeoutMs: 6_000,
};

const FIRST_BACKOFF_MS = 25;
/** One for pages, one for `head`. */
const CONNECTIONS = 2;
/** For all who follow together, besides the two pages of each. */
const PAGES_KEPT = 2;

type Page = readonly (RecordedEvent | UnreadableRecord)[];

/**
 * The log in the order of its commits. Polling is enough, and loses nothing, because writers lock the one position
 * counter until they commit: whoever sees position n sees everything below it.
 */
export class PostgresEventFeed implements MeasuredFeed {
  private readonly pool: pg.Pool;
  private readonly sleepers = new Set<() => void>();
  private readonly recent: RecentRecords;
  private wakeUps = 0;

  constructor(
    url: string,
    private readonly settings: PostgresFeedSettings,
    private readonly codec: Codec,
    private readonly logger: Log,
  ) {
    this.recent = new RecentRecords(PAGES_KEPT * settings.page);
    this.pool = createPool(url, {
      max: CONNECTIONS,
      connectTimeoutMs: settings.connectTimeoutMs,
      statementTimeoutMs: settings.statementTimeoutMs,
      lockTimeoutMs: settings.statementTimeoutMs,
      idleInTransactionTimeoutMs: settings.statementTimeoutMs,
      queryTimeoutMs: settings.answerTimeoutMs,
      applicationName: 'holdfast-feed',
      readsInOrder: true,
      logger,
    });
  }

  async *after(position: Position, signal: AbortSignal): AsyncGenerator<Page> {
    let last = position;
    let coming: Promise<Page> | null = null;
    while (!signal.aborted) {
      const seen = this.wakeUps;
      const page: Page = await (coming ?? this.page(last, signal));
      coming = null;
      if (page.length === 0) {
        await this.wokenAfter(seen, signal);
        continue;
      }
      last = page.at(-1)!.position;
      // The next page travels while this one is worked on. `page` never rejects.
      if (page.length === this.settings.page) coming = this.page(last, signal);
      yield page;
    }
  }

  async head(): Promise<Position> {
    const [row] = await ask<[number]>(this.pool, 'SELECT head FROM log.position', []);
    if (row === undefined) throw new StoreUnavailable('log.position is empty');
    return BigInt(row[0]);
  }

  /** Positions have no gaps here. */
  async isWithin(position: Position, records: number): Promise<boolean> {
    return (await this.head()) - position <= BigInt(records);
  }

  async latest(records: number): Promise<Page> {
    const text = `SELECT ${RECORD} FROM log.events e ORDER BY e.position DESC LIMIT $1`;
    const rows = await ask<[...RecordRow]>(this.pool, text, [String(records)]);
    return rows.map((row) => recordOf(this.codec, row)).reverse();
  }

  /** Nor is there anything between two of them. */
  async lastBefore(position: Position): Promise<Position> {
    if (position > (await this.head())) throw new UnknownPosition('a position beyond the end of the log');
    return position > 0n ? position - 1n : 0n;
  }

  /** Something was written in this process: no need to wait for the next poll. */
  wake(): void {
    this.wakeUps += 1;
    for (const wake of this.sleepers) wake();
  }

  async close(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }

  /** Tries until it gets an answer or the signal fires; then the page is empty. */
  private async page(last: Position, signal: AbortSignal): Promise<Page> {
    const known = this.recent.after(last, this.settings.page);
    if (known.length > 0) return known;
    const text = `SELECT ${RECORD} FROM log.events e WHERE e.position > $1 ORDER BY e.position LIMIT $2`;
    for (let backoffMs = FIRST_BACKOFF_MS; !signal.aborted; backoffMs *= 2) {
      try {
        const rows = await ask<[...RecordRow]>(this.pool, text, [String(last), String(this.settings.page)]);
        const page = rows.map((row) => recordOf(this.codec, row));
        this.recent.keep(last, page);
        return page;
      } catch (error) {
        this.recent.forget();
        const pauseMs = Math.min(backoffMs, this.settings.maxBackoffMs);
        this.logger.warn('The feed cannot read the log', { reason: toldOf(error), pauseMs });
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return [];
  }

  /** Until something was written here after `seen` was counted, the poll is due, or the signal fires. */
  private wokenAfter(seen: number, signal: AbortSignal): Promise<void> {
    if (this.wakeUps !== seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, this.settings.pollMs);
      this.sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
