import type { BookingCommand, Refusal } from '../../src/domain/booking/commands.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { booking } from '../../src/domain/booking/decide.js';
import { takerOf } from '../../src/domain/booking/taker.js';
import type { Decision } from '../../src/domain/decider.js';
import { Desk, type Entry } from './desk.js';
import { dump } from './dump.js';
import { NOW } from './facts.js';
import { Shadow } from './shadow.js';

/** One thing that happens in a history: the clock jumps, then somebody asks, or the last facts turn out not durable. */
export interface Step {
  readonly jumpMs: number;
  readonly ask: Ask;
}

export type Ask = (history: History) => BookingCommand | Rewind;

interface Rewind {
  readonly type: 'Rewind';
  readonly facts: number;
  /** The same facts come back (they were durable after all), or the log goes on without them. */
  readonly again: boolean;
}

/** A desk whose every fact is held against the promises as soon as it is folded. */
export class History {
  readonly shadow = new Shadow();
  readonly desk: Desk;
  now = NOW;
  /** What was asked so far, for the story of a failure. */
  readonly told: string[] = [];
  /** How the ledger looked after each fact; the first is the empty one. */
  readonly #looks: string[];

  constructor(private readonly count: (name: string) => void) {
    const onFact = (entry: Entry): void => this.#onFact(entry);
    this.desk = new Desk(onFact, (ask) => this.#unchangedBy(ask));
    this.#looks = [dump(this.desk.ledger)];
  }

  run({ jumpMs, ask }: Step): void {
    this.now += jumpMs;
    const asked = ask(this);
    this.told.push(`at ${this.now - NOW} ms: ${JSON.stringify(asked)}`);
    if (asked.type === 'Rewind') return this.#rewind(asked);
    const answer = this.desk.handle(asked, this.now);
    if (!answer.accepted) this.#checkRefusal(answer.refusal);
    this.#checkAnswer(asked, answer);
    this.desk.settle(this.now, 'everything');
    this.shadow.checkSettled(this.now);
  }

  /** Folds all that was written once more, from nothing. */
  checkReplay(): void {
    const ledger = booking.initial();
    for (const { recorded } of this.desk.log) booking.evolve(ledger, recorded);
    if (dump(ledger) !== this.#looks.at(-1)) throw new Error('broken: the same facts fold to another ledger');
  }

  #onFact(entry: Entry): void {
    this.count(entry.recorded.event.type);
    this.shadow.read(entry);
    this.shadow.compare(this.desk.ledger);
    this.#looks.push(dump(this.desk.ledger));
  }

  #unchangedBy<Result>(ask: () => Result): Result {
    const result = ask();
    this.#expectLook('a decision changed the ledger');
    return result;
  }

  #expectLook(complaint: string): void {
    const look = dump(this.desk.ledger);
    if (look !== this.#looks.at(-1)) throw new Error(`broken: ${complaint}\n${look}\n${this.#looks.at(-1)}`);
  }

  /** Takes facts back, the last first, as after a failed append; revision 0 stays, or there would be no event. */
  #rewind({ facts, again }: Rewind): void {
    this.count('Rewind');
    const { log, ledger } = this.desk;
    const from = Math.max(1, log.length - facts);
    for (const { undo } of log.slice(from).reverse()) {
      undo();
      this.#looks.pop();
      this.#expectLook('undo does not restore the ledger');
    }
    const undone = log.splice(from);
    Object.assign(this.shadow, new Shadow());
    for (const entry of log) this.shadow.read(entry);
    this.shadow.compare(ledger);
    if (again) for (const { recorded, now, causationId } of undone) this.desk.fold(recorded, now, causationId);
  }

  /** A "no" that names numbers names the true ones. */
  #checkRefusal(refusal: Refusal): void {
    this.count(refusal.reason);
    const { taken, line, schedule, copies } = this.shadow;
    const free = schedule!.capacity - taken;
    if (refusal.reason === 'SoldOut') {
      const { requested, waiting } = refusal;
      if (refusal.free !== free || waiting !== line.length || (requested <= free && waiting === 0))
        throw new Error(`broken: unfair "sold out": ${JSON.stringify(refusal)} with ${free} free`);
      const expected = requested > free ? this.shadow.takerOf(requested) : copies.get(line[0]!)!.revision;
      const named = takerOf(refusal, this.desk.ledger);
      if (named !== expected) throw new Error(`broken: ${named} is named as the taker, it was ${expected}`);
    }
    if (
      refusal.reason === 'AlreadyBooked' &&
      !'waitlisted held confirmed'.includes(copies.get(refusal.bookingId)!.status)
    )
      throw new Error(`broken: ${refusal.bookingId} is not active`);
    if (refusal.reason === 'CapacityBelowTaken' && refusal.taken !== taken) throw new Error('broken: wrong taken');
  }

  /** One command, one fact; a change at most one of each kind. */
  #checkAnswer({ type }: BookingCommand, answer: Decision<BookingEvent, Refusal>): void {
    if (!answer.accepted) return;
    const types = answer.facts.map((fact) => fact.type);
    const most = type === 'ChangeEvent' ? 4 : type === 'ChangeBooking' ? 2 : 1;
    if (types.length > most || new Set(types).size < types.length)
      throw new Error(`broken: ${type} wrote ${types.join()}`);
  }

  bookingIdAt(index: number): string {
    const known = [...this.shadow.copies.keys()];
    return known[known.length - 1 - (index % Math.max(1, known.length))] ?? 'b-none';
  }
}
