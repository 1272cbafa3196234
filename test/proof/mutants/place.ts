import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { BookingsProjection } from '../../../projections/bookings-tables.js';
import { Checkpoints } from '../../../projections/checkpoint.js';
import { AdvisoryLock } from '../../../projections/lock.js';
import { Projector } from '../../../projections/projector.js';
import type { Random, Time } from '../../../src/application/ports.js';
import { Codec, UPCASTERS } from '../../../src/infrastructure/event-store/codec.js';
import { POSTGRES_FEED, PostgresEventFeed } from '../../../src/infrastructure/event-store/postgres-feed.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../../src/infrastructure/event-store/postgres.js';
import { MIGRATIONS, migrate } from '../../../src/infrastructure/postgres/migrate.js';
import { createPool } from '../../../src/infrastructure/postgres/pool.js';
import { silent } from '../../support/postgres.js';

/** How often, before a statement of the projector, its session is gone: so a crash comes between any two of them. */
const MORTALITY = 0.02;
const LONG = { statementTimeoutMs: 10_000, queryTimeoutMs: 11_000 };
const PROJECTOR = { batchSize: 6, paceMs: 2, standbyMs: 1_000, lookEveryMs: 10, backoffMs: [2, 20] } as const;
const POOL = {
  ...{ max: 4, applicationName: 'storm-tables', isPipelined: true, logger: silent },
  ...{ connectTimeoutMs: 2_000, statementTimeoutMs: 5_000, lockTimeoutMs: 2_000 },
  ...{ idleInTransactionTimeoutMs: 5_000, queryTimeoutMs: 6_000 },
};
const time: Pick<Time, 'now' | 'sleep'> = {
  now: () => Date.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/** A database with the migrations of this checkout, and the projector of this checkout at work on it. */
export class Place {
  private readonly codec = new Codec(UPCASTERS);
  private readonly pool = createPool(this.url, POOL);
  private readonly feed = new PostgresEventFeed(this.url, { ...POSTGRES_FEED, pollMs: 5 }, this.codec, silent);
  private readonly store = new PostgresEventStore(this.url, POSTGRES_STORE, this.codec, silent, () => undefined);
  private readonly stopping = new AbortController();
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly server: pg.Client,
    readonly url: string,
    /** A connection that is nobody's: to look, and to make weather. */
    readonly outside: pg.Client,
    random: Random,
  ) {
    this.pool.on('connect', (client) => makeMortal(client, random));
    const projection = new BookingsProjection(1, 'booking-');
    const checkpoints = new Checkpoints(this.pool, projection, LONG);
    const lock = new AdvisoryLock(this.pool, projection);
    const parts = { projection, checkpoints, lock, feed: this.feed, store: this.store, time, logger: silent };
    // A projector that gives up leaves the tables behind, which is seen there.
    this.ended = new Projector(parts, PROJECTOR).run(this.stopping.signal).catch((error: unknown) => error);
  }

  static async open(serverUrl: string, random: Random): Promise<Place> {
    const server = new pg.Client({ connectionString: serverUrl });
    await server.connect();
    const name = `storm_${randomUUID().replaceAll('-', '')}`;
    await server.query(`CREATE DATABASE ${name} TEMPLATE template0 STRATEGY file_copy`);
    const url = Object.assign(new URL(serverUrl), { pathname: name }).href;
    await migrate(url, { directory: MIGRATIONS, timeoutMs: 20_000, logger: silent });
    const outside = new pg.Client({ connectionString: url, application_name: 'storm-eye' });
    await outside.connect();
    return new Place(server, url, outside, random);
  }

  /** Something was written: the projector need not wait for its next look. */
  wake(): void {
    this.feed.wake();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.ended;
    await Promise.all([this.feed.close(), this.store.close(), this.pool.end(), this.outside.end()]);
    await this.server.query(`DROP DATABASE IF EXISTS ${new URL(this.url).pathname.slice(1)} WITH (FORCE)`);
    await this.server.end();
  }
}

function makeMortal(client: pg.ClientBase, random: Random): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } };
  const query = client.query.bind(client) as (...asked: unknown[]) => unknown;
  const asked = (...statement: unknown[]): unknown => {
    if (random.next() < MORTALITY) connection.stream.destroy();
    return query(...statement);
  };
  Object.assign(client, { query: asked });
}
