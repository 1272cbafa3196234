import type pg from 'pg';
import { OutcomeUnknown, type StoreUnavailable } from '../../application/errors.js';
import { type Log, toldOf } from '../logger.js';
import { Client } from '../postgres/client.js';
import { expectWritable } from '../postgres/pool.js';
import {
  APPEND,
  appendParameters,
  appendResults,
  isReadOnly,
  isRolledBack,
  unavailable,
  type StreamBatch,
} from './postgres-statements.js';

export interface WriterSettings {
  readonly connectTimeoutMs: number;
  /** Server: one flush. */
  readonly statementTimeoutMs: number;
  /** Server: waiting for one lock. */
  readonly lockTimeoutMs: number;
  /** Server: a transaction in which nothing happens. */
  readonly idleInTransactionTimeoutMs: number;
  /** Client: from sending to the answer. Above `statementTimeoutMs`: the server's word is definite, this means unknown. */
  readonly answerTimeoutMs: number;
}

/** How one flush ended: the result of each batch, or what became of all of them. */
export type Flushed =
  | { readonly results: readonly bigint[] }
  | { readonly error: StoreUnavailable | OutcomeUnknown; readonly cause: unknown };

const KEEPALIVE_DELAY_MS = 5_000;

/**
 * One connection on which one flush at a time is in flight. A connection that failed in any way, or on which nothing can be
 * written any more, is never used again.
 */
export class PostgresWriter {
  private client: pg.Client | null = null;

  constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly settings: WriterSettings,
    private readonly logger: Log,
  ) {}

  get isConnected(): boolean {
    return this.client !== null;
  }

  /** Throws StoreUnavailable, also where the server takes no writes. */
  async connect(): Promise<void> {
    const { settings } = this;
    const client = new Client({
      connectionString: this.url,
      application_name: this.name,
      connectionTimeoutMillis: settings.connectTimeoutMs,
      statement_timeout: settings.statementTimeoutMs,
      lock_timeout: settings.lockTimeoutMs,
      idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    });
    client.on('error', (error) => {
      this.logger.warn('A database connection was lost', { connection: this.name, reason: toldOf(error) });
      this.drop(client);
    });
    client.on('end', () => this.drop(client));
    try {
      await client.connect();
      await expectWritable(client, settings.connectTimeoutMs);
      this.client = client;
    } catch (error) {
      this.drop(client);
      throw unavailable(error);
    }
  }

  /**
   * Sends a flush; `done` is called once. Callbacks, because the next flush has to be on its way before any promise of
   * this one's callers goes on. Call only when connected, and not before the last `done`.
   */
  flush(batches: readonly StreamBatch[], waits: boolean, done: (flushed: Flushed) => void): void {
    const client = this.client!;
    let isOver = false;
    const end = (flushed: Flushed): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      done(flushed);
    };
    const timer = setTimeout(() => {
      this.drop(client);
      const error = new OutcomeUnknown(`Postgres: no answer within ${this.settings.answerTimeoutMs} ms`);
      end({ error, cause: error });
    }, this.settings.answerTimeoutMs);

    const query = { name: 'append', text: APPEND, values: appendParameters(batches, waits) };
    client.query<{ results: string }>(query, (error: Error | null, result) => {
      if (error === null || error === undefined) return end({ results: appendResults(result.rows[0]!.results) });
      const isDefinite = isRolledBack(error);
      if (!isDefinite || isReadOnly(error)) this.drop(client);
      if (isDefinite) return end({ error: unavailable(error), cause: error });
      end({ error: new OutcomeUnknown(`Postgres: ${toldOf(error)}`, { cause: error }), cause: error });
    });
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private drop(client: pg.Client): void {
    if (this.client === client) this.client = null;
    // With a query running this cuts the connection instead of waiting for a server that may be frozen.
    client.end().catch(() => undefined);
  }
}
