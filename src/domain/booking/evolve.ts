import type { Undo } from '../decider.js';
import { latestBookingOf } from './bookings.js';
import { SETTLE, isClaimFact, type ClaimFact, type Recorded, type RulesChange, type ScheduleFact } from './events.js';
import * as holds from './holds.js';
import type { Booking, Claim, HeldBooking, Ledger, Schedule } from './ledger.js';
import { freeSeats, isActive, isMadeFromKey, seatsTakenBy } from './policy.js';
import { noteTaken } from './taker.js';
import * as line from './waitlist.js';

/** Folds one fact in place. Total: history is never refused. */
export function evolve(ledger: Ledger, recorded: Recorded): Undo {
  const { revision, hash, occurredAt, cause } = ledger;
  const { event, commandId } = recorded;
  const free = freeSeats(ledger);
  const undoEvent = isClaimFact(event) ? foldClaim(ledger, event, recorded) : foldSchedule(ledger, event, recorded);
  const left = freeSeats(ledger);
  const undoTaken = left < free ? noteTaken(ledger.takers, free, left, recorded.revision) : NOTHING_TO_UNDO;

  const remembered = isMadeFromKey(commandId) && !ledger.commands.has(commandId);
  if (remembered) ledger.commands.set(commandId, recorded.revision);
  ledger.revision = recorded.revision;
  ledger.hash = recorded.hash;
  ledger.occurredAt = recorded.occurredAt;
  if (recorded.actor !== SETTLE || event.type === 'HoldExpired') ledger.cause = commandId;

  return () => {
    if (remembered) ledger.commands.delete(commandId);
    Object.assign(ledger, { revision, hash, occurredAt, cause });
    undoTaken();
    undoEvent();
  };
}

function foldClaim(ledger: Ledger, event: ClaimFact, recorded: Recorded): Undo {
  const { bookingId, userId } = event.data;
  const before = ledger.bookings.get(bookingId);
  const latest = ledger.latestOf.get(userId);
  const { seatsTaken, seatsHeld, holdsOpen } = ledger;
  const after = bookingAfter(event, recorded, before, latestBookingOf(ledger, userId)?.ordinal ?? 0);

  ledger.bookings.set(bookingId, after);
  if (isActive(after)) ledger.latestOf.set(userId, bookingId);
  ledger.seatsTaken += seatsTakenBy(after) - seatsTakenBy(before);
  ledger.seatsHeld += heldSeats(after) - heldSeats(before);
  ledger.holdsOpen += Number(after.status === 'held') - Number(before?.status === 'held');
  const undoLine = foldLine(ledger.waitlist, before, after);
  if (after.status === 'held') addDeadline(ledger, after);
  dropStaleDeadlines(ledger);

  return () => {
    undoLine();
    Object.assign(ledger, { seatsTaken, seatsHeld, holdsOpen });
    if (latest === undefined) ledger.latestOf.delete(userId);
    else ledger.latestOf.set(userId, latest);
    if (before === undefined) ledger.bookings.delete(bookingId);
    else ledger.bookings.set(bookingId, before);
    if (before?.status === 'held') addDeadline(ledger, before);
    dropStaleDeadlines(ledger);
  };
}

/** The booking that the fact describes; what the fact does not say (counts) goes on from before. */
function bookingAfter(event: ClaimFact, recorded: Recorded, before: Booking | undefined, bookings: number): Booking {
  const { data } = event;
  const changed = event.type === 'BookingSeatsChanged' || event.type === 'BookingReferenceChanged';
  const claim: Claim = {
    bookingId: data.bookingId,
    userId: data.userId,
    seats: data.seats,
    reference: data.reference ?? null,
    offer: data.offer,
    createdAt: data.createdAt,
    updatedAt: recorded.occurredAt,
    revision: recorded.revision,
    // A late confirm brings back an earlier booking: the user's count must not fall with it.
    ordinal: before === undefined ? bookings + 1 : Math.max(before.ordinal, bookings),
    changes: (before?.changes ?? 0) + Number(changed),
  };
  switch (data.status) {
    case 'waitlisted':
    case 'confirmed':
      return Object.assign(claim, { status: data.status });
    case 'held': {
      const held = before?.status === 'held' ? before : undefined;
      const ceilingAt = 'ceilingAt' in event.data ? (event.data.ceilingAt ?? null) : (held?.ceilingAt ?? null);
      const extensions = (held?.extensions ?? 0) + Number(event.type === 'HoldExtended');
      const expiresAt = data.expiresAt ?? recorded.occurredAt;
      return Object.assign(claim, { status: 'held' as const, expiresAt, ceilingAt, extensions });
    }
    case 'cancelled':
    case 'expired': {
      const reason = event.type === 'BookingCancelled' ? event.data.reason : undefined;
      return Object.assign(claim, { status: data.status, endedReason: reason ?? data.status });
    }
    default:
      return data.status satisfies never;
  }
}

