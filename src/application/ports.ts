import type { BookingCommand, IfMatch } from '../domain/booking/commands.js';
import type { BookingEvent, BookingStatus, Instant, Recorded } from '../domain/booking/events.js';
import type { HoldfastErrorCode } from './errors.js';

/** Every promise that the application asks of the outside, on one page. */

/** A place in the whole log, strictly rising in commit order, from 1; 0 is before the first record. Opaque to clients. */
export type Position = bigint;

/** What is kept beside each fact. */
export interface Metadata {
  /** The version of the data's form, from 1. */
  readonly schemaVersion: number;
  /** One per command; settle's steps have their own. */
  readonly commandId: string;
  /** SHA-256, hex, of what was asked: a repeat with another body is told apart. */
  readonly requestHash: string;
  /** Who asked: a user id, or `system:settle`. */
  readonly actor: string;
  /** Ties a request, its log lines and its facts together. */
  readonly correlationId: string;
  /** What made it possible: the request, for settle the command or the booking that it follows from. */
  readonly causationId: string;
  /** When it was decided; never earlier than the record before in its stream. */
  readonly occurredAt: Instant;
  /** Hash of the revision before, in hex; empty at revision 0. */
  readonly prevHash: string;
  /** SHA-256, hex, of the RFC 8785 JSON of {data, metadata without `hash`, revision, stream, type}. */
  readonly hash: string;
  /** W3C Trace Context: of the command that wrote it; where nothing is traced, as the caller sent it. */
  readonly traceparent?: string;
}

/** One record of a booking stream, read back. */
export interface RecordedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly id: string;
  readonly event: BookingEvent;
  readonly metadata: Metadata;
}

/** A record that is there but that this version cannot read: unknown type or version, broken data. */
export interface UnreadableRecord {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly id: string;
  readonly type: string;
  readonly unreadable: string;
}

/** One record ready to be stored, as text: what is hashed is what is written. */
export interface Sealed {
  /** UUID v8 of the first 16 bytes of `hash`: equal ids mean equal bytes. */
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  /** RFC 8785 JSON. */
  readonly data: string;
  readonly metadata: string;
  readonly hash: string;
}

export interface Appended {
  readonly kind: 'appended';
  /** Of the last record of this append, or of one after it. */
  readonly position: Position;
}

/** The stream was not at the expected revision; nothing was written. */
export interface Conflict {
  readonly kind: 'conflict';
}

/** Reads the records after a revision, in order, as they are while a stream is locked. */
export type ReadTail = (fromRevision: number) => Promise<readonly RecordedEvent[]>;

/**
 * Streams of facts. Every store keeps the same promises (one contract suite runs over all of them): the expected
 * revision is exact (-1: the stream must not exist), an append is all or nothing, and an identical re-send at its
 * original revision succeeds and writes nothing, also after a restart. Every call ends within the adapter's time-outs.
 */
export interface EventStore {
  /** Eight hex digits, made once with the log. Throws StoreUnavailable. */
  identity(): Promise<string>;
  /**
   * The records of a stream in order, in pages, from a revision on; nothing when there is none. `maxCount` bounds the
   * records; `cause` is the traceparent of whoever waits. Throws StoreUnavailable, and StreamUnreadable at the first
   * record that the codec cannot read, or that is missing though one follows it.
   */
  read(
    stream: string,
    fromRevision: number,
    maxCount?: number,
    cause?: string,
  ): AsyncIterable<readonly RecordedEvent[]>;
  /**
   * `sealed` is never empty and follows `expectedRevision`. Throws StoreUnavailable when this attempt certainly wrote
   * nothing and OutcomeUnknown when nobody can tell. `cause` is as in `read`.
   */
  append(
    stream: string,
    expectedRevision: number,
    sealed: readonly Sealed[],
    cause?: string,
  ): Promise<Appended | Conflict>;
  /**
   * The pessimistic strategy: `work` runs while the stream's row is locked, and what it returns is appended before the
   * lock is let go. Null from `work` writes nothing and gives null. Absent where the engine has no such lock.
   * `work` may run once per call only. Throws as `append` does.
   */
  readonly locked?: (
    stream: string,
    work: (read: ReadTail) => Promise<{ expectedRevision: number; sealed: readonly Sealed[] } | null>,
  ) => Promise<Appended | Conflict | null>;
}

