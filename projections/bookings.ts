import {
  isClaimFact,
  type BookingStatus,
  type ClaimFact,
  type Instant,
  type RulesChange,
  type ScheduleData,
  type ScheduleFact,
} from '../src/domain/booking/events.js';
import type { RecordedEvent } from '../src/application/ports.js';
import { Poison, type SkippedRecord } from './projection.js';

/** What only facts about the event itself change. */
export type Settings = Omit<ScheduleData, 'capacity'> & { readonly scheduledAt: Instant };

/** One row of `events`. Counted up in place: the fold owns it. */
export interface EventRow {
  readonly eventId: string;
  /** Null where no fact of the batch changes them: bookings come by the thousand, and need only the counts. */
  settings: Settings | null;
  status: 'scheduled' | 'cancelled';
  capacity: number;
  seatsTaken: number;
  seatsHeld: number;
  waiting: number;
  updatedAt: Instant;
  revision: number;
}

/** With the settings: a row to be written whole. */
export type WholeEventRow = EventRow & { readonly settings: Settings };

/** What the fold has to know of a booking to go on from it: a fact carries all the rest. */
export interface Claim {
  readonly bookingId: string;
  readonly userId: string;
  readonly eventId: string;
  readonly status: BookingStatus;
  readonly seats: number;
  readonly waitlistRevision: number | null;
  readonly revision: number;
}

/** One row of `bookings` or, once ended, of `past_bookings`. */
export interface BookingRow extends Claim {
  readonly reference: string | null;
  readonly offer: boolean;
  readonly bookingTime: Instant;
  readonly expiresAt: Instant | null;
  readonly updatedAt: Instant;
  readonly endedReason: string | null;
}

/** One row of `booking_history`. */
export interface HistoryRow {
  readonly booking: BookingRow;
  readonly change: ClaimFact['type'];
  readonly actor: string;
  validTo: Instant | null;
}

/** A row of `booking_history` that was open in the table and is no longer. */
export interface ClosedRow {
  readonly eventId: string;
  readonly revision: number;
  readonly bookingId: string;
  readonly validTo: Instant;
}

/** The rows that the records of a batch speak of, as the tables have them. */
export interface Before {
  readonly events: readonly EventRow[];
  readonly claims: readonly Claim[];
}

/** One final row for each key, sorted by what has to happen to it. */
export interface Changes {
  readonly users: ReadonlySet<string>;
  readonly events: {
    readonly inserted: readonly WholeEventRow[];
    readonly updated: readonly WholeEventRow[];
    readonly counted: readonly EventRow[];
    /** Nothing changed but the revision. */
    readonly revised: readonly EventRow[];
  };
  readonly active: {
    readonly deleted: readonly string[];
    readonly updated: readonly BookingRow[];
    readonly inserted: readonly BookingRow[];
  };
  readonly past: { readonly deleted: readonly string[]; readonly inserted: readonly BookingRow[] };
  readonly history: {
    readonly closed: readonly ClosedRow[];
    readonly inserted: readonly HistoryRow[];
  };
}

const isActive = (status: BookingStatus): boolean =>
  status === 'waitlisted' || status === 'held' || status === 'confirmed';

/**
 * Folds a batch in memory, because set-based SQL sees each row once only: two changes of one row in one statement apply
 * one of them, in silence. Checks after every record what must always be true, and throws Poison where it is not.
 */
export class BookingFold {
  private readonly events = new Map<string, EventRow>();
  private readonly touched = new Set<string>();
  private readonly revised = new Set<string>();
  private readonly known: ReadonlySet<string>;
  private readonly claims = new Map<string, Claim>();
  private readonly claimsBefore: ReadonlyMap<string, Claim>;
  private readonly rows = new Map<string, BookingRow>();
  /** Of whom, on which event, which booking is active. */
  private readonly activeOf = new Map<string, string>();
  private readonly history: HistoryRow[] = [];
  private readonly openHistory = new Map<string, HistoryRow>();
  private readonly closed: ClosedRow[] = [];

  constructor(
    before: Before,
    private readonly streamPrefix: string,
  ) {
    for (const event of before.events) this.events.set(event.eventId, event);
    for (const claim of before.claims) {
      this.claims.set(claim.bookingId, claim);
      if (isActive(claim.status)) this.activeOf.set(placeOf(claim), claim.bookingId);
    }
    this.known = new Set(this.events.keys());
    this.claimsBefore = new Map(this.claims);
  }

