import type { BookingCommand, Refusal } from '../../src/domain/booking/commands.js';
import type { BookingEvent, Instant } from '../../src/domain/booking/events.js';
import { presentBooking } from '../../src/domain/booking/bookings.js';
import type { Booking, Ledger } from '../../src/domain/booking/ledger.js';
import { Desk } from './desk.js';
import { NOW } from './facts.js';

type Reason = Refusal['reason'];
type Details<R extends Reason> = Omit<Extract<Refusal, { reason: R }>, 'reason'>;
/** Details may only be left out where a refusal has none. */
type Refused = <R extends Reason>(
  reason: R,
  ...details: [keyof Details<R>] extends [never] ? [] : [Details<R>]
) => Afterwards;

/** Every refusal and every type of domain event that a sentence has actually seen come out of the domain. */
export const seen = { refusals: new Set<string>(), events: new Set<string>() };

const unsaid = new Set<object>();

/** How many sentences accepted a command and never said what the second try gives: a mistake in the spec. */
export function forgottenSeconds(): number {
  const forgotten = unsaid.size;
  unsaid.clear();
  return forgotten;
}

/**
 * A sentence about the rules: `given(facts).at(now).when(command).then(facts).secondTime.quiet()`. The facts are folded
 * as they stand; the command then goes the way of every command: settle, decide, fold, settle. `then` names all that
 * was written, in order. What was accepted is sent once more, and the sentence has to say what comes of that.
 */
export const given = (...facts: BookingEvent[]) => ({
  at: (now: Instant) => ({ when: (command: BookingCommand) => when(facts, now, command) }),
});

function when(facts: readonly BookingEvent[], now: Instant, command: BookingCommand) {
  const desk = new Desk();
  for (const [index, fact] of facts.entries()) desk.write(fact, NOW, `given-${index}`, 'ann');
  const answer = command.type === 'Settle' ? settle(desk, now) : desk.handle(command, now);
  const written = desk.log.slice(facts.length).map(({ recorded }) => recorded.event);

  const refused: Refused = (reason, ...[details]) => {
    expect(answer).toEqual({ accepted: false, refusal: { reason, ...details } });
    seen.refusals.add(reason);
    // A "no" changes nothing, so it stays a "no".
    expect(desk.handle(command, now)).toEqual(answer);
    return new Afterwards(desk);
  };
  return {
    refused,
    then(...expected: BookingEvent[]): { readonly secondTime: SecondTime } & Afterwards {
      expect(answer).toMatchObject({ accepted: true });
      expect(written).toEqual(expected);
      for (const { type } of written) seen.events.add(type);
      return Object.assign(new Afterwards(desk), { secondTime: new SecondTime(desk, command, now) });
    },
  };
}

function settle(desk: Desk, now: Instant) {
  desk.settle(now, 'everything');
  return { accepted: true, facts: [] } as const;
}

/** The same command once more, at the same instant, over the ledger that the first one left. */
class SecondTime {
  constructor(
    private readonly desk: Desk,
    private readonly command: BookingCommand,
    private readonly now: Instant,
  ) {
    unsaid.add(this);
  }

  /** Nothing more is written: what was asked for is already so. */
  quiet(): Afterwards {
    return this.writes();
  }

  writes(...expected: BookingEvent[]): Afterwards {
    unsaid.delete(this);
    const before = this.desk.log.length;
    const answer = this.command.type === 'Settle' ? settle(this.desk, this.now) : this.handle();
    expect(answer).toMatchObject({ accepted: true });
    expect(this.desk.log.slice(before).map(({ recorded }) => recorded.event)).toEqual(expected);
    return new Afterwards(this.desk);
  }

  refused: Refused = (reason, ...[details]) => {
    unsaid.delete(this);
    const before = this.desk.log.length;
    expect(this.handle()).toEqual({ accepted: false, refusal: { reason, ...details } });
    expect(this.desk.log).toHaveLength(before);
    seen.refusals.add(reason);
    return new Afterwards(this.desk);
  };

  private handle() {
    return this.desk.handle(this.command, this.now);
  }
}

/** What can be looked at when the commands are done. */
class Afterwards {
  constructor(private readonly desk: Desk) {}

  /** What settle gave as the cause of each fact that it wrote, in order. */
  causes(): (string | null)[] {
    return this.desk.log.flatMap(({ causationId }) => (causationId === null ? [] : [causationId]));
  }

  /** The id of the last command that was not settle's. */
  lastCommandId(): string {
    const last = this.desk.log.findLast(({ causationId }) => causationId === null);
    return last?.recorded.commandId ?? '';
  }

  ledger(): Ledger {
    return this.desk.ledger;
  }

  booking(bookingId: string): Booking | undefined {
    return presentBooking(this.desk.ledger, bookingId);
  }
}
