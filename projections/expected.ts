import {
  isClaimFact,
  type BookingStatus,
  type ClaimFact,
  type ScheduleData,
  type ScheduleFact,
} from '../src/domain/booking/events.js';
import type { RecordedEvent, UnreadableRecord } from '../src/application/ports.js';
import { partOf, type TableName } from './canonical.js';
import { Poison } from './projection.js';
import { bookingText, eventText, historyText, isActive, type EventState, type State } from './row-texts.js';

export const unreadable = ({ position, stream, revision, unreadable: why }: UnreadableRecord): Poison =>
  new Poison(`position ${position}, ${stream}, revision ${revision}: ${why}`);

/** How a fold is divided, so that each part fits into memory: by the keys of the rows. */
export interface Part {
  readonly parts: number;
  readonly part: number;
  /** Rows and states that may be kept; more throw TooMuch. */
  readonly budget: number;
}

/** The part has to be made smaller. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

interface Claim {
  state: State;
  /** Rows of the history that are closed, by revision. */
  readonly closed: Map<number, string> | null;
}

/**
 * What the tables must hold: a second reading of the log that shares nothing with the projector's, so that neither hides
 * the other's mistakes. Every fact carries the booking as it is after it; what is counted here is only what spans facts.
 */
export class ExpectedRows {
  /** Whose booking made them known: user → event. */
  private readonly users = new Map<string, string>();
  private readonly events = new Map<string, EventState>();
  private readonly claims = new Map<string, Claim>();
  private readonly activeOn = new Map<string, Set<string>>();
  private closed = 0;
  /** A booking is in several streams: what it is in the end depends on all of them. */
  isEntangled = false;

  constructor(
    private readonly streamPrefix: string,
    private readonly part: Part,
  ) {}

  add(record: RecordedEvent): void {
    const { stream, event } = record;
    if (!stream.startsWith(this.streamPrefix))
      throw new Poison(`stream ${stream} does not begin with ${this.streamPrefix}`);
    const eventId = stream.slice(this.streamPrefix.length);
    if (this.isMine(eventId)) this.count(eventId, record);
    if (isClaimFact(event)) {
      const { bookingId, userId } = event.data;
      if (this.isMine(userId) && !this.users.has(userId)) this.users.set(userId, eventId);
      if (this.isMine(bookingId))
        this.follow(bookingId, stateAfter(eventId, event, record, this.claims.get(bookingId)?.state));
    } else if (event.type === 'EventCancelled') this.callOff(eventId, record);
    if (this.size > this.part.budget) throw new TooMuch();
  }