/** The log from end to end. */
export interface EventFeed {
  /**
   * Every record of ours after `position`, once, in commit order, then live; never an empty page. Ends when the signal
   * fires. Heals by itself from lost connections; throws only when it cannot, UnknownPosition where nothing can be read
   * after `position`, now or later.
   */
  after(position: Position, signal: AbortSignal): AsyncIterable<readonly (RecordedEvent | UnreadableRecord)[]>;
  /** Of the last record of ours; 0 for an empty log. Throws StoreUnavailable. */
  head(): Promise<Position>;
}

/** A feed that can say how far behind a position is. */
export interface MeasuredFeed extends EventFeed {
  /**
   * Whether at most so many records of ours follow `position`. False too where that could not be found out within the
   * adapter's time-out. Throws StoreUnavailable, and UnknownPosition where nothing can be read after it.
   */
  isWithin(position: Position, records: number): Promise<boolean>;
  /**
   * The last records of ours, in commit order: so many, or fewer where there are not as many or others' lie between.
   * Throws StoreUnavailable.
   */
  latest(records: number): Promise<readonly (RecordedEvent | UnreadableRecord)[]>;
  /**
   * Of the last record of ours before the record at `position`, 0 where there is none: what comes after it begins with the
   * one at `position`. Throws UnknownPosition where no record is, and StoreUnavailable.
   */
  lastBefore(position: Position): Promise<Position>;
}

/** The end of a stream, to which the next record is chained. */
export interface StreamHead {
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/** What the sealer cannot know by itself. */
export type Provenance = Omit<Metadata, 'schemaVersion' | 'prevHash' | 'hash'>;

/** Turns facts into records. Pure: the same facts on the same head give the same bytes. */
export interface Sealer {
  seal(head: StreamHead, facts: readonly BookingEvent[], provenance: Provenance): Sealed[];
}

/** Names made from names (RFC 9562) and digests; only `next` draws on time and chance. */
export interface Ids {
  /** UUID v5 of [caller, stream, Idempotency-Key]: the same request gets the same id on every process, for ever. */
  fromKey(caller: string, stream: string, key: string): string;
  /** UUID v5 of [caller, key]: the id of an event that was scheduled without one. */
  eventFromKey(caller: string, key: string): string;
  /** UUID v7: in order of time, never the same twice. */
  next(): string;
  /** SHA-256, hex, over the RFC 8785 JSON of operation, path parameters and the body as sent. */
  requestHash(operation: string, path: Readonly<Record<string, string>>, body: unknown): string;
}

export interface Time {
  /** Milliseconds since 1970, UTC, by this process's clock. */
  now(): Instant;
  /** False while this process's clock is further from the database's than the house allows. */
  isTrusted(): boolean;
  /** Resolves after `ms`; rejects at once when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` after `ms`, unless what it answers was called before. Cheap to set and to stop: every append has one. */
  alarm(ms: number, ring: () => void): () => void;
  /** Milliseconds since some moment, by a clock that never steps back: for telling how long something took, and no more. */
  elapsed(): number;
  /** Resolves after what is already waiting to be sent or read has had its turn. */
  turn(): Promise<void>;
}

/** What is told of a step of a trace. It leaves the house: no personal data and no secret. */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** One step of a trace, until its end. */
export interface Span {
  /** W3C Trace Context of this step, for what follows from it. */
  readonly traceparent: string;
  note(facts: SpanFacts): void;
  /** To be called once. `fault`: what went wrong. */
  end(fault?: unknown): void;
}

/** Who is told of the steps of traces; null wherever traces are off. Nothing of it waits or throws. */
export interface Tracer {
  /**
   * `causes`: the traceparents of what this step follows from. It belongs to the trace of the first one that is recorded
   * and links to the others; without any it begins a trace.
   */
  begin(name: string, kind: 'server' | 'client' | 'internal', causes: readonly string[], facts: SpanFacts): Span;
  /** What `work` sets going, now and later, is known to be done for this step. */
  within<T>(span: Span, work: () => T): T;
}

/** A command as one process asks another to decide it. It goes there as JSON. */
export interface Question {
  readonly eventId: string;
  readonly command: BookingCommand;
  readonly envelope: Omit<Provenance, 'occurredAt'>;
}

/**
 * What came of it there, as JSON: positions are digits; `failed` is the code of what went wrong, null for a bug. `away`: it
 * was not decided there, and will not be. `silent`: nobody can tell, and it may yet be.
 */
export type Reply =
  | { readonly done: unknown; readonly position: string; readonly replayed: boolean }
  | { readonly refused: unknown }
  | { readonly failed: HoldfastErrorCode | null; readonly message: string }
  | 'away'
  | 'silent';

/** Another process of this service. Always answers, within the sum of what deciding may take and the silence it is allowed. */
export interface Peer {
  ask(question: Question): Promise<Reply>;
}

/** The processes of this service that can ask each other: every event has one among them that decides what is asked of it. */
export interface Peers {
  /** Null: this one; or the one whose it is is away, and then anybody may. */
  deciderOf(eventId: string): Peer | null;
}

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
}

