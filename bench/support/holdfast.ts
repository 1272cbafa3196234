import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openProjector } from '../../projections/open.js';
import { BookPlace, BookPlaceHandler } from '../../src/application/commands/book-place.js';
import { CancelBooking, CancelBookingHandler } from '../../src/application/commands/cancel-booking.js';
import { ConfirmBooking, ConfirmBookingHandler } from '../../src/application/commands/confirm-booking.js';
import { ScheduleEvent, ScheduleEventHandler } from '../../src/application/commands/schedule-event.js';
import { StreamNames, type Asked } from '../../src/application/envelope.js';
import { Transact } from '../../src/application/transact.js';
import { loadStoreConfig, type StoreConfig } from '../../src/infrastructure/config.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { databaseTime, openDatabase, openPool } from '../../src/infrastructure/postgres/database.js';
import { SystemTime, systemRandom } from '../../src/infrastructure/time.js';
import type { Booked, Contender, Told } from './contender.js';
import { silent } from './postgres.js';

/** As the composition root has them: what limits a run and is no setting. */
const COMPARE_EVERY_MS = 1_000;
const BACKOFF = { backoffMinMs: 5, backoffMaxMs: 250 };
const IN_FLIGHT_WAIT_MS = 5_000;
/** Between two looks at how far the projector is. */
const POLL_MS = 5;
const A_YEAR_MS = 365 * 24 * 3_600_000;

type Locking = StoreConfig['locking'];

/** Brings an empty database to the form that the service needs. */
export async function prepareDatabase(url: string): Promise<void> {
  await openDatabase(loadStoreConfig({ DATABASE_URL: url }), silent);
}

/**
 * The service without HTTP, put together as its composition root does, with the settings of production: the command
 * handlers, `Transact` below them, the Postgres event store below that, and, when asked, the projector. Every command
 * carries an Idempotency-Key of its own. The digest of the body is the business of HTTP, and made once.
 */
export class Holdfast implements Contender {
  private readonly streams: StreamNames;
  private readonly handlers: ReturnType<typeof handlersOver>;
  private readonly requestHash: string;
  /** No key of one run comes again in another. */
  private readonly series = crypto.randomUUID();
  private asked = 0;
  private readonly closing = new AbortController();

  private constructor(
    private readonly config: StoreConfig,
    private readonly pool: pg.Pool,
    private readonly log: OpenLog,
    private readonly time: SystemTime,
  ) {
    this.streams = new StreamNames(config.streamPrefix);
    const ids = new NamedIds(time, systemRandom);
    this.requestHash = ids.requestHash('bench', {}, {});
    const ports = { store: log.store, time, random: systemRandom, sealer: new ChainSealer(log.codec), ids };
    const bounds = { ...config.limits, ...BACKOFF, locking: config.locking, inFlightWaitMs: IN_FLIGHT_WAIT_MS };
    this.handlers = handlersOver(new Transact(ports, this.streams, bounds), this.streams, ids);
  }

  static async open(url: string, locking: Locking): Promise<Holdfast> {
    const config = loadStoreConfig({ DATABASE_URL: url, LOCKING: locking });
    const pool = openPool(url, config, 'bench', silent);
    const time = new SystemTime({ skewLimitMs: config.clockSkewLimitMs, compareEveryMs: COMPARE_EVERY_MS });
    await time.compare(() => databaseTime(pool));
    const holdfast = new Holdfast(config, pool, openEventStore(url, config, silent), time);
    void time.keepComparing(() => databaseTime(pool), holdfast.closing.signal);
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
    const { pool, log, time, config } = this;
    const stopping = new AbortController();
    const running = openProjector({ pool, ...log, time, logger: silent }, config).projector.run(stopping.signal);
    return async () => {
      stopping.abort();
      await running;
    };
  }

  /** Until the read model shows all that is in the log now. Throws when the projector halts or takes longer. */
  async untilProjected(boundMs: number): Promise<void> {
    const length = await this.logLength();
    for (const end = performance.now() + boundMs; performance.now() < end; await sleep(POLL_MS)) {
      const text = 'SELECT position::text, halt_reason AS halt FROM read_model.checkpoint';
      const { rows } = await this.pool.query<{ position: string; halt: string | null }>(text);
      if (rows[0]?.halt != null) throw new Error(`the projector halted: ${rows[0].halt}`);
      if (Number(rows[0]?.position) >= length) return;
    }
    throw new Error(`the projector has not caught up in ${boundMs} ms`);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([this.log.close(), this.pool.end()]);
  }

  private ask(caller: string): Asked {
    this.asked += 1;
    const { requestHash, series } = this;
    return { caller, key: `${series}-${this.asked}`, requestHash, correlationId: series };
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