  /** Of a record that is left out only the revision counts, if its event is known. */
  skip({ stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>): void {
    const event = this.events.get(stream.slice(this.streamPrefix.length));
    if (event !== undefined && stream.startsWith(this.streamPrefix))
      event.revision = Math.max(event.revision, revision);
  }

  /** Rows and states that are kept. */
  get size(): number {
    return this.users.size + this.events.size + this.claims.size + this.closed;
  }

  /** The row with these keys; null when there should be none. */
  row(table: TableName, [key = '', revision = '']: readonly string[]): string | null {
    switch (table) {
      case 'users':
        return this.users.has(key) ? key : null;
      case 'events': {
        const event = this.events.get(key);
        return event === undefined ? null : eventText(key, event);
      }
      case 'bookings':
      case 'past_bookings': {
        const state = this.claims.get(key)?.state;
        return state === undefined || isActive(state.status) !== (table === 'bookings')
          ? null
          : bookingText(key, state);
      }
      case 'booking_history': {
        const claim = this.claims.get(key);
        if (claim?.state.revision === Number(revision)) return historyText(key, claim.state, null);
        return claim?.closed?.get(Number(revision)) ?? null;
      }
      default:
        return table satisfies never;
    }
  }

  /** The keys of every row that there should be. */
  *keys(table: TableName): Generator<string[]> {
    if (table === 'users') for (const user of this.users.keys()) yield [user];
    else if (table === 'events') for (const event of this.events.keys()) yield [event];
    else
      for (const [bookingId, { state, closed }] of this.claims) {
        if (table !== 'booking_history') {
          if (isActive(state.status) === (table === 'bookings')) yield [bookingId];
          continue;
        }
        yield [bookingId, String(state.revision)];
        for (const revision of closed?.keys() ?? []) yield [bookingId, String(revision)];
      }
  }

  /** On which event a user first appears: there a lost row of theirs is found again. */
  eventOf(userId: string): string | null {
    return this.users.get(userId) ?? null;
  }

  private isMine(key: string): boolean {
    const { parts, part } = this.part;
    return parts === 1 || partOf(key, parts) === part;
  }

  private count(eventId: string, { event, revision, metadata }: RecordedEvent): void {
    const { occurredAt } = metadata;
    let state = this.events.get(eventId);
    if (state === undefined) {
      const counts = { taken: 0, held: 0, waiting: 0, active: new Map() };
      state = { data: null, cancelled: false, scheduledAt: occurredAt, updatedAt: occurredAt, revision, ...counts };
      this.events.set(eventId, state);
    }
    state.updatedAt = occurredAt;
    state.revision = revision;
    if (!isClaimFact(event)) return schedule(state, event);
    const { bookingId, status, seats } = event.data;
    const before = state.active.get(bookingId);
    if (before !== undefined) tally(state, before, -1);
    if (isActive(status)) {
      tally(state, event.data, 1);
      state.active.set(bookingId, { status, seats });
    } else state.active.delete(bookingId);
  }

  private follow(bookingId: string, state: State): void {
    const claim = this.claims.get(bookingId);
    if (claim === undefined) this.claims.set(bookingId, { state, closed: null });
    else {
      if (claim.state.eventId !== state.eventId) this.isEntangled = true;
      const closed = claim.closed ?? new Map<number, string>();
      closed.set(claim.state.revision, historyText(bookingId, claim.state, state.at));
      this.closed += 1;
      this.claims.set(bookingId, { state, closed });
    }
    const active = this.activeOn.get(state.eventId) ?? new Set();
    if (isActive(state.status)) active.add(bookingId);
    else active.delete(bookingId);
    this.activeOn.set(state.eventId, active);
  }

  /** One fact ends them all. */
  private callOff(eventId: string, { revision, metadata }: RecordedEvent): void {
    const { occurredAt: at, actor } = metadata;
    const ended = { status: 'cancelled', endedReason: 'event-cancelled', change: 'EventCancelled' } as const;
    const open = { expiresAt: null, waitlistRevision: null };
    for (const bookingId of [...(this.activeOn.get(eventId) ?? [])]) {
      const { state } = this.claims.get(bookingId)!;
      this.follow(bookingId, { ...state, ...ended, ...open, at, actor, revision });
    }
    this.activeOn.delete(eventId);
  }
}

function stateAfter(eventId: string, fact: ClaimFact, record: RecordedEvent, before: State | undefined): State {
  const { userId, seats, status, reference, offer, createdAt, expiresAt } = fact.data;
  const { occurredAt: at, actor } = record.metadata;
  const reason = fact.type === 'BookingCancelled' ? fact.data.reason : undefined;
  // Written out: this is made for every fact of the log, and spread objects cost several times as much.
  return {
    eventId,
    userId,
    seats,
    status,
    offer,
    at,
    actor,
    revision: record.revision,
    change: fact.type,
    reference: reference ?? null,
    bookingTime: createdAt,
    expiresAt: status === 'held' ? (expiresAt ?? at) : null,
    waitlistRevision: status === 'waitlisted' ? (before?.waitlistRevision ?? record.revision) : null,
    endedReason: isActive(status) ? null : (reason ?? status),
  };
}

function schedule(state: EventState, fact: ScheduleFact): void {
  if (fact.type === 'EventCancelled') {
    Object.assign(state, { cancelled: true, taken: 0, held: 0, waiting: 0 });
    return state.active.clear();
  }
  const before = fact.type === 'EventRescheduled' ? { ...state.data, endsAt: undefined } : state.data;
  const after = Object.entries({ ...before, ...fact.data }).filter(([, value]) => value !== null);
  state.data = Object.fromEntries(after) as unknown as ScheduleData;
}

function tally(state: EventState, { status, seats }: { status: BookingStatus; seats: number }, sign: 1 | -1): void {
  if (status === 'waitlisted') state.waiting += sign;
  else state.taken += sign * seats;
  if (status === 'held') state.held += sign * seats;
}
