import type { BookingCommand, Refusal } from '../../src/domain/booking/commands.js';
import { booking } from '../../src/domain/booking/decide.js';
import { SETTLE, type BookingEvent, type Instant, type Recorded } from '../../src/domain/booking/events.js';
import type { Ledger } from '../../src/domain/booking/ledger.js';
import { nextSettlement, settleBefore, type SettleScope, type Settlement } from '../../src/domain/booking/settle.js';
import type { Decision, Undo } from '../../src/domain/decider.js';

/** One fact as the desk wrote it: by which clock, for what cause, and how to take it back. */
export interface Entry {
  readonly recorded: Recorded;
  readonly now: Instant;
  /** Only on what settle wrote. */
  readonly causationId: string | null;
  readonly undo: Undo;
}

/**
 * The order of work of a stream's mailbox (settle, decide, fold, settle) over the bare domain: no store, no waiting, and
 * hashes and ids that are only told apart. What is true here of rules is true of the service, which adds only transport.
 */
export class Desk {
  readonly ledger: Ledger = booking.initial();
  readonly log: Entry[] = [];
  #commands = 0;

  /** `onFact` is called after every fold; `onAsked` around every pure call, to show that it changed nothing. */
  constructor(
    private readonly onFact: (entry: Entry) => void = () => undefined,
    private readonly asking: <Result>(ask: () => Result) => Result = (ask) => ask(),
  ) {}

  handle(command: BookingCommand, now: Instant): Decision<BookingEvent, Refusal> {
    this.settle(now, settleBefore(command, this.ledger));
    const answer = this.asking(() => booking.decide(command, this.ledger, now));
    if (!answer.accepted) return answer;
    const commandId = this.nextCommandId();
    for (const fact of answer.facts) this.write(fact, now, commandId, 'ann');
    if (answer.facts.length > 0) this.settle(now, 'everything');
    return answer;
  }

  /** Writes all that is due and tells how much that was. The bound stops a settle that would never end. */
  settle(now: Instant, scope: SettleScope): number {
    const { holdsOpen, waitlist, schedule } = this.ledger;
    const bound = holdsOpen + waitlist.length + (schedule?.capacity ?? 0);
    const commandId = `settle-${this.log.length}`;
    for (let written = 0; ; written += 1) {
      const next = this.asking((): Settlement | null => nextSettlement(this.ledger, now, scope));
      if (next === null) return written;
      if (written >= bound) throw new Error(`settle has written ${written} facts and does not end`);
      this.write(next.fact, now, commandId, SETTLE, next.causationId);
    }
  }

  write(event: BookingEvent, now: Instant, commandId: string, actor: string, causationId: string | null = null): void {
    const revision = this.ledger.revision + 1;
    const occurredAt = Math.max(now, this.ledger.occurredAt);
    this.fold({ event, revision, commandId, actor, occurredAt, hash: `${revision} by ${commandId}` }, now, causationId);
  }

  fold(recorded: Recorded, now: Instant, causationId: string | null): void {
    const undo = booking.evolve(this.ledger, recorded);
    const entry = { recorded, now, causationId, undo };
    this.log.push(entry);
    this.onFact(entry);
  }

  /** A UUID of version 5 by its shape: the only ones that the ledger remembers. */
  nextCommandId(): string {
    this.#commands += 1;
    return `00000000-0000-5000-8000-${String(this.#commands).padStart(12, '0')}`;
  }
}
