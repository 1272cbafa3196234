import { decide } from '../domain/booking/decide.js';
import { SETTLE, isClaimFact, type BookingEvent, type ClaimFact, type ScheduleFact } from '../domain/booking/events.js';
import { presentBooking } from '../domain/booking/bookings.js';
import { evolve } from '../domain/booking/evolve.js';
import { initial, type Ledger } from '../domain/booking/ledger.js';
import { LIMITS } from '../domain/booking/policy.js';
import { nextSettlement, settleBefore, type SettleScope } from '../domain/booking/settle.js';
import type { Batch, BatchBounds, Verdict, Waiter } from './batch.js';
import type { Envelope } from './envelope.js';
import { recordedOf, type Ids, type RecordedEvent, type Sealer, type Time } from './ports.js';
import { bookingAsItIs, bookingReceipt, deniedOn, eventAsItIs, eventReceipt, type Placed } from './receipts.js';

export interface DeskPorts {
  readonly sealer: Sealer;
  readonly ids: Ids;
  readonly time: Time;
}

/** How much of the work may go into one batch. */
export interface Portion {
  /** Commands, from the first that waits. */
  readonly commands: number;
  /** Steps of settle: all, or one that then has the batch for itself. */
  readonly settle: 'all' | 'one alone';
}

/**
 * Where the commands of one event are decided, one after another, on a ledger that already holds what was decided
 * before: settle, decide, seal, fold. Nothing here waits, and nothing is told to anybody: it all goes into a batch.
 */
export class Desk {
  readonly ledger: Ledger = initial();
  /** A command wrote: what follows from it is written before the next one is decided. */
  settleOwed = false;
  private correlationId: string | null = null;

  constructor(
    readonly eventId: string,
    private readonly stream: string,
    private readonly ports: DeskPorts,
  ) {}

  /** Whether settle would have something to write now. */
  isDue(): boolean {
    return nextSettlement(this.ledger, this.ports.time.now(), 'everything') !== null;
  }

  /** Folds what somebody wrote, this process included, as read from the log. */
  fold(record: RecordedEvent): void {
    evolve(this.ledger, recordedOf(record));
  }

  /**
   * Decides what waits until the batch is full, the portion is used up, or nothing is left to do. Answers how many of
   * those who wait were decided; each has its verdict in the batch.
   */
  decideInto(batch: Batch, bounds: BatchBounds, waiting: readonly Waiter[], portion: Portion): number {
    const now = this.ports.time.now();
    let decided = 0;
    while (!batch.isFull(bounds)) {
      const next = decided < portion.commands ? waiting[decided] : undefined;
      if (next === undefined && !this.settleOwed) break;
      const scope = next === undefined || this.settleOwed ? 'everything' : settleBefore(next.command, this.ledger);
      if (nextSettlement(this.ledger, now, scope) !== null) {
        const isAlone = portion.settle === 'one alone';
        if (isAlone && batch.writes) break;
        this.settleStep(batch, now, scope);
        if (isAlone) break;
        continue;
      }
      this.settleOwed = false;
      if (next === undefined) break;
      decided += 1;
      try {
        batch.tell(next, this.decideOne(batch, next, now));
      } catch (error) {
        // A bug, and of this command alone: those behind it are decided all the same.
        next.reject(error);
      }
    }
    return decided;
  }

  /** The answer that the recorded facts of one command give. */
  receiptOf(facts: readonly Placed[]): unknown {
    const last = facts.at(-1)!;
    if (isClaimFact(last.event)) return bookingReceipt(this.eventId, last as Placed<ClaimFact>);
    return eventReceipt(this.eventId, facts as Placed<ScheduleFact>[], this.ledger.cancelled?.revision ?? null);
  }

  private decideOne(batch: Batch, { command, envelope }: Waiter, now: number): Verdict {
    const seen = this.ledger.commands.get(envelope.commandId);
    if (seen !== undefined) return { kind: 'replay', revision: seen };
    const decision = decide(command, this.ledger, now);
    if (!decision.accepted) return { kind: 'refused', answer: deniedOn(this.ledger, decision.refusal, now) };
    if (decision.facts.length === 0) return { kind: 'done', receipt: this.receiptAsItIs(command) };
    const placed = this.write(batch, decision.facts, envelope, now);
    this.settleOwed = true;
    this.correlationId = envelope.correlationId;
    return { kind: 'done', receipt: this.receiptOf(placed) };
  }

  /** One step of settle: a bounded number of domain events under a commandId of their own. */
  private settleStep(batch: Batch, now: number, scope: SettleScope): void {
    const commandId = this.ports.ids.next();
    const correlationId = (this.settleOwed ? this.correlationId : null) ?? commandId;
    const requestHash = this.ports.ids.requestHash('settle', { eventId: this.eventId }, {});
    for (let written = 0; written < LIMITS.settleStep; written += 1) {
      const due = nextSettlement(this.ledger, now, scope);
      if (due === null) return;
      const { causationId } = due;
      this.write(batch, [due.fact], { commandId, requestHash, actor: SETTLE, correlationId, causationId }, now);
    }
  }

  private write(batch: Batch, facts: readonly BookingEvent[], envelope: Envelope, now: number): Placed[] {
    const { ledger, stream } = this;
    const occurredAt = Math.max(now, ledger.occurredAt);
    const head = { stream, revision: ledger.revision, hash: ledger.hash };
    // What is copied stands last: the other way round it takes V8 ten times as long.
    const sealed = this.ports.sealer.seal(head, facts, { occurredAt, ...envelope });
    const { commandId, actor } = envelope;
    return sealed.map((record, at) => {
      const { revision, hash } = record;
      const event = facts[at]!;
      batch.write(record, evolve(ledger, { event, revision, commandId, actor, occurredAt, hash }));
      return { event, revision, occurredAt };
    });
  }

  private receiptAsItIs(command: Waiter['command']): unknown {
    if (command.type === 'Settle') return this.ledger.revision;
    const booking = 'bookingId' in command ? presentBooking(this.ledger, command.bookingId) : undefined;
    return booking === undefined ? eventAsItIs(this.eventId, this.ledger) : bookingAsItIs(this.eventId, booking);
  }
}
