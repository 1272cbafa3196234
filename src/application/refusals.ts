import type { BookingCommand, Refusal } from '../domain/booking/commands.js';
import type { Ledger } from '../domain/booking/ledger.js';
import type { Envelope } from './envelope.js';
import type { NotedRefusal, RefusalLog } from './ports.js';
import type { Denied } from './receipts.js';

/** What each refusal is called outside: the code of the problem that answers it. */
const CODES: Readonly<Record<Refusal['reason'], string>> = {
  NotFound: 'not-found',
  PreconditionFailed: 'precondition-failed',
  PreconditionRequired: 'precondition-required',
  KeyReused: 'key-reused',
  InvalidSettings: 'validation-failed',
  SoldOut: 'sold-out',
  AlreadyBooked: 'already-booked',
  HoldLapsed: 'hold-lapsed',
  NotHeld: 'not-held',
  BookingEnded: 'booking-ended',
  HoldCeiling: 'hold-ceiling',
  TooManySeats: 'too-many-seats',
  TooManyBookings: 'too-many-bookings',
  TooManyHolds: 'too-many-holds',
  TooManyChanges: 'too-many-changes',
  EventStarted: 'event-started',
  EventCancelled: 'event-cancelled',
  EventExists: 'event-exists',
  StartsInPast: 'starts-in-past',
  SalesNotOpen: 'sales-not-open',
  SalesClosed: 'sales-closed',
  CancellationClosed: 'cancellation-closed',
  CapacityBelowTaken: 'capacity-below-taken',
  WaitlistFull: 'waitlist-full',
  WaitlistedOnlyShrinks: 'waitlisted-only-shrinks',
  NotExtendable: 'not-extendable',
};

/** Stands for refusals that were given but not kept. */
export const NOT_KEPT = 'not-kept';

/** What a refusal is called outside. */
export const codeOf = ({ reason }: Pick<Refusal, 'reason'>): string => CODES[reason];

/** The code of every refusal that there is. */
export const CODES_GIVEN: readonly string[] = Object.values(CODES);

/** What can be asked for. */
export const REFUSAL_CODES: readonly string[] = [...CODES_GIVEN, NOT_KEPT];

/** Keeps no refusals. */
export const FORGETFUL: RefusalLog = { note: () => undefined };

/** Has a refusal kept. One about an event that does not exist is not: whoever guesses ids would fill the tables. */
export function noteRefusal(
  log: RefusalLog,
  eventId: string,
  command: BookingCommand,
  envelope: Envelope,
  denied: Denied,
  { bookings }: Ledger,
): void {
  if (denied.revision < 0) return;
  const { refusal, revision, takenAt, decidedAt: refusedAt } = denied;
  const { actor, commandId, correlationId } = envelope;
  const isNew = command.type === 'BookPlace';
  const bookingId = !isNew && 'bookingId' in command ? command.bookingId : null;
  const noted: NotedRefusal = {
    eventId,
    userId: isNew ? command.userId : whose(command, bookings, actor),
    ...{ actor, command: command.type, bookingId, code: codeOf(refusal) },
    requested: 'requested' in refusal ? refusal.requested : 'seats' in command ? (command.seats ?? null) : null,
    free: 'free' in refusal ? refusal.free : null,
    waiting: 'waiting' in refusal ? refusal.waiting : null,
    ...{ revision, takenAt, refusedAt, commandId, correlationId },
  };
  log.note(noted);
}

/** The box office may ask about anybody's booking: it concerns whose it is. */
function whose(command: BookingCommand, bookings: Ledger['bookings'], actor: string): string {
  if (!('owner' in command)) return actor;
  return command.owner ?? bookings.get(command.bookingId)?.userId ?? actor;
}