/** One row of `events` as readers see it. */
export interface EventView {
  readonly eventId: string;
  readonly title: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly timeZone: string;
  readonly resource: string | null;
  readonly capacity: number;
  readonly seatsTaken: number;
  readonly seatsHeld: number;
  readonly seatsFree: number;
  /** Turns in the line. */
  readonly waiting: number;
  readonly isBooked: boolean;
  readonly status: 'scheduled' | 'cancelled';
  readonly holdSeconds: number;
  readonly offerSeconds: number;
  readonly salesOpenAt: Instant | null;
  readonly salesCloseAt: Instant | null;
  readonly cancelUntil: Instant | null;
  readonly maxSeatsPerBooking: number;
  readonly waitlistLimit: number;
  /** When the latest fact about it or one of its bookings was decided. */
  readonly updatedAt: Instant;
  readonly revision: number;
}

/** One booking as readers see it. */
export interface BookingView {
  readonly bookingId: string;
  readonly eventId: string;
  readonly userId: string;
  readonly seats: number;
  readonly status: BookingStatus;
  readonly reference: string | null;
  /** Only while held: the earlier of the hold's end and the present end of sales. */
  readonly expiresAt: Instant | null;
  readonly offer: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly endedReason: string | null;
  /** Of the latest fact about this booking. */
  readonly revision: number;
  /** From 1; null when it does not wait. */
  readonly waitlistPosition: number | null;
}

/** A booking beside what a calendar says of its event. */
export interface CalendarEntry {
  readonly event: Occasion;
  readonly booking: BookingView;
}

/** When and where an event takes place, and whether. */
export type Occasion = Pick<
  EventView,
  'eventId' | 'title' | 'startsAt' | 'endsAt' | 'timeZone' | 'resource' | 'status' | 'updatedAt' | 'revision'
>;

/** What was read, and the position of the log that it shows: both from one snapshot. */
export interface Shown<T> {
  readonly value: T;
  readonly position: Position;
}

export interface EventFilter {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly resource?: string;
  /** Only events with a free seat (true) or without (false). */
  readonly available?: boolean;
  readonly status?: 'scheduled' | 'cancelled';
}

export interface BookingFilter {
  readonly userId?: string;
  readonly eventId?: string;
  readonly status?: BookingStatus;
  readonly reference?: string;
}

/** What the service itself asks for besides. `offer`: whether it came from the line. */
export interface AnyBookingFilter extends BookingFilter {
  readonly offer?: boolean;
}

/** A page of a list is asked for by the sort key of the last row of the page before: keyset paging, no offsets. */
export interface After {
  readonly at: Instant;
  readonly id: string;
}

