import { accept, refuse, type Decider, type Decision } from '../decider.js';
import type {
  BookPlace,
  BookingCommand,
  CancelBooking,
  CancelEvent,
  ChangeBooking,
  ChangeEvent,
  ConfirmBooking,
  ExtendHold,
  IfMatch,
  Refusal,
  ScheduleEvent,
} from './commands.js';
import type { BookingData, BookingEvent, Instant, Recorded, Rules, RulesChange } from './events.js';
import {
  activeBookingOf,
  evolve,
  initial,
  latestBookingOf,
  presentBooking,
  withRules,
  type Booking,
  type HeldBooking,
  type Ledger,
  type Schedule,
} from './ledger.js';
import {
  LIMITS,
  canTake,
  ceilingOf,
  defaultRules,
  defaultWaitlistLimit,
  dueAt,
  freeSeats,
  hasStarted,
  isActive,
  isOnSale,
  salesCloseAt,
  salesHaveClosed,
  salesHaveOpened,
  seatLimit,
  userMayCancel,
} from './policy.js';
import { dataOf, nextSettlement } from './settle.js';

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

function scheduleEvent({ schedule }: ScheduleEvent, ledger: Ledger, now: Instant): Answer {
  if (ledger.schedule !== null) return refuse({ reason: 'EventExists' });
  if (schedule.startsAt <= now) return refuse({ reason: 'StartsInPast' });
  const waitlistLimit = schedule.waitlistLimit ?? defaultWaitlistLimit(schedule.capacity);
  const data = { ...schedule, waitlistLimit };
  const invalid = contradictionIn(data);
  return invalid === null ? accept({ type: 'EventScheduled', data }) : refuse(invalid);
}

function changeEvent(command: ChangeEvent, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  if (command.ifMatch === null) return refuse({ reason: 'PreconditionRequired' });
  if (!matches(command.ifMatch, ledger.settingsRevision, ledger)) return refuse({ reason: 'PreconditionFailed' });

  const facts: BookingEvent[] = [];
  const { title = schedule.title, startsAt = schedule.startsAt, capacity = schedule.capacity } = command;
  const endsAt = command.endsAt === undefined ? schedule.endsAt : (command.endsAt ?? undefined);
  const rules = changedRules(schedule, command.rules, capacity);
  if (title !== schedule.title) facts.push({ type: 'EventRenamed', data: { title } });
  if (startsAt !== schedule.startsAt || endsAt !== schedule.endsAt)
    facts.push({ type: 'EventRescheduled', data: { startsAt, ...(endsAt === undefined ? {} : { endsAt }) } });
  if (capacity !== schedule.capacity) facts.push({ type: 'CapacityChanged', data: { capacity } });
  if (Object.keys(rules).length > 0) facts.push({ type: 'EventRulesChanged', data: rules });

  if (facts.some(({ type }) => type !== 'EventRenamed')) {
    if (ledger.cancelled !== null) return refuse({ reason: 'EventCancelled' });
    if (hasStarted(schedule, now)) return refuse({ reason: 'EventStarted' });
  }
  if (startsAt !== schedule.startsAt && startsAt <= now) return refuse({ reason: 'StartsInPast' });
  const { endsAt: _before, ...kept } = schedule;
  const invalid = contradictionIn(withRules({ ...kept, startsAt, ...(endsAt === undefined ? {} : { endsAt }) }, rules));
  if (invalid !== null) return refuse(invalid);
  if (capacity < ledger.seatsTaken) return refuse({ reason: 'CapacityBelowTaken', taken: ledger.seatsTaken });
  return accept(...facts);
}

function cancelEvent(command: CancelEvent, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  if (!matches(command.ifMatch, ledger.settingsRevision, ledger)) return refuse({ reason: 'PreconditionFailed' });
  if (ledger.cancelled !== null) return accept();
  if (hasStarted(schedule, now)) return refuse({ reason: 'EventStarted' });
  const data = command.reason === undefined ? {} : { reason: command.reason };
  return accept({ type: 'EventCancelled', data });
}

