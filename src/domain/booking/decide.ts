import { accept, refuse, type Decider, type Decision } from '../decider.js';
import type { BookingCommand, CancelBooking, ChangeBooking, ConfirmBooking, ExtendHold, Refusal } from './commands.js';
import { bookPlace, cancelBooking, changeBooking, confirmBooking, extendHold } from './decide-booking.js';
import { cancelEvent, changeEvent, scheduleEvent } from './decide-event.js';
import type { BookingEvent, Instant, Recorded } from './events.js';
import { presentBooking } from './bookings.js';
import { evolve } from './evolve.js';
import { initial, type Booking, type Ledger } from './ledger.js';
import { isUnchanged } from './policy.js';
import { nextSettlement } from './settle.js';

type Answer = Decision<BookingEvent, Refusal>;

/** Everything that happens to the places of one event. */
export const booking: Decider<Ledger, BookingCommand, BookingEvent, Recorded, Refusal> = { initial, decide, evolve };

/** One pure function per command. The caller has settled what was due before, so a hold in the ledger is alive. */
export function decide(command: BookingCommand, ledger: Ledger, now: Instant): Answer {
  if (command.type === 'ScheduleEvent') return scheduleEvent(command, ledger, now);
  const { schedule } = ledger;
  if (schedule === null) return refuse({ reason: 'NotFound' });
  switch (command.type) {
    case 'ChangeEvent':
      return changeEvent(command, ledger, schedule, now);
    case 'CancelEvent':
      return cancelEvent(command, ledger, schedule, now);
    case 'BookPlace':
      return bookPlace(command, ledger, schedule, now);
    case 'ConfirmBooking':
      return onBooking(command, ledger, (found) => confirmBooking(found, ledger, schedule, now));
    case 'ExtendHold':
      return onBooking(command, ledger, (found) => extendHold(command, found, ledger, schedule, now));
    case 'CancelBooking':
      return onBooking(command, ledger, (found) => cancelBooking(command, found, schedule, now));
    case 'ChangeBooking':
      return onBooking(command, ledger, (found) => changeBooking(command, found, ledger, schedule, now));
    case 'Settle':
      return settle(ledger, now);
    default:
      return command satisfies never;
  }
}

/** The next thing due, for a caller that asks settle by itself until there is nothing: a yes without facts. */
function settle(ledger: Ledger, now: Instant): Answer {
  const next = nextSettlement(ledger, now, 'everything');
  return next === null ? accept() : accept(next.fact);
}

/** What comes before every decision about an existing booking: it is there, it is the caller's, it is the one meant. */
function onBooking(
  command: ConfirmBooking | ExtendHold | CancelBooking | ChangeBooking,
  ledger: Ledger,
  decideOn: (found: Booking) => Answer,
): Answer {
  const found = presentBooking(ledger, command.bookingId);
  if (found === undefined || (command.owner !== null && command.owner !== found.userId))
    return refuse({ reason: 'NotFound' });
  if (!isUnchanged(command.ifMatch, found.revision, ledger)) return refuse({ reason: 'PreconditionFailed' });
  return decideOn(found);
}