/** The read model, asked. Every call throws StoreUnavailable when the tables cannot be reached. */
export interface BookingViews {
  event(eventId: string): Promise<Shown<EventView | null>>;
  /** Ascending by (`startsAt`, `eventId`), at most `limit` rows after `after`. */
  events(filter: EventFilter, limit: number, after: After | null): Promise<Shown<readonly EventView[]>>;
  booking(eventId: string, bookingId: string): Promise<Shown<BookingView | null>>;
  /** Both from one snapshot: the event's revision is that of the entry, whichever of the two has changed. */
  calendarEntry(eventId: string, bookingId: string): Promise<Shown<CalendarEntry | null>>;
  /** Descending by (`createdAt`, `bookingId`), at most `limit` rows after `after`. */
  bookings(filter: AnyBookingFilter, limit: number, after: After | null): Promise<Shown<readonly BookingView[]>>;
  /** The position that the tables show now. */
  position(): Promise<Position>;
  /**
   * Events where settle may have something to do at `now`: a due hold; somebody waiting while the head's places are
   * free; a waitlist past the end of sales. With the revision the tables show. At most `limit`.
   */
  unsettled(now: Instant, limit: number): Promise<readonly { eventId: string; revision: number }[]>;
}

/** What a person is called and where they can be reached; the only personal data there is. */
export interface Profile {
  readonly userId: string;
  readonly name: string;
  readonly email: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Of this copy; never used again, not even after an erasure. */
  readonly revision: number;
}

/** That a profile was erased, when and by whom; never what was in it. */
export interface Erasure {
  readonly userId: string;
  readonly erasedAt: Instant;
  readonly erasedBy: string;
}

/**
 * People, outside log and read model, so that they can be erased. What is thrown quotes no value: StoreUnavailable when
 * nothing was done, OutcomeUnknown when nobody can tell; `put` and `erase` may be repeated.
 */
export interface Profiles {
  /** Null: nothing is known of that user. */
  find(userId: string): Promise<Profile | null>;
  /** The same once more changes nothing. Null: `ifMatch` does not hold, and nothing was written. */
  put(
    profile: Pick<Profile, 'userId' | 'name' | 'email'>,
    ifMatch: IfMatch,
  ): Promise<{ readonly profile: Profile; readonly isNew: boolean } | null>;
  /** Deletes the profile and records that, both or neither. Without a profile it changes nothing and tells the last time. */
  erase(userId: string, erasedBy: string): Promise<{ readonly isErased: boolean; readonly last: Erasure | null }>;
}

/** A refusal as it is kept for who asks later why. No personal data: ids, a code and numbers. */
export interface NotedRefusal {
  readonly eventId: string;
  /** For whom a place was asked, or whose booking it is; else who asked. */
  readonly userId: string;
  /** Who asked. */
  readonly actor: string;
  /** The type of the command. */
  readonly command: string;
  /** The booking that it was about, if there was one before. */
  readonly bookingId: string | null;
  readonly code: string;
  /** Seats; null where that is not the question. */
  readonly requested: number | null;
  readonly free: number | null;
  readonly waiting: number | null;
  /** Of the ledger on which it was decided. */
  readonly revision: number;
  /** Revision of the domain event that had taken what was asked for; null where none had. */
  readonly takenAt: number | null;
  readonly refusedAt: Instant;
  readonly commandId: string;
  readonly correlationId: string;
}

/** Where refusals go. Nobody waits for it: it answers at once, never throws, and may lose what it cannot keep. */
export interface RefusalLog {
  note(refusal: NotedRefusal): void;
}

export interface KeptRefusal extends NotedRefusal {
  readonly kind: 'refusal';
  readonly id: string;
}

/** So many refusals were given but not kept, between two instants, inclusive. */
export interface RefusalGap {
  readonly kind: 'gap';
  readonly id: string;
  /** Null: of several events, this one perhaps among them. */
  readonly eventId: string | null;
  readonly refusedAt: Instant;
  readonly until: Instant;
  readonly lost: number;
}

