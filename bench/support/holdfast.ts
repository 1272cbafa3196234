import type pg from 'pg';
import { AdvisoryLock } from '../../projections/lock.js';
import { BookingsProjection } from '../../projections/bookings-tables.js';
import { Checkpoints } from '../../projections/checkpoint.js';
import { PROJECTOR_DEFAULTS, Projector } from '../../projections/projector.js';
import { BookPlace, BookPlaceHandler } from '../../src/application/commands/book-place.js';
import { CancelBooking, CancelBookingHandler } from '../../src/application/commands/cancel-booking.js';
import { ConfirmBooking, ConfirmBookingHandler } from '../../src/application/commands/confirm-booking.js';
import { ScheduleEvent, ScheduleEventHandler } from '../../src/application/commands/schedule-event.js';
import { StreamNames, type Asked } from '../../src/application/envelope.js';
import { Transact } from '../../src/application/transact.js';
import { loadStoreConfig, type StoreConfig } from '../../src/infrastructure/config.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import { POSTGRES_FEED, PostgresEventFeed } from '../../src/infrastructure/event-store/postgres-feed.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../src/infrastructure/event-store/postgres.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import { createPool } from '../../src/infrastructure/postgres/pool.js';
import { SystemTime, systemRandom } from '../../src/infrastructure/time.js';
import type { Booked, Contender, Told } from './contender.js';
import { silent } from './postgres.js';

/** What limits a run has no setting of its own for. */
const COMPARE_EVERY_MS = 1_000;
const BACKOFF = { backoffMinMs: 5, backoffMaxMs: 250 };
const IN_FLIGHT_WAIT_MS = 5_000;
const A_YEAR_MS = 365 * 24 * 3_600_000;

/** Brings an empty database to the form that the service needs. */
export async function prepareDatabase(url: string): Promise<void> {
  await migrate(url, { directory: MIGRATIONS, timeoutMs: 60_000, logger: silent });
}

/**
 * The service without HTTP, put together as its composition root does, with the settings of production: the command
 * handlers, `Transact` below them, the Postgres event store below that, and, when asked, the projector. Every command
 * carries an Idempotency-Key of its own. The digest of the body is the business of HTTP, and made once.
 */
export class Holdfast implements Contender {
  readonly name: string;
  private readonly streams: StreamNames;
  private readonly handlers: ReturnType<typeof handlersOver>;
  private readonly requestHash: string;
  /** No key of one run comes again in another. */
  private readonly session = crypto.randomUUID();
  private asked = 0;
  private readonly closing = new AbortController();

  private constructor(
    private readonly config: StoreConfig,
    private readonly pool: pg.Pool,
    private readonly log: ReturnType<typeof openLog>,
    private readonly time: SystemTime,
  ) {
    this.name = config.locking === 'optimistic' ? 'Holdfast' : `Holdfast, LOCKING=${config.locking}`;
    this.streams = new StreamNames(config.streamPrefix);
    const ids = new NamedIds(time, systemRandom);
    this.requestHash = ids.requestHash('bench', {}, {});
    const ports = { store: log.store, time, random: systemRandom, sealer: log.sealer, ids };
    const bounds = { ...config.limits, ...BACKOFF, locking: config.locking, inFlightWaitMs: IN_FLIGHT_WAIT_MS };
    this.handlers = handlersOver(new Transact(ports, this.streams, bounds), this.streams, ids);
  }

