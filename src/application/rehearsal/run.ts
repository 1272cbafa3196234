import { BookPlace, BookPlaceHandler } from '../commands/book-place.js';
import { CancelBooking, CancelBookingHandler } from '../commands/cancel-booking.js';
import { CancelEvent, CancelEventHandler } from '../commands/cancel-event.js';
import { ConfirmBooking, ConfirmBookingHandler } from '../commands/confirm-booking.js';
import { ScheduleEvent, ScheduleEventHandler } from '../commands/schedule-event.js';
import { LIMITS } from '../../domain/booking/policy.js';
import type { Asked, StreamNames } from '../envelope.js';
import type { HoldLimit } from '../hold-limit.js';
import type { EventStore, Ids, Time } from '../ports.js';
import type { Tally } from '../tally.js';
import type { Transact } from '../transact.js';
import { evidenceIn, type Evidence } from './evidence.js';
import { DEADLINE_MS, SCRATCH_PREFIX, peopleOf, type Locking, type RehearsalPlan } from './plan.js';
import { Score, type Figures } from './score.js';

export interface RehearsalPorts {
  readonly store: EventStore;
  readonly ids: Ids;
  readonly streams: StreamNames;
  readonly time: Time;
  /** How many holds a user may have, as for everybody; of its own for each run. */
  readonly holds: () => Pick<HoldLimit, 'hold'>;
  /** What decides in one more process of the service: a memory of its own, over the same log. */
  readonly desk: (locking: Locking) => Transact;
}

/** Every so many people ask from two windows at once: every other time with one Idempotency-Key, else with two. */
const TWICE_EVERY = 5;
/** Of those who hold, so many come before one who gives the place back instead of confirming. */
const GIVES_BACK_EVERY = 4;
/** A year: behind whatever is listed by its start. */
const AHEAD_MS = 365 * 86_400_000;
/** Killed in the middle, a rehearsal leaves an event that nobody can book any more after so long. */
const ON_SALE_MS = 10 * DEADLINE_MS;

/** What is told of a run at any moment. */
export interface RunTold extends Figures {
  readonly strategy: Locking;
  readonly eventId: string;
  readonly state: Run['state'];
  readonly people: number;
  /** People who asked and went away again. */
  readonly came: number;
  /** Not everybody was let in: it took too long, or was stopped. */
  readonly isCutShort: boolean;
  /** The scratch event was cancelled. */
  readonly isCalledOff: boolean;
  /** Null until the log has been read. */
  readonly evidence: Evidence | null;
}

/** A flash sale with one strategy: everybody at once, on an event made for it, in front of several processes. */
export class Run {
  readonly eventId: string;
  private state: 'waiting' | 'running' | 'checking' | 'done' = 'waiting';
  private readonly score: Score;
  private tallies: readonly Tally[] = [];
  private came = 0;
  private holders = 0;
  private isCutShort = false;
  private isCalledOff = false;
  private evidence: Evidence | null = null;

  constructor(
    private readonly ports: RehearsalPorts,
    private readonly plan: RehearsalPlan,
    readonly strategy: Locking,
    private readonly rehearsalId: string,
    private readonly by: string,
  ) {
    this.eventId = `${SCRATCH_PREFIX}${rehearsalId}-${strategy}`;
    this.score = new Score(ports.time);
  }

  told(): RunTold {
    const { strategy, eventId, state, came, isCutShort, isCalledOff, evidence } = this;
    const figures = this.score.figures(this.tallies);
    const progress = { state, people: peopleOf(this.plan), came };
    return { strategy, eventId, ...progress, ...figures, isCutShort, isCalledOff, evidence };
  }

  /** Ends soon after the signal fires. Throws what stands in the way: a fault of the store, or a bug. */
  async play(signal: AbortSignal): Promise<void> {
    this.state = 'running';
    const holds = this.ports.holds();
    const processes = Array.from({ length: this.plan.processes }, () => this.open(holds));
    const first = processes[0]!;
    this.tallies = processes.map(({ transact }) => transact.tally);
    try {
      await this.schedule(first);
      this.score.begin();
      await this.sell(processes, signal);
      this.score.end();
      this.state = 'checking';
      this.evidence = await evidenceIn(this.ports.store, this.ports.streams.of(this.eventId), this.score.acknowledged);
    } finally {
      this.score.end();
      this.isCalledOff = await this.callOff(first);
      await Promise.all(processes.map(({ transact }) => transact.drain()));
      this.score.forget();
      this.state = 'done';
    }
  }

