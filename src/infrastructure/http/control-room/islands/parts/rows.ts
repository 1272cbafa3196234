import type { Fact } from './feed.js';

/** One event of `GET /v1/events`, as far as the grid shows it. */
export interface Row {
  readonly eventId: string;
  readonly title: string;
  readonly startsAt: string;
  readonly timeZone: string;
  readonly resource: string | null;
  readonly capacity: number;
  readonly seatsTaken: number;
  readonly seatsHeld: number;
  readonly waiting: number;
  readonly isBooked: boolean;
  readonly status: 'scheduled' | 'cancelled';
  readonly revision: number;
}

/** A booking as it was last told of. */
interface Claim {
  readonly status: string;
  readonly seats: number;
}

/** What is remembered of bookings; beyond it, the oldest are forgotten, and their events read again. */
const MOST_CLAIMS = 50_000;

/**
 * Every event that is shown, kept up to date by the feed. A fact that follows on what is known is counted; where one is
 * missing, or does not say what was so before, the event is stale and is to be read again.
 */
export class Rows {
  readonly byId = new Map<string, Row>();
  /** Changed since they were last drawn. */
  readonly changed = new Set<string>();
  /** To be read again, each with the position that the answer must have reached. */
  readonly stale = new Map<string, string>();
  private readonly claims = new Map<string, Claim>();
  /** The latest revision of each event that was told of. */
  private readonly told = new Map<string, number>();

  /** A row as it was read; an older one than is known changes nothing. */
  put(row: Row, position: string): void {
    const known = this.byId.get(row.eventId);
    if (known !== undefined && known.revision >= row.revision) return;
    this.byId.set(row.eventId, row);
    this.changed.add(row.eventId);
    if ((this.told.get(row.eventId) ?? -1) > row.revision) this.stale.set(row.eventId, position);
  }

  /** A fact, in the order in which they were written. */
  apply(fact: Fact): void {
    const { eventId, revision, position } = fact;
    const row = this.byId.get(eventId);
    const before = this.remember(fact);
    if (row === undefined) {
      if (fact.type === 'EventScheduled') this.stale.set(eventId, position);
      return;
    }
    if (revision <= row.revision) return;
    this.told.set(eventId, revision);
    const next = revision === row.revision + 1 ? follow(row, fact, before) : null;
    if (next === null) this.stale.set(eventId, position);
    else {
      this.byId.set(eventId, next);
      this.changed.add(eventId);
    }
  }

  /** Notes what became of a booking; answers what it was before. */
  private remember({ data, unreadable }: Fact): Claim | undefined {
    if (unreadable === true || typeof data['bookingId'] !== 'string') return undefined;
    const { bookingId, status, seats } = data as unknown as Claim & { bookingId: string };
    const before = this.claims.get(bookingId);
    this.claims.delete(bookingId);
    this.claims.set(bookingId, { status, seats });
    if (this.claims.size > MOST_CLAIMS) this.claims.delete(this.claims.keys().next().value!);
    return before;
  }
}

/** The row after one more fact; null where the fact alone does not say. */
function follow(row: Row, fact: Fact, before: Claim | undefined): Row | null {
  const { type, data, revision } = fact;
  if (fact.unreadable === true) return null;
  if (typeof data['bookingId'] === 'string') {
    const was = before ?? claimBefore(fact);
    return was === null ? null : counted({ ...row, revision }, was, data as unknown as Claim);
  }
  const { title, startsAt, capacity } = data as { title?: string; startsAt?: string; capacity?: number };
  if (type === 'EventRenamed') return { ...row, revision, title: title! };
  if (type === 'EventRescheduled') return { ...row, revision, startsAt: startsAt! };
  if (type === 'CapacityChanged') return seated({ ...row, revision, capacity: capacity! });
  return type === 'EventRulesChanged' ? { ...row, revision } : null;
}

const NONE: Claim = { status: 'none', seats: 0 };

/** What a booking that nothing is known of must have been, by what it became. */
function claimBefore({ type, data, occurredAt }: Fact): Claim | null {
  const seats = data['seats'] as number;
  const isNew = data['createdAt'] === occurredAt;
  if (type === 'BookingWaitlisted') return NONE;
  if (type === 'BookingHeld') return data['offer'] === true ? { status: 'waitlisted', seats } : NONE;
  if (type === 'HoldExtended' || type === 'HoldExpired') return { status: 'held', seats };
  if (type === 'BookingReferenceChanged') return data as unknown as Claim;
  return type === 'BookingConfirmed' && isNew ? NONE : null;
}

function counted(row: Row, was: Claim, is: Claim): Row {
  const of = (status: string): number =>
    (is.status === status ? is.seats : 0) - (was.status === status ? was.seats : 0);
  const turns = Number(is.status === 'waitlisted') - Number(was.status === 'waitlisted');
  const held = of('held');
  return seated({
    ...row,
    seatsHeld: row.seatsHeld + held,
    seatsTaken: row.seatsTaken + held + of('confirmed'),
    waiting: row.waiting + turns,
  });
}

const seated = (row: Row): Row => ({ ...row, isBooked: row.seatsTaken >= row.capacity });
