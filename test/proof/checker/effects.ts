import { couldCause, type Call, type Calls, type Request } from './calls.js';
import { isActive, textOf, type Fact, type Ledger } from './ledger.js';
import { decidedAt, type Order } from './order.js';
import { canTake, refusals, type Moment } from './rules.js';
import { faultOfClaim, faultOfSettlement } from './settlements.js';
import type { Violations } from './violations.js';

const SETTLE = 'system:settle';
/** Only these write more than one fact under one commandId: at most one of each kind, side by side. */
const MANY: readonly string[] = ['change-event', 'change-booking'];

/**
 * Follows the log record by record and asks of each: who asked for it (I3, I4, I11), would the sequential machine have
 * written it there (I7), and are the books right after it (I2, I3)? Leaves behind which request each record belongs to
 * and when it can have been asked for.
 */
export class Effects {
  /** By event and revision: the first whose yes was no replay. It wrote that record, if the record is its own. */
  private readonly writers = new Map<string, Call>();
  private readonly taken = new Set<Call>();

  constructor(
    private readonly calls: Calls,
    private readonly violations: Violations,
  ) {
    for (const call of calls.all) {
      const { invoke, end } = call;
      const name = `${invoke.eventId}@${String(end?.body['revision'])}`;
      if (end?.kind === 'ok' && !end.replayed && !this.writers.has(name)) this.writers.set(name, call);
    }
  }

  /** Before the record is folded. */
  judge(fact: Fact, ledger: Ledger, order: Order): void {
    const { eventId } = fact;
    const name = `${fact.type}@${fact.revision}`;
    const torn = faultOfClaim(fact, ledger);
    if (torn !== null) this.violations.add('I7', eventId, `${name}: ${torn}`);
    if (fact.actor === SETTLE) {
      const fault = faultOfSettlement(fact, ledger);
      if (fault !== null) this.violations.add(fault.invariant, eventId, `${name}: ${fault.what}`);
      return;
    }
    const request = this.requestOf(fact);
    const causes = request?.calls.filter((call) => couldCause(call, fact)) ?? [];
    if (request === null || causes.length === 0) {
      this.violations.add('I4', eventId, `${name}: nobody asked for it`);
      return;
    }
    const isFirst = request.effects.length === 0;
    if (!isFirst && !mayFollow(fact, request, causes[0]!))
      this.violations.add('I3', eventId, `${name} is a second effect of one key`, causes[0]!.invoke.call);
    request.effects.push(fact);
    const writer = this.writers.get(`${eventId}@${fact.revision}`);
    const able = causes.filter((call) => mayHaveWritten(call, fact));
    if (able.length === 0)
      this.violations.add(
        'I11',
        eventId,
        `${name}: who asked for it was told that nothing was`,
        causes[0]!.invoke.call,
      );
    const cause = writer !== undefined && able.includes(writer) ? writer : (able[0] ?? causes[0]!);
    order.asked(fact, cause.from);
    if (isFirst) this.expectAllowed(fact, cause, ledger);
  }

  /** After the record has been folded. */
  expectBooks(fact: Fact, ledger: Ledger): void {
    const { eventId, revision, type, data } = fact;
    const { settings, taken } = ledger.prefix(ledger.length);
    const capacity = settings?.capacity ?? 0;
    if (!(0 <= taken && taken <= capacity))
      this.violations.add('I2', eventId, `after ${type}@${revision} ${taken} places are taken of ${capacity}`);
    const { bookingId, userId, status } = data;
    if (bookingId === undefined || userId === undefined || !isActive(status ?? '')) return;
    const other = ledger.activeOf(userId, ledger.length, bookingId);
    if (other !== undefined)
      this.violations.add(
        'I3',
        eventId,
        `after ${type}@${revision} ${userId} has two active bookings, ${other} and ${bookingId}`,
      );
  }