function foldLine(waitlist: line.Waitlist, before: Booking | undefined, after: Booking): Undo {
  const stood = before?.status === 'waitlisted';
  const stands = after.status === 'waitlisted';
  if (stood && !stands) return line.leave(waitlist, after.bookingId);
  if (!stood && stands) return line.join(waitlist, after.bookingId, after.seats);
  if (stood && stands && before.seats !== after.seats) return line.resize(waitlist, after.bookingId, after.seats);
  return NOTHING_TO_UNDO;
}

const NOTHING_TO_UNDO: Undo = () => undefined;

function foldSchedule(ledger: Ledger, event: ScheduleFact, recorded: Recorded): Undo {
  const { schedule, settingsRevision, cancelled, seatsTaken, seatsHeld, holdsOpen, waitlist, deadlines } = ledger;
  ledger.settingsRevision = recorded.revision;
  if (event.type === 'EventCancelled') {
    ledger.cancelled = { revision: recorded.revision, at: recorded.occurredAt };
    Object.assign(ledger, { seatsTaken: 0, seatsHeld: 0, holdsOpen: 0 });
    ledger.waitlist = line.emptyWaitlist();
    ledger.deadlines = [];
  } else {
    ledger.schedule = scheduleAfter(schedule, event);
  }
  return () => {
    Object.assign(ledger, { schedule, settingsRevision, cancelled, seatsTaken, seatsHeld, holdsOpen });
    Object.assign(ledger, { waitlist, deadlines });
  };
}

function scheduleAfter(before: Schedule | null, event: Exclude<ScheduleFact, { type: 'EventCancelled' }>): Schedule {
  if (event.type === 'EventScheduled') return event.data;
  if (before === null) throw new Error(`${event.type} stands before EventScheduled: not a booking stream`);
  switch (event.type) {
    case 'EventRenamed':
    case 'CapacityChanged':
      return { ...before, ...event.data };
    case 'EventRescheduled': {
      const { endsAt: _ended, ...rest } = before;
      return { ...rest, ...event.data };
    }
    case 'EventRulesChanged':
      return withRules(before, event.data);
    default:
      return event satisfies never;
  }
}

/** The schedule with some rules changed; a rule set to null is no longer there. */
export function withRules(schedule: Schedule, change: RulesChange): Schedule {
  const entries = Object.entries({ ...schedule, ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as unknown as Schedule;
}

const heldSeats = (booking: Booking | undefined): number => (booking?.status === 'held' ? booking.seats : 0);

function addDeadline(ledger: Ledger, { bookingId, expiresAt, revision }: HeldBooking): void {
  holds.add(ledger.deadlines, { bookingId, expiresAt, revision });
}

function dropStaleDeadlines(ledger: Ledger): void {
  if (ledger.deadlines.length === 0) return;
  // Both are compared: every fact moves the revision, and an undone one leaves it to another end of the same hold.
  const isCurrent = ({ bookingId, expiresAt, revision }: holds.Deadline): boolean => {
    const booking = ledger.bookings.get(bookingId);
    return booking?.status === 'held' && booking.expiresAt === expiresAt && booking.revision === revision;
  };
  holds.dropStale(ledger.deadlines, isCurrent, ledger.holdsOpen);
}