  static async open(url: string, locking: StoreConfig['locking']): Promise<Holdfast> {
    const config = loadStoreConfig({ DATABASE_URL: url, LOCKING: locking });
    const pool = openPool(url, config);
    const time = new SystemTime({ skewLimitMs: config.clockSkewLimitMs, compareEveryMs: COMPARE_EVERY_MS });
    const askTime = async (): Promise<number> =>
      (await pool.query<{ now: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now')).rows[0]!
        .now;
    await time.compare(askTime);
    const holdfast = new Holdfast(config, pool, openLog(url), time);
    void time.keepComparing(askTime, holdfast.closing.signal);
    return holdfast;
  }

  async schedule(eventId: string, capacity: number): Promise<void> {
    const sale = { timeZone: 'UTC', capacity, holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10 };
    const schedule = { title: eventId, startsAt: this.time.now() + A_YEAR_MS, ...sale };
    const answer = await this.handlers.schedule.execute(new ScheduleEvent(this.ask('organiser'), eventId, schedule));
    if (!answer.accepted) throw new Error(`${eventId} could not be scheduled: ${answer.refusal.reason}`);
  }

  async book(eventId: string, userId: string): Promise<Told> {
    const place = { userId, seats: 1, hold: false, waitlist: false };
    const answer = await this.handlers.book.execute(new BookPlace(this.ask(userId), eventId, place));
    if (answer.accepted) return { kind: 'booked', bookingId: answer.receipt.bookingId };
    const { reason } = answer.refusal;
    if (reason === 'SoldOut') return { kind: 'sold-out' };
    if (reason === 'AlreadyBooked') return { kind: 'already-booked' };
    throw new Error(`a booking was refused: ${reason}`);
  }

  /** A booking, a hold or a turn in the line; null when it was refused. */
  async visit(eventId: string, userId: string, seats: number, hold: boolean): Promise<string | null> {
    const place = { userId, seats, hold, waitlist: true };
    const answer = await this.handlers.book.execute(new BookPlace(this.ask(userId), eventId, place));
    return answer.accepted ? answer.receipt.bookingId : null;
  }

  /** What a visitor does next. A refusal is an answer like any other: who waits has nothing to confirm. */
  async follow(then: 'confirm' | 'cancel', eventId: string, userId: string, bookingId: string): Promise<void> {
    const on = { bookingId, owner: userId, ifMatch: null };
    if (then === 'confirm') await this.handlers.confirm.execute(new ConfirmBooking(this.ask(userId), eventId, on));
    else await this.handlers.cancel.execute(new CancelBooking(this.ask(userId), eventId, on));
  }

  async booked(eventId: string): Promise<readonly Booked[]> {
    const stream = this.streams.of(eventId);
    const { rows } = await this.pool.query<Booked & { status: string; gap: boolean }>(
      `SELECT data->>'bookingId' AS "bookingId", data->>'userId' AS "userId", (data->>'seats')::int AS seats,
              data->>'status' AS status, revision <> row_number() OVER (ORDER BY revision) AS gap
       FROM log.events WHERE stream = $1 AND revision > 0 ORDER BY revision`,
      [stream],
    );
    if (rows.some(({ gap, status }) => gap || status !== 'confirmed'))
      throw new Error(`${stream} is not what was asked for`);
    return rows;
  }

  /** Domain events in the whole log: positions have no gaps. */
  async logLength(): Promise<number> {
    return Number(await this.log.feed.head());
  }

  /** Folds the log into the read model, as the service does beside its requests, until the answered function is called. */
  startProjector(): () => Promise<void> {
    const projection = new BookingsProjection(1, this.config.streamPrefix);
    const { projectorStatementTimeoutMs: statementTimeoutMs, projectorBatch: batchSize } = this.config.limits;
    const long = { statementTimeoutMs, queryTimeoutMs: 2 * statementTimeoutMs };
    const parts = {
      projection,
      checkpoints: new Checkpoints(this.pool, projection, long),
      lock: new AdvisoryLock(this.pool, projection),
      feed: this.log.feed,
      store: this.log.store,
      time: this.time,
      logger: silent,
    };
    const stopping = new AbortController();
    const running = new Projector(parts, { ...PROJECTOR_DEFAULTS, batchSize }).run(stopping.signal);
    return async () => {
      stopping.abort();
      await running;
    };
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([this.log.store.close(), this.log.feed.close(), this.pool.end()]);
  }

  private ask(caller: string): Asked {
    this.asked += 1;
    const { requestHash, session } = this;
    return { caller, key: `${session}-${this.asked}`, requestHash, correlationId: session };
  }
}

function handlersOver(transact: Transact, streams: StreamNames, ids: NamedIds) {
  return {
    schedule: new ScheduleEventHandler(transact, streams, ids),
    book: new BookPlaceHandler(transact, streams, ids),
    confirm: new ConfirmBookingHandler(transact, streams, ids),
    cancel: new CancelBookingHandler(transact, streams, ids),
  };
}

/** The feed is woken by what this process appends, as in the service. */
function openLog(url: string) {
  const codec = new Codec(UPCASTERS);
  const feed = new PostgresEventFeed(url, POSTGRES_FEED, codec, silent);
  const store = new PostgresEventStore(url, POSTGRES_STORE, codec, silent, () => feed.wake());
  return { feed, store, sealer: new ChainSealer(codec) };
}

function openPool(url: string, { limits }: StoreConfig): pg.Pool {
  const { connectTimeoutMs, statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs, queryTimeoutMs } = limits;
  const bounds = { connectTimeoutMs, statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs, queryTimeoutMs };
  return createPool(url, { ...bounds, max: limits.poolConnections, applicationName: 'bench', logger: silent });
}