  add(record: RecordedEvent): void {
    const eventId = eventIdOf(record.stream, this.streamPrefix);
    const before = this.events.get(eventId);
    const { event } = record;
    expectNext(record, before);
    const after = isClaimFact(event)
      ? this.claim(begun(before, event.type), event, record)
      : schedule(eventId, before, event, record);
    after.updatedAt = record.metadata.occurredAt;
    after.revision = record.revision;
    if (!(0 <= after.seatsTaken && after.seatsTaken <= after.capacity))
      throw new Poison(`${after.seatsTaken} of ${after.capacity} seats would be taken`);
    this.events.set(eventId, after);
    this.touched.add(eventId);
  }

  /** The record after it must find the revision it expects; nothing else comes of a record that is left out. */
  skip({ stream, revision }: SkippedRecord): void {
    const eventId = stream.slice(this.streamPrefix.length);
    const event = stream.startsWith(this.streamPrefix) ? this.events.get(eventId) : undefined;
    // It was to begin the stream, or is in another's: then there is no row.
    if (event === undefined) return;
    event.revision = Math.max(event.revision, revision);
    this.revised.add(eventId);
  }

  private claim(event: EventRow, fact: ClaimFact, record: RecordedEvent): EventRow {
    const { bookingId, userId } = fact.data;
    const before = this.claims.get(bookingId);
    this.expectClaim(event, fact, before);
    const row = bookingAfter(event.eventId, fact, record, before);
    this.claims.set(bookingId, row);
    this.rows.set(bookingId, row);
    if (isActive(row.status)) this.activeOf.set(placeOf(row), bookingId);
    else this.activeOf.delete(`${event.eventId}/${userId}`);
    this.remember(row, fact, record);
    event.seatsTaken += taken(row) - taken(before);
    event.seatsHeld += held(row) - held(before);
    event.waiting += Number(row.status === 'waitlisted') - Number(before?.status === 'waitlisted');
    return event;
  }

  private expectClaim(event: EventRow, fact: ClaimFact, before: Claim | undefined): void {
    const { bookingId, userId } = fact.data;
    if (event.status === 'cancelled') throw new Poison(`${fact.type} on a cancelled event`);
    if (before !== undefined && placeOf(before) !== `${event.eventId}/${userId}`)
      throw new Poison(`booking ${bookingId} is of another user or event`);
    const active = this.activeOf.get(`${event.eventId}/${userId}`);
    if (active !== undefined && active !== bookingId)
      throw new Poison(`double booking: the user already has the active booking ${active}`);
    if (!mayFollow(fact, before)) throw new Poison(`${fact.type} after ${before?.status ?? 'nothing'}`);
  }

  /** Every fact ends the state before it, which stands in this batch or already in the table. */
  private remember(booking: BookingRow, fact: ClaimFact, record: RecordedEvent): void {
    const { bookingId, eventId } = booking;
    const validTo = record.metadata.occurredAt;
    const open = this.openHistory.get(bookingId);
    const before = this.claimsBefore.get(bookingId);
    if (open !== undefined) open.validTo = validTo;
    else if (before !== undefined) this.closed.push({ eventId, revision: before.revision, bookingId, validTo });
    const row: HistoryRow = { booking, change: fact.type, actor: record.metadata.actor, validTo: null };
    this.openHistory.set(bookingId, row);
    this.history.push(row);
  }

  changes(): Changes {
    const events = {
      inserted: [] as WholeEventRow[],
      updated: [] as WholeEventRow[],
      counted: [] as EventRow[],
      revised: [] as EventRow[],
    };
    for (const eventId of this.revised) if (!this.touched.has(eventId)) events.revised.push(this.events.get(eventId)!);
    for (const eventId of this.touched) {
      const row = this.events.get(eventId)!;
      if (!isWhole(row)) events.counted.push(row);
      else (this.known.has(eventId) ? events.updated : events.inserted).push(row);
    }
    const users = new Set<string>();
    const active = { deleted: [] as string[], updated: [] as BookingRow[], inserted: [] as BookingRow[] };
    const past = { deleted: [] as string[], inserted: [] as BookingRow[] };
    for (const row of this.rows.values()) {
      const before = this.claimsBefore.get(row.bookingId);
      const wasActive = before !== undefined && isActive(before.status);
      if (before === undefined) users.add(row.userId);
      if (before !== undefined && !wasActive) past.deleted.push(row.bookingId);
      if (!isActive(row.status)) {
        if (wasActive) active.deleted.push(row.bookingId);
        past.inserted.push(row);
      } else if (wasActive) active.updated.push(row);
      else active.inserted.push(row);
    }
    return { users, events, active, past, history: { closed: this.closed, inserted: this.history } };
  }
}

