import { isUserCommand, mayBeQuiet, seatsOf, userOf, type Call } from './calls.js';
import { isActive, type Ledger, type Settings, type Standing } from './ledger.js';
import { digestOf } from './names.js';
import type { Span } from './order.js';

/** A no that the house's rules give. Not certain: it depends on what time it was. */
export interface No {
  readonly code: string;
  readonly certain: boolean;
  readonly members?: Readonly<Record<string, unknown>>;
}

type Nos = Generator<No, void>;

const BOOKINGS_PER_USER = 50;
const CHANGES_PER_BOOKING = 50;
const EXTENSIONS_PER_HOLD = 50;

/** The ledger after so many facts, asked within a span of time by the wall clock. */
export interface Moment {
  readonly ledger: Ledger;
  readonly facts: number;
  readonly now: Span;
}

/**
 * The sequential machine's answers: every refusal that the call may get at that moment, in the order in which the rules
 * are looked at. The first certain one ends it; without any certain one the call may be accepted.
 */
export function* refusals(call: Call, moment: Moment): Nos {
  const { operation } = call.invoke;
  const { settings } = moment.ledger.prefix(moment.facts);
  if (operation === 'schedule') return yield* schedule(call, settings, moment.now);
  if (settings === null) return yield sure('not-found');
  if (operation === 'book') return yield* book(call, settings, moment);
  if (operation.endsWith('-event')) return yield* changeEvent(call, settings, moment);
  yield* onBooking(call, settings, moment);
}

/** Whether a call that is accepted then has nothing to do, and what it is told as revision and status. */
export function quietAnswer(call: Call, { ledger, facts }: Moment): { revision: number; status: string } | null {
  const { invoke } = call;
  const { settings, cancelled, settingsRevision } = ledger.prefix(facts);
  if (settings === null || !mayBeQuiet(call)) return null;
  const { operation, body, bookingId = '' } = invoke;
  if (operation === 'cancel-event' || operation === 'change-event') {
    const status = cancelled === null ? 'scheduled' : 'cancelled';
    const isDone = operation === 'cancel-event' ? cancelled !== null : changesOf(call, settings).length === 0;
    return isDone ? { revision: settingsRevision, status } : null;
  }
  const found = ledger.standing(bookingId, facts);
  if (found === undefined) return null;
  const { status, seats, reference, revision } = found;
  const isSo =
    operation === 'confirm'
      ? status === 'confirmed'
      : operation === 'cancel'
        ? !isActive(status)
        : (body['seats'] ?? seats) === seats && (body['reference'] === undefined || body['reference'] === reference);
  return isSo ? { revision, status } : null;
}

/** What a booking can be given then: first come, first served. */
export function canTake({ ledger, facts }: Moment, seats: number): boolean {
  const { settings, taken, waiting } = ledger.prefix(facts);
  return settings !== null && waiting === 0 && seats <= settings.capacity - taken;
}

const sure = (code: string, members?: No['members']): No => ({ code, certain: true, ...(members && { members }) });

/** A no from an instant on. */
function* from(instant: number, now: Span, code: string): Nos {
  if (now.to >= instant) yield { code, certain: now.from >= instant };
}

/** A no until an instant. */
function* until(instant: number, now: Span, code: string, members: No['members']): Nos {
  if (now.from < instant) yield { code, certain: now.to < instant, ...(members && { members }) };
}

function* schedule({ invoke }: Call, settings: Settings | null, now: Span): Nos {
  if (settings !== null) return yield sure('event-exists');
  yield* from(Date.parse(String(invoke.body['startsAt'])), now, 'starts-in-past');
}

function* notOnSale(settings: Settings, { ledger, facts, now }: Moment): Nos {
  const { cancelled, startsAt, salesEnd } = ledger.prefix(facts);
  if (cancelled !== null) return yield sure('event-cancelled');
  yield* from(startsAt, now, 'event-started');
  const { salesOpenAt } = settings;
  if (salesOpenAt !== undefined) yield* until(Date.parse(salesOpenAt), now, 'sales-not-open', { salesOpenAt });
  yield* from(salesEnd, now, 'sales-closed');
}

