import type pg from 'pg';
import { OutcomeUnknown, StoreUnavailable } from '../../application/errors.js';
import type {
  Appended,
  Conflict,
  EventStore,
  ReadTail,
  RecordedEvent,
  Sealed,
  Tracer,
} from '../../application/ports.js';
import { type Log, toldOf } from '../logger.js';
import { createPool } from '../postgres/pool.js';
import { AppendLane, type Call } from './append-lane.js';
import type { Codec } from './codec.js';
import { PostgresReader, readTail } from './postgres-reader.js';
import {
  CONFLICT,
  HELD,
  appendResults,
  appendStatement,
  ask,
  checkBatch,
  isReadOnly,
  isRolledBack,
  literal,
  unavailable,
} from './postgres-statements.js';
import { PostgresWriter, type WriterSettings } from './postgres-writer.js';

/** All times in milliseconds. */
export interface PostgresStoreSettings extends WriterSettings {
  /** Connections for reads and for streams that are locked; two more write. */
  readonly connections: number;
  /** How long an append may wait to be sent. */
  readonly queueAgeMs: number;
}

export const POSTGRES_STORE: PostgresStoreSettings = {
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 2_000,
  lockTimeoutMs: 1_000,
  idleInTransactionTimeoutMs: 2_000,
  answerTimeoutMs: 3_000,
  connections: 8,
  queueAgeMs: 2_000,
};

const LIMITS = { streams: 1_000, records: 4_000, calls: 100_000 };
const RENEW = 'UPDATE log.identity SET id = left(gen_random_uuid()::text, 8) RETURNING id';
/** A stream that is created by somebody else again and again while we look. */
const TIMES_HELD = 3;
/** How often, and after what pause, a held stream is asked for without waiting before it is waited for. */
const SKIPS = 10;
const SKIP_PAUSE_MS = 5;

/**
 * Streams in Postgres (schema `log`). Appends of many streams share one round trip and one commit; one whose stream is
 * held by another transaction goes alone on a second connection, so that it stalls no other.
 */
export class PostgresEventStore implements EventStore {
  private readonly pool: pg.Pool;
  private readonly reader: PostgresReader;
  private readonly main: AppendLane;
  private readonly aside: AppendLane;

  /** `onAppended` is called when something was written, before its callers know: a wake-up for a feed in this process. */
  constructor(
    url: string,
    settings: PostgresStoreSettings,
    private readonly codec: Codec,
    logger: Log,
    private readonly onAppended: () => void,
    tracer: Tracer | null = null,
  ) {
    this.pool = createPool(url, {
      max: settings.connections,
      connectTimeoutMs: settings.connectTimeoutMs,
      statementTimeoutMs: settings.statementTimeoutMs,
      lockTimeoutMs: settings.lockTimeoutMs,
      idleInTransactionTimeoutMs: settings.idleInTransactionTimeoutMs,
      queryTimeoutMs: settings.answerTimeoutMs,
      applicationName: 'holdfast-store',
      readsInOrder: true,
      logger,
    });
    this.reader = new PostgresReader(this.pool, codec);
    const lane = (name: string, streams: number, waits: boolean): AppendLane =>
      new AppendLane(
        new PostgresWriter(url, name, settings, logger),
        { ...LIMITS, streams, waits, queueAgeMs: settings.queueAgeMs },
        (calls) => this.again(calls),
        onAppended,
        tracer,
      );
    this.main = lane('holdfast-writer', LIMITS.streams, false);
    this.aside = lane('holdfast-writer-aside', 1, true);
  }

  async identity(): Promise<string> {
    const [row] = await ask<[string]>(this.pool, 'SELECT id FROM log.identity', []);
    if (row === undefined) throw new StoreUnavailable('log.identity is empty');
    return row[0];
  }

  /** Gives the log another identity, and answers it. Throws OutcomeUnknown. */
  async renew(): Promise<string> {
    try {
      const { rows } = await this.pool.query<{ id: string }>(RENEW);
      return rows[0]!.id;
    } catch (error) {
      throw new OutcomeUnknown(`Postgres: ${toldOf(error)}`, { cause: error });
    }
  }

  read(stream: string, fromRevision: number, maxCount?: number): AsyncGenerator<readonly RecordedEvent[]> {
    return this.reader.read(stream, fromRevision, maxCount);
  }

