/** What a fact says, as JSON gives it. */
export interface Data {
  readonly bookingId?: string;
  readonly userId?: string;
  readonly seats?: number;
  readonly status?: string;
  readonly reference?: string;
  readonly offer?: boolean;
  readonly expiresAt?: string;
  readonly ceilingAt?: string;
  readonly createdAt?: string;
  readonly reason?: string;
  readonly [setting: string]: unknown;
}

/** One record of the log, read. */
export interface Fact {
  /** Its place among all records that were read, from 0. */
  readonly index: number;
  readonly position: number;
  readonly eventId: string;
  /** Its place among the facts of its event, from 0: the revision, unless the log is broken. */
  readonly at: number;
  readonly revision: number;
  readonly type: string;
  readonly data: Data;
  readonly commandId: string;
  readonly causationId: string;
  readonly actor: string;
  readonly occurredAt: number;
}

/** How a booking stood from one fact to the next. Instants in milliseconds. */
export interface Standing {
  /** The place of the fact, see there. */
  readonly at: number;
  readonly revision: number;
  readonly userId: string;
  readonly status: string;
  readonly seats: number;
  readonly reference: string | null;
  readonly offer: boolean;
  readonly expiresAt: number;
  /** Null: it has none, and cannot be extended. */
  readonly ceilingAt: number | null;
  readonly createdAt: number;
  readonly endedReason: string | null;
  readonly extensions: number;
  readonly changes: number;
}

interface Booking {
  readonly bookingId: string;
  readonly standings: Standing[];
}

/** A stay in the line, between two facts. */
interface Turn {
  readonly bookingId: string;
  readonly from: number;
  until: number;
}

/** What the event itself says of how it is sold; instants as text, absent where nothing was said. */
export interface Settings {
  readonly title: string;
  readonly capacity: number;
  readonly startsAt: string;
  readonly endsAt?: string;
  readonly salesOpenAt?: string;
  readonly salesCloseAt?: string;
  readonly cancelUntil?: string;
  readonly holdSeconds: number;
  readonly offerSeconds: number;
  readonly maxSeatsPerBooking: number;
  readonly waitlistLimit: number;
}

/** The event after so many of its facts. */
export interface Prefix {
  /** Null: not scheduled yet. */
  readonly settings: Settings | null;
  /** Of the last fact about the event itself. */
  readonly settingsRevision: number;
  readonly startsAt: number;
  /** From then on nothing is sold, promoted or held. */
  readonly salesEnd: number;
  readonly cancelled: { readonly at: number; readonly revision: number } | null;
  readonly taken: number;
  readonly waiting: number;
  readonly occurredAt: number;
}

type Mutable = { -readonly [Name in keyof Prefix]: Prefix[Name] };

export const isActive = (status: string): boolean => status === 'confirmed' || status === 'held' || isWaiting(status);
const isTaking = (status: string | undefined): boolean => status === 'confirmed' || status === 'held';
const isWaiting = (status: string | undefined): boolean => status === 'waitlisted';

const NOTHING: Prefix = {
  settings: null,
  settingsRevision: -1,
  startsAt: Infinity,
  salesEnd: Infinity,
  cancelled: null,
  taken: 0,
  waiting: 0,
  occurredAt: -Infinity,
};

/**
 * One event as a sequential machine, read as plainly as can be from stored facts; shares no code with the service. Folds
 * whatever it is given, and remembers what was so after each number of facts: the event's few numbers for every one, a
 * booking only where it changed.
 */
export class Ledger {
  readonly facts: Fact[] = [];
  /** bookingIds, first come first: as it is now. */
  readonly line = new Map<string, Turn>();
  private readonly prefixes: Prefix[] = [NOTHING];
  private readonly bookings = new Map<string, Booking>();
  private readonly bookingsOf = new Map<string, Booking[]>();
  /** Every turn that there ever was, in the order of joining. */
  private readonly turns: Turn[] = [];

  private readonly commands = new Set<string>();

  constructor(readonly eventId: string) {}

  /** How many facts there are, and so the last prefix. */
  get length(): number {
    return this.facts.length;
  }

  prefix(facts: number): Prefix {
    return this.prefixes[facts]!;
  }

  /** How a booking stood after so many facts; undefined when it had not begun. */
  standing(bookingId: string, facts: number): Standing | undefined {
    const booking = this.bookings.get(bookingId);
    return booking === undefined ? undefined : this.standingOf(booking, facts);
  }

  /** The user's active booking after so many facts. `but`: another than this one. */
  activeOf(userId: string, facts: number, but?: string): string | undefined {
    return this.bookingsOf.get(userId)?.find(({ bookingId, standings }) => {
      if (bookingId === but || standings[0]!.at >= facts) return false;
      return isActive(this.standing(bookingId, facts)!.status);
    })?.bookingId;
  }

  /** The bookings that a user had begun by then, whatever has become of them. */
  begunBy(userId: string, facts: number): string[] {
    const all = this.bookingsOf.get(userId) ?? [];
    return all.filter(({ standings }) => standings[0]!.at < facts).map(({ bookingId }) => bookingId);
  }