function* soldOut(requested: number, settings: Settings, moment: Moment): Nos {
  const { taken, waiting } = moment.ledger.prefix(moment.facts);
  if (!canTake(moment, requested)) yield sure('sold-out', { requested, free: settings.capacity - taken, waiting });
}

function* book(call: Call, settings: Settings, moment: Moment): Nos {
  const { ledger, facts } = moment;
  const seats = seatsOf(call);
  yield* notOnSale(settings, moment);
  yield* tooManySeats(seats, settings);
  const active = ledger.activeOf(userOf(call), facts);
  if (active !== undefined) return yield sure('already-booked', { bookingId: active });
  if (ledger.begunBy(userOf(call), facts).length >= BOOKINGS_PER_USER) return yield sure('too-many-bookings');
  if (call.invoke.body['waitlist'] !== true) return yield* soldOut(seats, settings, moment);
  const { waiting } = ledger.prefix(facts);
  if (!canTake(moment, seats) && waiting >= settings.waitlistLimit) yield sure('waitlist-full');
}

function* tooManySeats(seats: number, { maxSeatsPerBooking, capacity }: Settings): Nos {
  const max = Math.min(maxSeatsPerBooking, capacity);
  if (seats > max) yield sure('too-many-seats', { max });
}

function* onBooking(call: Call, settings: Settings, moment: Moment): Nos {
  const { invoke } = call;
  const { ledger, facts } = moment;
  const found = ledger.standing(invoke.bookingId ?? '', facts);
  if (found === undefined || (isUserCommand(call) && found.userId !== invoke.user)) return yield sure('not-found');
  if (hasChanged(invoke.ifMatch, invoke.bookingId!, found.revision, facts)) return yield sure('precondition-failed');
  if (invoke.operation === 'confirm') return yield* confirm(invoke.bookingId!, found, settings, moment);
  if (invoke.operation === 'extend') return yield* extend(call, found, moment);
  if (invoke.operation === 'cancel') return yield* cancel(call, found, settings, moment);
  yield* changeBooking(call, found, settings, moment);
}

const endedCode = ({ ledger, facts }: Moment): string =>
  ledger.prefix(facts).cancelled === null ? 'booking-ended' : 'event-cancelled';

function* confirm(bookingId: string, found: Standing, settings: Settings, moment: Moment): Nos {
  const { ledger, facts, now } = moment;
  const { salesEnd, waiting } = ledger.prefix(facts);
  switch (found.status) {
    case 'confirmed':
      return;
    case 'waitlisted':
      return yield sure('not-held');
    case 'cancelled':
      return yield sure(endedCode(moment));
    case 'held': {
      // Due, and not yet written so. Its places are its own, so only these can keep it from having them again.
      const isLost = found.offer || waiting > 0 || now.to >= salesEnd;
      if (isLost) yield* from(Math.min(found.expiresAt, salesEnd), now, 'hold-lapsed');
      return;
    }
    default: {
      const other = ledger.activeOf(found.userId, facts, bookingId);
      if (other !== undefined) return yield sure('already-booked', { bookingId: other });
      if (found.offer || !canTake(moment, found.seats)) return yield sure('hold-lapsed');
      for (const { certain } of notOnSale(settings, moment)) yield { code: 'hold-lapsed', certain };
    }
  }
}

function* extend({ invoke }: Call, found: Standing, moment: Moment): Nos {
  const { ledger, facts, now } = moment;
  if (found.status === 'waitlisted' || found.status === 'confirmed') return yield sure('not-held');
  if (found.status === 'cancelled') return yield sure(endedCode(moment));
  if (found.status === 'expired') return yield sure('hold-lapsed');
  const { salesEnd } = ledger.prefix(facts);
  const expiresAt = Math.min(found.expiresAt, salesEnd);
  yield* from(expiresAt, now, 'hold-lapsed');
  if (found.ceilingAt === null || found.extensions >= EXTENSIONS_PER_HOLD) return yield sure('not-extendable');
  const ceilingAt = Math.min(found.ceilingAt, salesEnd);
  const members = { ceilingAt: new Date(ceilingAt).toISOString() };
  if (ceilingAt <= expiresAt) return yield sure('hold-ceiling', members);
  // Asked for less than it has already: it stays as it is.
  const longer = expiresAt - Number(invoke.body['seconds']) * 1_000;
  if (now.from <= longer) yield { code: 'hold-ceiling', certain: now.to <= longer, members };
}

