import type { BookingRow, Changes, Claim, EventRow } from './bookings.js';

interface KnownStream {
  readonly row: EventRow;
  readonly claims: Map<string, Claim>;
  /** By user. */
  readonly active: Map<string, Claim>;
}

/** What is known of the streams that a batch speaks of. */
export interface KnownRows {
  readonly events: readonly EventRow[];
  readonly claims: readonly Claim[];
  /** Whether everything about this event is known. */
  sees(eventId: string): boolean;
  /** A fact about this booking of this user on an event that `sees`. */
  claimed(eventId: string, fact: { readonly bookingId: string; readonly userId: string }): void;
}

/**
 * What the tables say of the streams that were folded from their first record on, as they were written: to look it up
 * again would be a fifth of the server's work. Only whole streams: what is not known of one of them is not there, and what is
 * known came from the log alone, so that a row that somebody has damaged, or mended, never comes in here.
 */
export class KnownStreams {
  /** Those that have rested longest come first. */
  private readonly streams = new Map<string, KnownStream>();
  private readonly users = new Set<string>();
  private bookings = 0;

  /** `limit`: bookings remembered at most, and users. */
  constructor(private readonly limit: number) {}

  forget(): void {
    this.streams.clear();
    this.users.clear();
    this.bookings = 0;
  }

  drop(eventId: string): void {
    this.bookings -= this.streams.get(eventId)?.claims.size ?? 0;
    this.streams.delete(eventId);
  }

  look(): KnownRows {
    const { streams } = this;
    const seen = new Map<string, KnownStream | null>();
    const events: EventRow[] = [];
    const claims: Claim[] = [];
    return {
      events,
      claims,
      sees: (eventId) => {
        let stream = seen.get(eventId);
        if (stream === undefined) {
          stream = streams.get(eventId) ?? null;
          seen.set(eventId, stream);
          if (stream !== null) events.push(stream.row);
        }
        return stream !== null;
      },
      claimed: (eventId, { bookingId, userId }) => {
        const stream = streams.get(eventId)!;
        const claim = stream.claims.get(bookingId);
        const active = stream.active.get(userId);
        if (claim !== undefined) claims.push(claim);
        if (active !== undefined && active !== claim) claims.push(active);
      },
    };
  }

  /** Those of whom it is not known that they have a row. */
  strangers(users: Iterable<string>): string[] {
    return [...users].filter((user) => !this.users.has(user));
  }

  /** What a batch has changed, once it is written. Events that it put in are whole: it began with their first record. */
  remember({ users, events, active, past }: Changes): void {
    for (const row of events.inserted) this.keep(row, { claims: new Map(), active: new Map() });
    for (const row of [...events.updated, ...events.counted, ...events.revised]) {
      const stream = this.streams.get(row.eventId);
      if (stream !== undefined) this.keep(row, stream);
    }
    for (const row of active.updated) this.put(row, true);
    for (const row of past.inserted) this.put(row, false);
    for (const row of active.inserted) this.put(row, true);
    if (this.users.size > this.limit) this.users.clear();
    for (const user of users) this.users.add(user);
    for (const eventId of this.streams.keys()) {
      if (this.bookings <= this.limit) return;
      this.drop(eventId);
    }
  }

  /** As the last that was not at rest, without the settings: they are looked up where they are changed. */
  private keep(row: EventRow, { claims, active }: Pick<KnownStream, 'claims' | 'active'>): void {
    row.settings = null;
    this.streams.delete(row.eventId);
    this.streams.set(row.eventId, { row, claims, active });
  }

  private put(row: BookingRow, isActive: boolean): void {
    const stream = this.streams.get(row.eventId);
    if (stream === undefined) return;
    const { claims, active } = stream;
    const before = claims.size;
    claims.set(row.bookingId, row);
    this.bookings += claims.size - before;
    if (isActive) active.set(row.userId, row);
    else if (active.get(row.userId)?.bookingId === row.bookingId) active.delete(row.userId);
  }
}