function bookPlace(command: BookPlace, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  const closed = whyNotOnSale(ledger, schedule, now);
  if (closed !== null) return refuse(closed);
  const { bookingId, userId, seats, reference } = command;
  if (seats > seatLimit(schedule)) return refuse({ reason: 'TooManySeats', max: seatLimit(schedule) });
  const active = activeBookingOf(ledger, userId);
  if (active !== undefined) return refuse({ reason: 'AlreadyBooked', bookingId: active.bookingId });
  const ordinal = latestBookingOf(ledger, userId)?.ordinal ?? 0;
  if (ordinal >= LIMITS.bookingsPerUser) return refuse({ reason: 'TooManyBookings' });

  const createdAt = Math.max(now, ledger.occurredAt);
  const asked = {
    bookingId,
    userId,
    seats,
    ...(reference === undefined ? {} : { reference }),
    offer: false,
    createdAt,
  };
  if (!canTake(ledger, seats)) {
    if (!command.waitlist) return refuse(soldOut(ledger, seats));
    if (ledger.waitlist.length >= schedule.waitlistLimit) return refuse({ reason: 'WaitlistFull' });
    return accept({ type: 'BookingWaitlisted', data: { ...asked, status: 'waitlisted' } });
  }
  if (!command.hold) return accept({ type: 'BookingConfirmed', data: { ...asked, status: 'confirmed' } });
  const holdMs = (command.holdSeconds ?? schedule.holdSeconds) * 1_000;
  const expiresAt = dueAt(schedule, now + holdMs);
  const ceilingAt = now + LIMITS.holdCeilingMs;
  return accept({ type: 'BookingHeld', data: { ...asked, status: 'held', expiresAt, ceilingAt } });
}

function confirmBooking(found: Booking, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  switch (found.status) {
    case 'confirmed':
      return accept();
    case 'waitlisted':
      return refuse({ reason: 'NotHeld' });
    case 'cancelled':
      return refuse({ reason: ledger.cancelled === null ? 'BookingEnded' : 'EventCancelled' });
    case 'held':
      if (now >= found.expiresAt) return refuse({ reason: 'HoldLapsed' });
      break;
    case 'expired': {
      const other = activeBookingOf(ledger, found.userId);
      if (other !== undefined) return refuse({ reason: 'AlreadyBooked', bookingId: other.bookingId });
      if (!canBeTakenAgain(found, ledger, schedule, now)) return refuse({ reason: 'HoldLapsed' });
      break;
    }
    default:
      return found satisfies never;
  }
  return accept({ type: 'BookingConfirmed', data: { ...dataOf(found), status: 'confirmed' } });
}

/** A late confirm takes the places again as a newcomer would; a lapsed offer has gone to the next in line. */
function canBeTakenAgain(lapsed: Booking, ledger: Ledger, schedule: Schedule, now: Instant): boolean {
  return ledger.cancelled === null && !lapsed.offer && isOnSale(schedule, now) && canTake(ledger, lapsed.seats);
}

function extendHold(command: ExtendHold, found: Booking, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  switch (found.status) {
    case 'waitlisted':
    case 'confirmed':
      return refuse({ reason: 'NotHeld' });
    case 'cancelled':
      return refuse({ reason: ledger.cancelled === null ? 'BookingEnded' : 'EventCancelled' });
    case 'expired':
      return refuse({ reason: 'HoldLapsed' });
    case 'held':
      return extend(command, found, schedule, now);
    default:
      return found satisfies never;
  }
}

function extend({ seconds }: ExtendHold, held: HeldBooking, schedule: Schedule, now: Instant): Answer {
  if (now >= held.expiresAt) return refuse({ reason: 'HoldLapsed' });
  if (held.ceilingAt === null || held.extensions >= LIMITS.extensionsPerHold)
    return refuse({ reason: 'NotExtendable' });
  const ceilingAt = ceilingOf(schedule, held.ceilingAt);
  const expiresAt = Math.min(now + seconds * 1_000, ceilingAt);
  if (expiresAt <= held.expiresAt) return refuse({ reason: 'HoldCeiling', ceilingAt });
  return accept({ type: 'HoldExtended', data: { ...dataOf(held), expiresAt, ceilingAt: held.ceilingAt } });
}

function cancelBooking(command: CancelBooking, found: Booking, schedule: Schedule, now: Instant): Answer {
  if (!isActive(found)) return accept();
  if (command.owner !== null && !userMayCancel(schedule, now)) return refuse({ reason: 'CancellationClosed' });
  const reason = command.reason === undefined ? {} : { reason: command.reason };
  return accept({ type: 'BookingCancelled', data: { ...dataOf(found), status: 'cancelled', ...reason } });
}