  private open(holds: Pick<HoldLimit, 'hold'>): Played {
    const { ids, streams } = this.ports;
    const transact = this.ports.desk(this.strategy);
    return {
      transact,
      schedule: new ScheduleEventHandler(transact, streams, ids),
      book: new BookPlaceHandler(transact, streams, ids, holds),
      confirm: new ConfirmBookingHandler(transact, streams, ids),
      giveBack: new CancelBookingHandler(transact, streams, ids),
      callOff: new CancelEventHandler(transact, streams, ids),
    };
  }

  private async schedule({ schedule }: Played): Promise<void> {
    const now = this.ports.time.now();
    const answer = await schedule.execute(
      new ScheduleEvent(this.asked(this.by, null, 'ScheduleEvent'), this.eventId, {
        title: `Rehearsal, ${this.strategy}`,
        resource: 'rehearsal',
        startsAt: now + AHEAD_MS,
        salesCloseAt: now + ON_SALE_MS,
        timeZone: 'UTC',
        capacity: this.plan.places,
        holdSeconds: LIMITS.holdSeconds.default,
        offerSeconds: LIMITS.offerSeconds.default,
        maxSeatsPerBooking: 1,
        waitlistLimit: 0,
      }),
    );
    if (!answer.accepted) throw new Error(`the scratch event was refused: ${answer.refusal.reason}`);
  }

  /** False: it could not be done, and the event is still there. */
  private async callOff({ callOff }: Played): Promise<boolean> {
    const cancellation = { ifMatch: null, reason: 'rehearsed' };
    const asked = this.asked(this.by, null, 'CancelEvent');
    return callOff.execute(new CancelEvent(asked, this.eventId, cancellation)).then(
      ({ accepted }) => accepted,
      () => false,
    );
  }

  private async sell(processes: readonly Played[], signal: AbortSignal): Promise<void> {
    const { time } = this.ports;
    const end = time.elapsed() + DEADLINE_MS;
    const people = peopleOf(this.plan);
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < people && !this.isCutShort) {
        if (signal.aborted || time.elapsed() >= end) this.isCutShort = true;
        else await this.come(processes, next++);
      }
    };
    const callers = await Promise.allSettled(Array.from({ length: this.plan.callers }, caller));
    for (const ended of callers) if (ended.status === 'rejected') throw ended.reason;
  }

  /** One person, from the first request to going home with a place or without. */
  private async come(processes: readonly Played[], person: number): Promise<void> {
    try {
      const [here, there] = [0, 1].map((next) => processes[(person + next) % processes.length]!) as [Played, Played];
      // Spread evenly over those who come.
      const hold = (person * 61) % 100 < this.plan.holdPercent;
      const asks = [this.book(here, person, 'first', hold)];
      if (person % TWICE_EVERY === 0)
        asks.push(this.book(there, person, person % (2 * TWICE_EVERY) === 0 ? 'first' : 'second', hold));
      const booking = (await Promise.all(asks)).find((receipt) => receipt !== null);
      if (booking?.status === 'held') await this.makeUpMind(there, person, booking.bookingId);
    } catch (error) {
      this.isCutShort = true;
      throw error;
    }
    this.came += 1;
  }

  private book({ book }: Played, person: number, key: string, hold: boolean) {
    const userId = userOf(person);
    const asked = this.asked(userId, `${key}-${person}`, hold ? 'hold' : 'book');
    const place = { userId, seats: 1, hold, waitlist: false };
    return this.score.booked(() => book.execute(new BookPlace(asked, this.eventId, place, true)));
  }

  private makeUpMind({ confirm, giveBack }: Played, person: number, bookingId: string) {
    const owner = userOf(person);
    const on = { bookingId, owner, ifMatch: null };
    this.holders += 1;
    if (this.holders % GIVES_BACK_EVERY === 0) {
      const asked = this.asked(owner, `give-back-${person}`, 'CancelBooking');
      return this.score.gaveBack(() => giveBack.execute(new CancelBooking(asked, this.eventId, on)));
    }
    const asked = this.asked(owner, `confirm-${person}`, 'ConfirmBooking');
    return this.score.confirmed(() => confirm.execute(new ConfirmBooking(asked, this.eventId, on)));
  }

  private asked(caller: string, key: string | null, what: string): Asked {
    const { eventId, rehearsalId: correlationId } = this;
    return { caller, key, requestHash: this.ports.ids.requestHash(what, { eventId }, {}), correlationId };
  }
}

/** The commands as one process handles them. */
interface Played {
  readonly transact: Transact;
  readonly schedule: ScheduleEventHandler;
  readonly book: BookPlaceHandler;
  readonly confirm: ConfirmBookingHandler;
  readonly giveBack: CancelBookingHandler;
  readonly callOff: CancelEventHandler;
}

/** The same people every time, so that tables of users do not grow with every rehearsal. */
const userOf = (person: number): string => `rehearsal:${person}`;