  private requestOf(fact: Fact): Request | null {
    const known = this.calls.byCommandId.get(fact.commandId);
    if (known !== undefined) return known;
    const open = (this.calls.keyless.get(fact.eventId) ?? []).filter(
      (call) => !this.taken.has(call) && call.kind !== 'refused' && call.kind !== 'failed' && couldCause(call, fact),
    );
    const told = open.find(({ end }) => end?.body['revision'] === fact.revision);
    const call = told ?? open.find(({ end }) => end?.kind !== 'ok');
    if (call === undefined) return null;
    this.taken.add(call);
    return call.request;
  }

  /** I7: the machine would have said yes there, and would have written this. */
  private expectAllowed(fact: Fact, cause: Call, ledger: Ledger): void {
    const { type, revision, eventId } = fact;
    const { occurredAt, waiting } = ledger.prefix(ledger.length);
    const moment: Moment = { ledger, facts: ledger.length, now: decidedAt(fact, occurredAt) };
    const wrong = (what: string): void =>
      this.violations.add('I7', eventId, `${type}@${revision}: ${what}`, cause.invoke.call);
    const [no] = [...refusals(cause, moment)].filter(({ certain }) => certain);
    const wants = wantsOf(fact, ledger);
    if (wants > 0 && waiting > 0 && type !== 'BookingWaitlisted')
      wrong(`${fact.data.bookingId} overtakes ${ledger.line.keys().next().value}`);
    // The books after it say these two.
    else if (no !== undefined && no.code !== 'sold-out' && no.code !== 'already-booked')
      wrong(`written where the answer is ${no.code}`);
    if (type === 'BookingWaitlisted' && canTake(moment, fact.data.seats ?? 1))
      wrong('put in line while a place was free');
    const promised = expiryFault(fact, cause, moment);
    if (promised !== null) wrong(promised);
  }
}

/** Who was told no has written nothing, nor has who was told of what was there before: there was nothing to do. */
const mayHaveWritten = ({ kind, end }: Call, { revision }: Fact): boolean =>
  kind === 'unknown' || (kind === 'ok' && Number(end!.body['revision']) >= revision);

/** A change may write a fact of each kind, one right after the other. */
function mayFollow({ type, revision }: Fact, { effects }: Request, { invoke }: Call): boolean {
  const isNew = effects.every((effect) => effect.type !== type);
  return MANY.includes(invoke.operation) && isNew && effects.at(-1)?.revision === revision - 1;
}

/** How many places it takes that its booking did not have. */
function wantsOf({ data }: Fact, ledger: Ledger): number {
  const { bookingId, seats = 0, status = '' } = data;
  if (bookingId === undefined || (status !== 'held' && status !== 'confirmed')) return 0;
  const before = ledger.standing(bookingId, ledger.length);
  return before === undefined || !isActive(before.status)
    ? seats
    : before.status === 'waitlisted'
      ? 0
      : seats - before.seats;
}

/** A hold ends when it was promised to: so many seconds from now, and never after the ceiling or the end of sales. */
function expiryFault({ type, data }: Fact, { invoke }: Call, { ledger, facts, now }: Moment): string | null {
  if (type !== 'BookingHeld' && type !== 'HoldExtended') return null;
  const { settings, salesEnd } = ledger.prefix(facts);
  const { seconds, holdSeconds } = invoke.body as { seconds?: number; holdSeconds?: number };
  const ms = (type === 'HoldExtended' ? (seconds ?? 0) : (holdSeconds ?? settings?.holdSeconds ?? 0)) * 1_000;
  const ceilingAt =
    type === 'HoldExtended' ? (ledger.standing(data.bookingId!, facts)?.ceilingAt ?? Infinity) : Infinity;
  const end = Math.min(salesEnd, ceilingAt);
  const expiresAt = Date.parse(data.expiresAt ?? '');
  const isSo = Math.min(now.from + ms, end) <= expiresAt && expiresAt <= Math.min(now.to + ms, end);
  return isSo ? null : `the hold was to end ${ms} ms later or at ${textOf(end)}`;
}
