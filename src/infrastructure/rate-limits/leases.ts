import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Log } from '../logger.js';
import { createPool } from '../postgres/pool.js';

/** What one process asks for one key, in requests; `spent` has been let through already. */
interface Ask {
  readonly key: string;
  readonly spent: number;
  readonly wanted: number;
  readonly most: number;
}

interface Leased {
  readonly grants: readonly { readonly granted: number; readonly left: number }[];
  readonly windowLeftMs: number;
}

/** A lease takes a millisecond; whoever waits for one is a request. In milliseconds. */
const BOUNDS = {
  connectTimeoutMs: 250,
  ...{ statementTimeoutMs: 200, lockTimeoutMs: 150, idleInTransactionTimeoutMs: 200, queryTimeoutMs: 250 },
};
const CONNECTIONS = 2;
const SWEEP_EVERY_MS = 60_000;
const SWEPT_AT_ONCE = 10_000;

/** Rows are locked in the order of their keys, everywhere, so that two processes wait for each other and never lock up. */
const TAKE = `
  WITH clock AS (SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint AS ms),
  asked AS (SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[]) AS a(key, spent, wanted, most)),
  given AS (
    INSERT INTO rate_limits.windows AS w (key, "window", granted, taken)
    SELECT key, ms / $5, greatest(0, least(wanted, most - spent)), spent + greatest(0, least(wanted, most - spent))
    FROM asked, clock ORDER BY key
    ON CONFLICT (key) DO UPDATE SET ("window", granted, taken) = (
      SELECT excluded."window", block, before + block FROM (
        SELECT before, greatest(0, least(a.wanted, a.most - before)) AS block FROM (
          SELECT a.*, a.spent + CASE WHEN w."window" = excluded."window" THEN w.taken ELSE 0 END AS before
          FROM asked a WHERE a.key = excluded.key
        ) a
      ) b)
    RETURNING key, granted, taken
  )
  SELECT granted, greatest(0, most - taken)::integer AS left, ($5 - ms % $5)::integer AS window_left_ms
  FROM given JOIN asked USING (key), clock ORDER BY key`;

/** What stands in a window that is over counts for nothing. */
const SWEEP = `
  DELETE FROM rate_limits.windows WHERE key IN (
    SELECT key FROM rate_limits.windows
    WHERE "window" < (extract(epoch FROM statement_timestamp()) * 1000)::bigint / $1 - 1 LIMIT $2)`;

interface Row {
  readonly granted: number;
  readonly left: number;
  readonly window_left_ms: number;
}

/** Blocks of requests from Postgres, whose clock says when a window begins: at each multiple of `windowMs` since 1970. */
export class PostgresLeases {
  /** Round trips, for whoever wants to know what the limits cost. */
  trips = 0;
  private sweepAt = performance.now() + SWEEP_EVERY_MS;
  private isAway = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly windowMs: number,
    private readonly logger: Log,
  ) {}

  /** Rejects within half a second when the server does not answer. */
  async take(asks: readonly Ask[]): Promise<Leased> {
    this.trips += 1;
    const named = asks.map((ask, at) => ({ ...ask, at, key: digestOf(ask.key) }));
    named.sort((a, b) => (a.key < b.key ? -1 : 1));
    const column = (of: (ask: Ask) => string | number) => named.map(of);
    const { key, spent, wanted, most } = COLUMNS;
    const values = [column(key), column(spent), column(wanted), column(most), this.windowMs];
    const rows = await this.ask(values);
    void this.sweep();
    const grants = named.map(({ at }, row) => ({ at, granted: rows[row]!.granted, left: rows[row]!.left }));
    grants.sort((a, b) => a.at - b.at);
    return {
      grants: grants.map(({ granted, left }) => ({ granted, left })),
      windowLeftMs: rows[0]!.window_left_ms,
    };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** Told once when it begins to fail, and once when it is over. */
  private async ask(values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      const { rows } = await this.pool.query<Row>({ name: 'lease requests', text: TAKE, values: [...values] });
      if (this.isAway) this.logger.log('Requests are counted over all processes again');
      this.isAway = false;
      return rows;
    } catch (error) {
      const { message: reason } = error as Error;
      if (!this.isAway) this.logger.warn('Each process counts requests by itself at present', { reason });
      this.isAway = true;
      throw error;
    }
  }

  /** Every process does, now and then; none waits for it. What it cannot delete now, it deletes the next time. */
  private async sweep(): Promise<void> {
    if (performance.now() < this.sweepAt) return;
    this.sweepAt = performance.now() + SWEEP_EVERY_MS;
    await this.pool.query(SWEEP, [this.windowMs, SWEPT_AT_ONCE]).catch(() => undefined);
  }
}

const COLUMNS = {
  key: ({ key }: Ask) => key,
  spent: ({ spent }: Ask) => Math.max(0, spent),
  wanted: ({ wanted }: Ask) => wanted,
  most: ({ most }: Ask) => most,
};

/** A table that is read by operators is no place for addresses. */
const digestOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 22);

/** Over connections of its own: a pool that is busy with reads must not make requests wait to be counted. */
export function openLeases(url: string, windowMs: number, logger: Log): PostgresLeases {
  const pool = createPool(url, { ...BOUNDS, max: CONNECTIONS, applicationName: 'holdfast-limits', logger });
  return new PostgresLeases(pool, windowMs, logger);
}
