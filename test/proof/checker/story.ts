import type { BookingEvent } from '../../../src/domain/booking/events.js';
import { Codec, UPCASTERS, type StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../../src/infrastructure/event-store/ids.js';
import { ChainSealer } from '../../../src/infrastructure/event-store/sealer.js';
import { kindOf, type End, type Entry, type Invoke, type Operation } from '../history.js';

/** Noon of a day; the monotonic clock of a story begins with it. */
const NOON = Date.parse('2027-03-01T12:00:00.000Z');
const DAY_MS = 86_400_000;
const LOG = '0000beef';

export interface Asked {
  readonly invoke: Invoke;
  readonly commandId: string;
  /** The booking that it is about, or that it would begin. */
  readonly bookingId: string;
}

export interface Written {
  readonly type: string;
  readonly revision: number;
  readonly position: number;
  readonly data: Readonly<Record<string, unknown>>;
}

type Told = Partial<Pick<End, 'position' | 'replayed' | 'body' | 'code' | 'status'>>;
type Sent = Partial<Omit<Invoke, 'kind' | 'call' | 'at' | 'user' | 'operation'>>;

const STATUS: Readonly<Record<string, string>> = {
  BookingWaitlisted: 'waitlisted',
  BookingHeld: 'held',
  HoldExtended: 'held',
  HoldExpired: 'expired',
  BookingConfirmed: 'confirmed',
  BookingCancelled: 'cancelled',
};

/**
 * A history and a log, told step by step. It decides nothing: what is written and what is told is what the teller says,
 * right or wrong. Records are sealed by the service's own sealer, so that the checker's reading of the chain is tried
 * against it. Every step takes a millisecond.
 */
export class Story {
  readonly entries: Entry[] = [{ kind: 'clock', at: 0, wall: NOON }];
  readonly records: StoredRecord[] = [];
  private readonly heads = new Map<string, { revision: number; hash: string; occurredAt: number }>();
  private readonly bookings = new Map<string, Readonly<Record<string, unknown>>>();
  private readonly sealer = new ChainSealer(new Codec(UPCASTERS));
  private readonly ids = new NamedIds({ now: () => NOON + this.clock }, { next: () => 0.5 });
  private clock = 0;
  private calls = 0;

  /** An event that was scheduled at the beginning, for tomorrow. */
  constructor(
    capacity: number,
    readonly eventId = 'show',
    settings: object = {},
  ) {
    this.schedule(eventId, capacity, settings);
  }

  get now(): number {
    return NOON + this.clock;
  }

  get last(): number {
    return this.records.length;
  }

  wait(ms: number): void {
    this.clock += ms;
  }

  schedule(eventId: string, capacity: number, settings: object = {}): Asked {
    const body = { eventId, title: eventId, startsAt: new Date(NOON + DAY_MS).toISOString(), capacity };
    const asked = this.asks('manager', 'schedule', { eventId, body, scope: 'event:manage' });
    const rules = { holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10, waitlistLimit: capacity };
    const data = { title: eventId, startsAt: NOON + DAY_MS, timeZone: 'UTC', capacity, ...rules, ...settings };
    this.tells(asked, this.writes(asked, 'EventScheduled', data));
    return asked;
  }

  asks(user: string, operation: Operation, sent: Sent = {}): Asked {
    const call = `call-${++this.calls}`;
    const common = { client: user, process: 'api-1', key: call, eventId: this.eventId, body: {}, ...sent };
    const invoke: Invoke = { kind: 'invoke', call, at: ++this.clock, user, operation, ...common };
    this.entries.push(invoke);
    const { key, eventId } = invoke;
    const commandId = key === null ? this.ids.next() : this.ids.fromKey(user, `booking-${eventId}`, key);
    return { invoke, commandId, bookingId: invoke.bookingId ?? commandId };
  }

  /** The same request once more. */
  asksAgain({ invoke }: Asked, sent: Sent = {}): Asked {
    const { kind: _kind, call: _call, at: _at, user, operation, ...rest } = invoke;
    return this.asks(user, operation, { ...rest, ...sent });
  }

  /** What the call wrote; of a booking, only what the fact changes. */
  writes({ invoke, commandId, bookingId }: Asked, type: string, change: object = {}): Written {
    const { user, eventId, body } = invoke;
    if (STATUS[type] === undefined && !type.startsWith('Booking'))
      return this.put(eventId, type, change, user, commandId);
    const userId = body['userId'] ?? user;
    const seats = body['seats'] ?? 1;
    const begun = { bookingId, userId, seats, offer: false, createdAt: this.now + 1 };
    return this.put(
      eventId,
      type,
      this.after(type, { ...begun, ...this.bookings.get(bookingId) }, change),
      user,
      commandId,
    );
  }

  /** What settle wrote about a booking. `cause`: the command that made it possible. */
  settles(bookingId: string, type: string, change: object = {}, cause = bookingId): Written {
    const data = this.after(
      type,
      this.bookings.get(bookingId)!,
      type === 'BookingHeld' ? { offer: true, ...change } : change,
    );
    return this.put(this.eventId, type, data, 'system:settle', this.ids.next(), cause);
  }

  promotes({ bookingId }: Asked, cause: Asked, change: object = {}): Written {
    const expiresAt = this.now + 1 + 14_400_000;
    return this.settles(bookingId, 'BookingHeld', { expiresAt, ceilingAt: undefined, ...change }, cause.commandId);
  }

  /** Yes, with what was written. */
  tells({ invoke }: Asked, { revision, position, data }: Written, told: Told = {}): void {
    const body = Object.fromEntries(Object.entries({ ...data, ceilingAt: undefined, revision }).map(textOf));
    const status = ['schedule', 'book'].includes(invoke.operation) ? 201 : 200;
    this.end(invoke, { status, code: 'ok', body, position: tokenOf(position), ...told });
  }

  replays(asked: Asked, written: Written): void {
    this.tells(asked, written, { replayed: true });
  }

  /** What a read shows. */
  shows({ invoke }: Asked, position: number, body: object): void {
    this.end(invoke, { status: 200, code: 'ok', body: { ...body }, position: tokenOf(position) });
  }

  /** No, or not now. */
  denies({ invoke }: Asked, code: string, members: object = {}, status = 409): void {
    this.end(invoke, { status, code, body: { code, ...members } });
  }

  fails(asked: Asked, code: string): void {
    this.denies(asked, code, {}, 503);
  }

  isCutOff({ invoke }: Asked): void {
    this.end(invoke, { status: 0, code: 'no answer' });
  }

  /** A booking that went as it should. */
  books(user: string, sent: Sent = {}): Asked & { readonly written: Written } {
    const asked = this.asks(user, 'book', sent);
    const { hold, waits } = { hold: asked.invoke.body['hold'] === true, waits: asked.invoke.body['waitlist'] === true };
    const written = this.writes(asked, hold ? 'BookingHeld' : waits ? 'BookingWaitlisted' : 'BookingConfirmed');
    this.tells(asked, written);
    return { ...asked, written };
  }

  cancels({ invoke, bookingId }: Asked): Asked & { readonly written: Written } {
    const asked = this.asks(invoke.user, 'cancel', { bookingId });
    const written = this.writes(asked, 'BookingCancelled');
    this.tells(asked, written);
    return { ...asked, written };
  }

  private end({ call }: Invoke, told: Told & { status: number; code: string }): void {
    const kind = kindOf(told.status, told.code);
    this.entries.push({ kind, call, at: ++this.clock, body: {}, position: null, replayed: false, ...told });
  }

  private after(type: string, before: Readonly<Record<string, unknown>>, change: object): Record<string, unknown> {
    const { expiresAt, ceilingAt, reason: _reason, status, ...kept } = before;
    const after: Record<string, unknown> = { ...kept, status: STATUS[type] ?? status };
    const now = this.now + 1;
    if (type === 'BookingHeld') Object.assign(after, { expiresAt: now + 600_000, ceilingAt: now + 7_200_000 });
    if (type === 'HoldExtended') Object.assign(after, { ceilingAt });
    if (type === 'BookingSeatsChanged' && status === 'held') Object.assign(after, { expiresAt });
    return Object.assign(after, change);
  }

  private put(
    eventId: string,
    type: string,
    data: object,
    actor: string,
    commandId: string,
    cause = commandId,
  ): Written {
    this.clock += 1;
    const stream = `booking-${eventId}`;
    const head = this.heads.get(stream) ?? { revision: -1, hash: '', occurredAt: 0 };
    const occurredAt = Math.max(this.now, head.occurredAt);
    const provenance = { commandId, requestHash: 'asked', actor, correlationId: 'one', causationId: cause, occurredAt };
    const [sealed] = this.sealer.seal({ stream, ...head }, [{ type, data } as BookingEvent], provenance);
    const { hash, ...record } = sealed!;
    const position = this.records.length + 1;
    this.records.push({ ...record, position: BigInt(position) });
    this.heads.set(stream, { revision: record.revision, hash, occurredAt });
    const { bookingId } = data as { bookingId?: string };
    if (bookingId !== undefined) this.bookings.set(bookingId, data as Record<string, unknown>);
    return { type, revision: record.revision, position, data: data as Record<string, unknown> };
  }
}

export const tokenOf = (position: number): string => `${LOG}-${String(position).padStart(20, '0')}`;

/** Instants leave as text. */
const textOf = ([name, value]: [string, unknown]): [string, unknown] =>
  name.endsWith('At') && typeof value === 'number' ? [name, new Date(value).toISOString()] : [name, value];
