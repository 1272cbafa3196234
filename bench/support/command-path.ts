import { BookPlace, BookPlaceHandler } from '../../src/application/commands/book-place.js';
import { CancelBooking, CancelBookingHandler } from '../../src/application/commands/cancel-booking.js';
import { ConfirmBooking, ConfirmBookingHandler } from '../../src/application/commands/confirm-booking.js';
import { ScheduleEvent, ScheduleEventHandler } from '../../src/application/commands/schedule-event.js';
import { StreamNames, type Asked } from '../../src/application/envelope.js';
import type { HoldLimit } from '../../src/application/hold-limit.js';
import type { Peers, Question, Reply } from '../../src/application/ports.js';
import type { Answer, BookingReceipt } from '../../src/application/receipts.js';
import { Transact } from '../../src/application/transact.js';
import { FORGETFUL } from '../../src/application/refusals.js';
import type { StoreConfig } from '../../src/infrastructure/config.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import type { OpenLog } from '../../src/infrastructure/event-store/open.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { type SystemTime, systemRandom } from '../../src/infrastructure/time.js';
import type { Told } from './contender.js';

/** As the composition root has them: what limits a run and is no setting. */
const BACKOFF = { backoffMinMs: 5, backoffMaxMs: 250 };
const IN_FLIGHT_WAIT_MS = 5_000;
const A_YEAR_MS = 365 * 24 * 3_600_000;

/**
 * The command handlers over any log, put together as the composition root does, with `Transact` below them. Every command
 * carries an Idempotency-Key of its own. The digest of the body is the business of HTTP, and made once.
 */
export class CommandPath {
  readonly streams: StreamNames;
  private readonly transact: Transact;
  private readonly handlers: ReturnType<typeof handlersOver>;
  private readonly requestHash: string;
  /** No key of one run comes again in another. */
  private readonly series = crypto.randomUUID();
  private asked = 0;

  constructor(
    config: StoreConfig,
    log: OpenLog,
    private readonly time: SystemTime,
    peers: Peers | null = null,
  ) {
    this.streams = new StreamNames(config.streamPrefix);
    const ids = new NamedIds(time, systemRandom);
    this.requestHash = ids.requestHash('bench', {}, {});
    const ports = { store: log.store, time, random: systemRandom, sealer: new ChainSealer(log.codec), ids, peers };
    const bounds = { ...config.limits, ...BACKOFF, locking: config.locking, inFlightWaitMs: IN_FLIGHT_WAIT_MS };
    this.transact = new Transact(ports, this.streams, bounds, FORGETFUL);
    this.handlers = handlersOver(this.transact, this.streams, ids);
  }

  async schedule(eventId: string, capacity: number): Promise<void> {
    const sale = { timeZone: 'UTC', capacity, holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10 };
    const schedule = { title: eventId, startsAt: this.time.now() + A_YEAR_MS, ...sale };
    const answer = await this.handlers.schedule.execute(new ScheduleEvent(this.ask('organiser'), eventId, schedule));
    if (!answer.accepted) throw new Error(`${eventId} could not be scheduled: ${answer.refusal.reason}`);
  }

  async book(eventId: string, userId: string): Promise<Told> {
    const place = { userId, seats: 1, hold: false, waitlist: false };
    const answer = await this.handlers.book.execute(new BookPlace(this.ask(userId), eventId, place, false));
    if (answer.accepted) return { kind: 'booked', bookingId: answer.receipt.bookingId };
    const { reason } = answer.refusal;
    if (reason === 'SoldOut') return { kind: 'sold-out' };
    if (reason === 'AlreadyBooked') return { kind: 'already-booked' };
    throw new Error(`a booking was refused: ${reason}`);
  }

  /** A booking, a hold or a turn in the line; null when it was refused. */
  async visit(eventId: string, userId: string, seats: number, hold: boolean): Promise<BookingReceipt | null> {
    const place = { userId, seats, hold, waitlist: true };
    return receiptOf(await this.handlers.book.execute(new BookPlace(this.ask(userId), eventId, place, false)));
  }

  /** What a visitor does next; null when it was refused: who waits has nothing to confirm. */
  async follow(then: 'confirm' | 'cancel', booking: BookingReceipt): Promise<BookingReceipt | null> {
    const { eventId, userId, bookingId } = booking;
    const on = { bookingId, owner: userId, ifMatch: null };
    if (then === 'confirm')
      return receiptOf(await this.handlers.confirm.execute(new ConfirmBooking(this.ask(userId), eventId, on)));
    return receiptOf(await this.handlers.cancel.execute(new CancelBooking(this.ask(userId), eventId, on)));
  }

  /** Decides what another process was asked. */
  answer(question: Question): Promise<Reply> {
    return this.transact.answer(question);
  }

  /** Events whose ledgers are in memory. */
  cachedEvents(): number {
    return this.transact.cachedEvents().length;
  }

  private ask(caller: string): Asked {
    this.asked += 1;
    const { requestHash, series } = this;
    return { caller, key: `${series}-${this.asked}`, requestHash, correlationId: series };
  }
}

const receiptOf = (answer: Answer<BookingReceipt>): BookingReceipt | null => (answer.accepted ? answer.receipt : null);

/** How many holds somebody has is asked of the tables, which not every run has. */
const NO_LIMIT: Pick<HoldLimit, 'hold'> = { hold: (_, make) => make() };

function handlersOver(transact: Transact, streams: StreamNames, ids: NamedIds) {
  return {
    schedule: new ScheduleEventHandler(transact, streams, ids),
    book: new BookPlaceHandler(transact, streams, ids, NO_LIMIT),
    confirm: new ConfirmBookingHandler(transact, streams, ids),
    cancel: new CancelBookingHandler(transact, streams, ids),
  };
}