  /** From 1; null when it does not wait. */
  turnOf(bookingId: string, facts: number): number | null {
    let before = 0;
    for (const turn of this.turns) {
      if (turn.from >= facts) return null;
      if (turn.until < facts) continue;
      before += 1;
      if (turn.bookingId === bookingId) return before;
    }
    return null;
  }

  /** Whether a fact of that command is among them. */
  has(commandId: string): boolean {
    return this.commands.has(commandId);
  }

  fold(fact: Fact): void {
    const before = this.prefix(this.length);
    const after =
      fact.data.bookingId === undefined
        ? this.foldSettings(before, fact)
        : this.foldBooking(before, fact.data.bookingId, fact);
    this.facts.push(fact);
    this.commands.add(fact.commandId);
    after.waiting = this.line.size;
    after.occurredAt = fact.occurredAt;
    this.prefixes.push(after);
  }

  /** A record of a kind that nobody knows: it has its place, and changes nothing. */
  skip(fact: Fact): void {
    this.facts.push(fact);
    this.prefixes.push({ ...this.prefix(this.length - 1) });
  }

  private foldBooking(before: Prefix, bookingId: string, fact: Fact): Mutable {
    const booking = this.bookings.get(bookingId) ?? this.begin(bookingId, fact.data.userId!);
    const last = booking.standings.at(-1);
    const next = standingAfter(fact, last);
    booking.standings.push(next);
    const seats = (isTaking(next.status) ? next.seats : 0) - (isTaking(last?.status) ? last!.seats : 0);
    if (isWaiting(next.status) && !this.line.has(bookingId)) {
      const turn: Turn = { bookingId, from: fact.at, until: Infinity };
      this.line.set(bookingId, turn);
      this.turns.push(turn);
    }
    if (!isWaiting(next.status)) this.leave(bookingId, fact.at);
    return { ...before, taken: before.taken + seats };
  }

  private foldSettings(before: Prefix, { type, data, at, revision }: Fact): Mutable {
    if (type === 'EventCancelled') {
      for (const bookingId of this.line.keys()) this.leave(bookingId, at);
      return { ...before, settingsRevision: revision, cancelled: { at, revision }, taken: 0 };
    }
    const { endsAt: _before, ...kept } = (before.settings ?? {}) as Settings;
    const merged = { ...(type === 'EventRescheduled' ? kept : before.settings), ...data };
    const told = Object.entries(merged).filter(([, value]) => value !== null);
    const settings = Object.fromEntries(told) as unknown as Settings;
    const startsAt = Date.parse(settings.startsAt);
    const salesEnd = Math.min(
      startsAt,
      settings.salesCloseAt === undefined ? Infinity : Date.parse(settings.salesCloseAt),
    );
    return { ...before, settings, settingsRevision: revision, startsAt, salesEnd };
  }

  private begin(bookingId: string, userId: string): Booking {
    const booking: Booking = { bookingId, standings: [] };
    this.bookings.set(bookingId, booking);
    const theirs = this.bookingsOf.get(userId);
    if (theirs === undefined) this.bookingsOf.set(userId, [booking]);
    else theirs.push(booking);
    return booking;
  }

  private leave(bookingId: string, at: number): void {
    const turn = this.line.get(bookingId);
    if (turn === undefined) return;
    turn.until = at;
    this.line.delete(bookingId);
  }

  private standingOf({ standings }: Booking, facts: number): Standing | undefined {
    const count = countWhile(standings, ({ at }) => at < facts);
    const standing = standings[count - 1];
    const { cancelled } = this.prefix(facts);
    if (standing === undefined || cancelled === null || !isActive(standing.status)) return standing;
    return { ...standing, ...cancelled, status: 'cancelled', endedReason: 'event-cancelled' };
  }
}

function standingAfter({ type, data, at, revision }: Fact, before: Standing | undefined): Standing {
  const status = data.status!;
  const isHeldOn = status === 'held' && before?.status === 'held';
  const ceilingAt = data.ceilingAt === undefined ? (isHeldOn ? before.ceilingAt : null) : Date.parse(data.ceilingAt);
  return {
    at,
    revision,
    userId: data.userId!,
    status,
    seats: data.seats!,
    reference: data.reference ?? null,
    offer: data.offer === true,
    expiresAt: data.expiresAt === undefined ? NaN : Date.parse(data.expiresAt),
    ceilingAt,
    createdAt: Date.parse(data.createdAt!),
    endedReason: isActive(status) ? null : type === 'BookingCancelled' ? (data.reason ?? status) : status,
    extensions: (isHeldOn ? before.extensions : 0) + Number(type === 'HoldExtended'),
    changes: (before?.changes ?? 0) + Number(type === 'BookingSeatsChanged' || type === 'BookingReferenceChanged'),
  };
}

/** How many from the first on are so, in a list in which those that are so come first. */
export function countWhile<T>(all: ArrayLike<T>, isSo: (one: T) => boolean): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(all[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