export interface RefusalFilter {
  readonly userId?: string;
  readonly code?: string;
}

/** What was kept of the refusals. Throws StoreUnavailable when the tables cannot be reached. */
export interface RefusalViews {
  /**
   * Of one event, ascending by (`refusedAt`, `id`), at most `limit` after `after`. Gaps come whatever the filter: nobody
   * knows what is in them.
   */
  refusals(
    eventId: string,
    filter: RefusalFilter,
    limit: number,
    after: After | null,
  ): Promise<readonly (KeptRefusal | RefusalGap)[]>;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'given-up';

/** A receiver that is told of domain events over HTTP, and how it stands. Its secrets are not in here. */
export interface Webhook {
  readonly webhookId: string;
  readonly url: string;
  /** Null: every type. */
  readonly types: readonly string[] | null;
  /** Null: every event. */
  readonly eventId: string | null;
  readonly description: string | null;
  /** Null: enabled. */
  readonly disabled: { readonly reason: 'requested' | 'gone' | 'failing'; readonly since: Instant } | null;
  /** The first failure since the last success; null: the last attempt succeeded, or there was none. */
  readonly failingSince: Instant | null;
  /** What it should be told up to here is delivered, given up, or pending. */
  readonly position: Position;
  readonly pending: number;
  /** Until when the secret before the present one signs too. */
  readonly oldSecretUntil: Instant | null;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly updatedAt: Instant;
  /** Of this copy; never used again. */
  readonly revision: number;
}

/** One message to one receiver, and what became of it. */
export interface Delivery {
  /** The record's id. */
  readonly messageId: string;
  readonly position: Position;
  readonly eventId: string;
  readonly revision: number;
  readonly type: string;
  readonly status: DeliveryStatus;
  /** Since it was last asked for again. */
  readonly attempts: number;
  readonly replays: number;
  /** Null unless pending. */
  readonly nextAttemptAt: Instant | null;
  readonly lastAttemptAt: Instant | null;
  /** Of HTTP; null: there was no answer. */
  readonly lastStatus: number | null;
  /** A code; null: it did not fail. */
  readonly lastError: string | null;
  readonly durationMs: number | null;
}

/** How one attempt to tell a receiver ended. `error` is a code, null for success; `status` null when nothing was answered. */
export interface Attempt {
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  /** How long the receiver asked to be left alone, in milliseconds; null: it did not. */
  readonly retryAfterMs: number | null;
}

export type WebhookWish = Pick<Webhook, 'url' | 'types' | 'eventId' | 'description' | 'createdBy'>;
/** Absent = unchanged. */
export type WebhookChange = Partial<Pick<Webhook, 'url' | 'types' | 'description'>> & { readonly enabled?: boolean };
/** The secret is shown this once. */
export interface WebhookSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** Subscriptions and their deliveries. Every call throws StoreUnavailable or OutcomeUnknown when the tables are away. */
export interface Webhooks {
  /** What is expected of a URL and not so of this one, in words; null: it may be used. It resolves the host's name. */
  objectionTo(url: string): Promise<string | null>;
  /** Told of what comes after `position` in the log `logId`. Null: there are as many as there may be. */
  create(webhookId: string, wish: WebhookWish, position: Position, logId: string): Promise<WebhookSecret | null>;
  find(webhookId: string): Promise<Webhook | null>;
  /** Ascending by (`createdAt`, `webhookId`), at most `limit` after `after`. */
  list(limit: number, after: After | null): Promise<readonly Webhook[]>;
  /** Enabled again, it goes on where it stood. Null: there is none, or `ifMatch` does not hold. */
  change(webhookId: string, change: WebhookChange, ifMatch: IfMatch): Promise<Webhook | null>;
  /** False: there was none. */
  remove(webhookId: string): Promise<boolean>;
  /** The secret before goes on signing for a day. */
  rotateSecret(webhookId: string): Promise<WebhookSecret | null>;
  /** The latest first by position, at most `limit` after `after` (whose `at` is a position). */
  deliveries(
    webhookId: string,
    status: DeliveryStatus | null,
    limit: number,
    after: After | null,
  ): Promise<readonly Delivery[]>;
  /** Sends one message again; null: there is no such delivery. */
  replay(webhookId: string, messageId: string): Promise<Delivery | null>;
  /**
   * Sends everything after `position` in the log `logId` again, in order, with what is pending there. A subscription that
   * has not come so far in that log stays where it is.
   */
  replayAfter(webhookId: string, position: Position, logId: string): Promise<Webhook | null>;
  /** Sends a message that is about nothing, once. Null: there is no such subscription. */
  test(webhookId: string): Promise<Attempt | null>;
}

export type GenerationState = 'halted' | 'paused' | 'building' | 'behind' | 'up to date' | 'another log';

/** One generation of the tables, and how far it has followed the log. */
export interface Generation {
  readonly generation: number;
  /** It is the one that readers see. */
  readonly live: boolean;
  /** `another log`: the tables are ahead of the log, so it is not the one they were folded from. */
  readonly state: GenerationState;
  readonly position: Position;
  /** Records that it lacks; null where positions say nothing about that. */
  readonly behind: number | null;
  /** For how long, in milliseconds, the first of them has been there; null: not known, or still being built. */
  readonly lagMs: number | null;
  /** Records folded in a second during the last ones; null: nobody has looked for long enough. */
  readonly perSecond: number | null;
  /** Until nothing is behind any more, at that pace; null: not known, or standing still. */
  readonly leftMs: number | null;
  readonly movedAt: Instant;
  /** When it last became the live one. */
  readonly shownAt: Instant | null;
  /** Why and before which record it stands still. */
  readonly halt: {
    readonly position: Position;
    readonly eventId: string;
    readonly revision: number;
    readonly recordId: string;
    readonly reason: string;
    readonly since: Instant;
  } | null;
  readonly pause: { readonly since: Instant; readonly by: string; readonly reason: string | null } | null;
}

/** The latest rebuild that this process was asked for. */
export interface Rebuild {
  readonly generation: number;
  /** It ends with one of the last three: both generations are the same, they differ, or it could not be done. */
  readonly step: 'folding' | 'comparing' | 'same' | 'different' | 'failed';
  readonly beganAt: Instant;
  readonly endedAt: Instant | null;
  /** Records. */
  readonly folded: number;
  /** Rows of both generations, and how many of them were compared; 0 before that. */
  readonly rows: number;
  readonly compared: number;
  /** Tables that are not the same. */
  readonly different: readonly string[];
  /** Only of what failed. */
  readonly why: string | null;
}

/** A record that every fold leaves out, who decided so, and what the projector had said. */
export interface SkippedRecord {
  readonly position: Position;
  readonly eventId: string;
  readonly revision: number;
  readonly haltReason: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
}

export interface ProjectionsStanding {
  readonly head: Position;
  readonly generations: readonly Generation[];
  readonly rebuild: Rebuild | null;
  readonly skipped: readonly SkippedRecord[];
}

/**
 * The generations of the tables, for operators. What is asked for may not be possible: then the answer is why, nothing was
 * changed, and else it is null. Throws StoreUnavailable, and OutcomeUnknown for what may be asked again.
 */
export interface Projections {
  standing(): Promise<ProjectionsStanding>;
  /** Of one generation, or of all (null). */
  pause(generation: number | null, by: string, reason: string | null): Promise<string | null>;
  resume(generation: number | null): Promise<string | null>;
  /** Begins to make the next generation, beside this process, and goes on with it until that is done or this process ends. */
  rebuild(): Promise<string | null>;
  /** Shows a generation to all readers; null: the one that is not live, if there is one only. */
  switchTo(generation: number | null): Promise<string | null>;
}

/** The fold's view of a record. */
export const recordedOf = (record: RecordedEvent): Recorded => ({
  event: record.event,
  revision: record.revision,
  commandId: record.metadata.commandId,
  actor: record.metadata.actor,
  occurredAt: record.metadata.occurredAt,
  hash: record.metadata.hash,
});