function changeBooking(
  command: ChangeBooking,
  found: Booking,
  ledger: Ledger,
  schedule: Schedule,
  now: Instant,
): Answer {
  if (!isActive(found)) return refuse({ reason: ledger.cancelled === null ? 'BookingEnded' : 'EventCancelled' });
  const { seats = found.seats } = command;
  const reference = command.reference === undefined ? found.reference : command.reference;
  const facts: BookingEvent[] = [];
  let data = withDeadline(found);
  if (seats !== found.seats) {
    const no = whyNotSeats(seats, found, ledger, schedule, now);
    if (no !== null) return refuse(no);
    data = { ...data, seats };
    facts.push({ type: 'BookingSeatsChanged', data });
  }
  if (reference !== found.reference) {
    const { reference: _before, ...rest } = data;
    data = reference === null ? rest : { ...rest, reference };
    facts.push({ type: 'BookingReferenceChanged', data });
  }
  if (found.changes + facts.length > LIMITS.changesPerBooking) return refuse({ reason: 'TooManyChanges' });
  return accept(...facts);
}

/** Fewer places are always possible. More are a booking of their own: on sale, free, and nobody waiting. */
function whyNotSeats(seats: number, found: Booking, ledger: Ledger, schedule: Schedule, now: Instant): Refusal | null {
  const more = seats - found.seats;
  if (more < 0) return null;
  if (found.status === 'waitlisted') return { reason: 'WaitlistedOnlyShrinks' };
  const closed = whyNotOnSale(ledger, schedule, now);
  if (closed !== null) return closed;
  if (seats > seatLimit(schedule)) return { reason: 'TooManySeats', max: seatLimit(schedule) };
  return canTake(ledger, more) ? null : soldOut(ledger, more);
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
  if (!matches(command.ifMatch, found.revision, ledger)) return refuse({ reason: 'PreconditionFailed' });
  return decideOn(found);
}

/** The caller's copy is still good when nothing of this resource was written after it. */
function matches(ifMatch: IfMatch, lastChange: number, ledger: Ledger): boolean {
  if (ifMatch === null || ifMatch === 'exists') return true;
  return lastChange <= ifMatch.revision && ifMatch.revision <= ledger.revision;
}

function whyNotOnSale(ledger: Ledger, schedule: Schedule, now: Instant): Refusal | null {
  if (ledger.cancelled !== null) return { reason: 'EventCancelled' };
  if (hasStarted(schedule, now)) return { reason: 'EventStarted' };
  if (!salesHaveOpened(schedule, now)) return { reason: 'SalesNotOpen', salesOpenAt: schedule.salesOpenAt ?? now };
  return salesHaveClosed(schedule, now) ? { reason: 'SalesClosed' } : null;
}

const soldOut = (ledger: Ledger, requested: number): Refusal => ({
  reason: 'SoldOut',
  requested,
  free: freeSeats(ledger),
  waiting: ledger.waitlist.length,
});

const withDeadline = (found: Booking): BookingData =>
  found.status === 'held' ? { ...dataOf(found), expiresAt: found.expiresAt } : dataOf(found);

/** Null clears a rule; one that always has a value goes back to its default, or folding would leave it without any. */
function changedRules(schedule: Schedule, asked: RulesChange, capacity: number): RulesChange {
  const defaults: RulesChange = defaultRules(capacity);
  const entries = (Object.entries(asked) as [keyof Rules, number | null | undefined][])
    .filter(([, value]) => value !== undefined)
    .map(([rule, value]) => [rule, value ?? defaults[rule] ?? null] as const);
  return Object.fromEntries(entries.filter(([rule, value]) => value !== (schedule[rule] ?? null)));
}

/** Settings that cannot be true together, named by the field that a caller would mend. */
function contradictionIn(schedule: Schedule): Refusal | null {
  const { startsAt, endsAt, salesOpenAt } = schedule;
  if (endsAt !== undefined && endsAt <= startsAt)
    return { reason: 'InvalidSettings', pointer: '/endsAt', expected: 'an instant after startsAt' };
  if (salesOpenAt !== undefined && salesOpenAt >= salesCloseAt(schedule))
    return {
      reason: 'InvalidSettings',
      pointer: '/salesOpenAt',
      expected: 'an instant before salesCloseAt and startsAt',
    };
  return null;
}