  append(
    stream: string,
    expectedRevision: number,
    sealed: readonly Sealed[],
    cause?: string,
  ): Promise<Appended | Conflict> {
    return new Promise((resolve, reject) => {
      const askedAtMs = Date.now();
      const call = {
        stream,
        expectedRevision,
        sealed,
        askedAtMs,
        isSingle: false,
        timesHeld: 0,
        cause,
        resolve,
        reject,
      };
      checkBatch(call);
      this.main.add(call);
    });
  }

  readonly locked = async (
    stream: string,
    work: (read: ReadTail) => Promise<{ expectedRevision: number; sealed: readonly Sealed[] } | null>,
  ): Promise<Appended | Conflict | null> => {
    const session = await LockedSession.begin(this.pool, stream);
    try {
      const batch = await work((fromRevision) => session.tail(this.codec, fromRevision));
      if (batch === null) return null;
      const result = await session.commit({ stream, ...batch });
      if (result.kind === 'appended') this.onAppended();
      return result;
    } finally {
      await session.end();
    }
  };

  /** Waits for what is in flight, refuses what is not; may be called twice. */
  async close(): Promise<void> {
    await Promise.all([this.main.close(), this.aside.close(), this.pool.ending ? undefined : this.pool.end()]);
  }

  private again(calls: readonly Call[]): void {
    for (const call of calls) {
      // Mostly it is another process's flush, over in a few milliseconds: the lane that does not wait asks again, so that
      // only what stays held stands in the line of the other.
      if (call.timesHeld > 0 && call.timesHeld <= SKIPS) setTimeout(() => this.main.add(call), SKIP_PAUSE_MS);
      else if (call.timesHeld >= SKIPS + TIMES_HELD)
        call.reject(new StoreUnavailable('the stream is held by another transaction'));
      else this.aside.add(call);
    }
  }
}

/** A transaction that holds one stream's row, if there is one. Until its commit is sent, every fault has written nothing. */
class LockedSession {
  private state: 'open' | 'closed' | 'broken' = 'open';

  private constructor(
    private readonly client: pg.PoolClient,
    private readonly stream: string,
  ) {
    client.once('end', this.onEnd);
  }

  private readonly onEnd = (): void => {
    this.state = 'broken';
  };

  static async begin(pool: pg.Pool, stream: string): Promise<LockedSession> {
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    const session = new LockedSession(client, stream);
    try {
      await client.query(`BEGIN; SELECT FROM log.streams WHERE stream = ${literal(stream)} FOR UPDATE`);
      return session;
    } catch (error) {
      session.failed(error);
      await session.end();
      throw unavailable(error);
    }
  }

  async tail(codec: Codec, fromRevision: number): Promise<readonly RecordedEvent[]> {
    try {
      return await readTail(this.client, codec, this.stream, fromRevision);
    } catch (error) {
      this.failed((error as Error).cause);
      throw error;
    }
  }

  /** Position, insert and COMMIT in one message: a process that freezes here cannot hold the log. */
  async commit(batch: {
    stream: string;
    expectedRevision: number;
    sealed: readonly Sealed[];
  }): Promise<Appended | Conflict> {
    checkBatch(batch);
    if (this.state === 'broken') throw new StoreUnavailable('Postgres: the session that held the stream was ended');
    try {
      const answers: unknown = await this.client.query(`${appendStatement(batch)}; COMMIT`);
      this.state = 'closed';
      const [appended] = answers as [pg.QueryResult<{ results: string }>];
      const [result] = appendResults(appended.rows[0]!.results);
      // Held: there was no row to lock, and somebody created it in the meantime.
      return result === CONFLICT || result === HELD ? { kind: 'conflict' } : { kind: 'appended', position: result! };
    } catch (error) {
      this.failed(error);
      if (isRolledBack(error)) throw unavailable(error);
      throw new OutcomeUnknown(`Postgres: ${toldOf(error)}`, { cause: error });
    }
  }

  /** Lets go of the row. A connection in a doubtful state is cut, not given back. */
  async end(): Promise<void> {
    this.client.off('end', this.onEnd);
    if (this.state === 'open')
      await this.client.query('ROLLBACK').catch(() => {
        this.state = 'broken';
      });
    this.client.release(this.state === 'broken');
  }

  private failed(error: unknown): void {
    if (!isRolledBack(error) || isReadOnly(error)) this.state = 'broken';
  }
}