function* cancel(call: Call, found: Standing, settings: Settings, { ledger, facts, now }: Moment): Nos {
  if (!isActive(found.status) || !isUserCommand(call)) return;
  const { cancelUntil } = settings;
  const closed = cancelUntil === undefined ? ledger.prefix(facts).startsAt : Date.parse(cancelUntil);
  yield* from(closed, now, 'cancellation-closed');
}

function* changeBooking({ invoke }: Call, found: Standing, settings: Settings, moment: Moment): Nos {
  if (!isActive(found.status)) return yield sure(endedCode(moment));
  const { seats = found.seats, reference = found.reference } = invoke.body as {
    seats?: number;
    reference?: string | null;
  };
  const more = seats - found.seats;
  if (more > 0) {
    if (found.status === 'waitlisted') return yield sure('waitlisted-only-shrinks');
    yield* notOnSale(settings, moment);
    yield* tooManySeats(seats, settings);
    yield* soldOut(more, settings, moment);
  }
  const changes = found.changes + Number(more !== 0) + Number(reference !== found.reference);
  if (changes > CHANGES_PER_BOOKING) yield sure('too-many-changes');
}

function* changeEvent(call: Call, settings: Settings, { ledger, facts, now }: Moment): Nos {
  const { operation, body, eventId, ifMatch } = call.invoke;
  const { settingsRevision, cancelled, startsAt, taken } = ledger.prefix(facts);
  if (operation === 'change-event' && ifMatch === undefined) return yield sure('precondition-required');
  if (hasChanged(ifMatch, eventId, settingsRevision, facts)) return yield sure('precondition-failed');
  if (operation === 'cancel-event') {
    if (cancelled === null) yield* from(startsAt, now, 'event-started');
    return;
  }
  const changes = changesOf(call, settings);
  if (changes.some((name) => name !== 'title')) {
    if (cancelled !== null) return yield sure('event-cancelled');
    yield* from(startsAt, now, 'event-started');
  }
  if (changes.includes('startsAt')) yield* from(Date.parse(String(body['startsAt'])), now, 'starts-in-past');
  const { capacity = settings.capacity } = body as { capacity?: number };
  if (capacity < taken) yield sure('capacity-below-taken', { taken });
}

const DEFAULTS: Readonly<Record<string, number>> = { holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10 };

/** The settings that the call wants otherwise than they are. */
function changesOf({ invoke }: Call, settings: Settings): string[] {
  const capacity = (invoke.body['capacity'] as number | undefined) ?? settings.capacity;
  return Object.entries(invoke.body).flatMap(([name, sent]) => {
    const wanted = sent ?? (name === 'waitlistLimit' ? Math.min(capacity, 10_000) : (DEFAULTS[name] ?? null));
    const present = (settings as unknown as Record<string, unknown>)[name] ?? null;
    return comparable(name, wanted) === comparable(name, present) ? [] : [name];
  });
}

const INSTANTS: readonly string[] = ['startsAt', 'endsAt', 'salesOpenAt', 'salesCloseAt', 'cancelUntil'];

const comparable = (name: string, value: unknown): unknown =>
  INSTANTS.includes(name) && typeof value === 'string' ? Date.parse(value) : value;

/** Whether the copy that the caller holds is out of date, or no copy of this resource at all. */
function hasChanged(ifMatch: string | undefined, resource: string, lastChange: number, facts: number): boolean {
  if (ifMatch === undefined || ifMatch === '*') return false;
  const tag = /^"(\d+)-([0-9a-f]{6})"$/.exec(ifMatch);
  if (tag?.[2] !== digestOf(resource).slice(0, 6)) return true;
  const revision = Number(tag[1]);
  return revision < lastChange || revision >= facts;
}