/** The event that a stream is about. */
export function eventIdOf(stream: string, prefix: string): string {
  if (!stream.startsWith(prefix)) throw new Poison(`stream ${stream} does not begin with ${prefix}`);
  return stream.slice(prefix.length);
}

/** Revisions of a stream have no gaps and come once. */
export function expectNext({ stream, revision }: RecordedEvent, before: EventRow | undefined): void {
  const expected = (before?.revision ?? -1) + 1;
  if (revision !== expected) throw new Poison(`revision ${revision} of ${stream} where ${expected} was due`);
}

const placeOf = ({ eventId, userId }: Claim): string => `${eventId}/${userId}`;

/** A first fact, a fact about an active booking, or the late confirm that brings an expired one back. */
function mayFollow({ type }: ClaimFact, before: Claim | undefined): boolean {
  if (before === undefined)
    return type === 'BookingWaitlisted' || type === 'BookingHeld' || type === 'BookingConfirmed';
  if (isActive(before.status)) return type !== 'BookingWaitlisted';
  return type === 'BookingConfirmed' && before.status === 'expired';
}

const taken = (claim: Claim | undefined): number =>
  claim?.status === 'held' || claim?.status === 'confirmed' ? claim.seats : 0;

const held = (claim: Claim | undefined): number => (claim?.status === 'held' ? claim.seats : 0);

function bookingAfter(eventId: string, fact: ClaimFact, record: RecordedEvent, before: Claim | undefined): BookingRow {
  const { bookingId, userId, seats, status, reference, offer, createdAt, expiresAt } = fact.data;
  const { occurredAt } = record.metadata;
  const reason = fact.type === 'BookingCancelled' ? fact.data.reason : undefined;
  return {
    bookingId,
    userId,
    eventId,
    seats,
    status,
    offer,
    bookingTime: createdAt,
    reference: reference ?? null,
    expiresAt: status === 'held' ? (expiresAt ?? occurredAt) : null,
    // A change of seats keeps the turn.
    waitlistRevision: status === 'waitlisted' ? (before?.waitlistRevision ?? record.revision) : null,
    updatedAt: occurredAt,
    revision: record.revision,
    endedReason: isActive(status) ? null : (reason ?? status),
  };
}

const isWhole = (row: EventRow): row is WholeEventRow => row.settings !== null;

function begun(event: EventRow | undefined, type: string): EventRow {
  if (event === undefined) throw new Poison(`${type} begins a stream`);
  return event;
}

function schedule(eventId: string, before: EventRow | undefined, fact: ScheduleFact, record: RecordedEvent): EventRow {
  const { revision } = record;
  const updatedAt = record.metadata.occurredAt;
  if (fact.type === 'EventScheduled') {
    const { capacity, ...data } = fact.data;
    const settings = { ...data, scheduledAt: updatedAt };
    const counts = { status: 'scheduled', seatsTaken: 0, seatsHeld: 0, waiting: 0 } as const;
    return { eventId, settings, capacity, ...counts, updatedAt, revision };
  }
  const event = begun(before, fact.type);
  if (!isWhole(event)) throw new Error(`${fact.type} on settings that were not loaded`);
  switch (fact.type) {
    case 'EventRenamed':
      return { ...event, settings: { ...event.settings, ...fact.data } };
    case 'CapacityChanged':
      return { ...event, ...fact.data };
    case 'EventRescheduled': {
      const { endsAt: _before, ...rest } = event.settings;
      return { ...event, settings: { ...rest, ...fact.data } };
    }
    case 'EventRulesChanged':
      return { ...event, settings: withRules(event.settings, fact.data) };
    case 'EventCancelled':
      throw new Error('EventCancelled is applied by its own statements, never in memory');
    default:
      return fact satisfies never;
  }
}

/** A rule set to null is no longer there. */
function withRules(settings: Settings, change: RulesChange): Settings {
  const entries = Object.entries({ ...settings, ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as unknown as Settings;
}
