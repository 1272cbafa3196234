import { hash } from 'node:crypto';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';

/** A promise that did not hold: which one, and how it shows. A bug is what nobody may throw. */
export class Violation extends Error {
  constructor(
    readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I11' | 'bug',
    readonly what: string,
  ) {
    super(`${invariant} ${what}`);
  }
}

export interface Data {
  readonly bookingId?: string;
  readonly userId?: string;
  readonly seats?: number;
  readonly status?: string;
  readonly offer?: boolean;
  readonly expiresAt?: string;
  readonly capacity?: number;
  readonly waitlistLimit?: number | null;
  readonly startsAt?: string;
  readonly salesCloseAt?: string | null;
  readonly reason?: string;
  readonly reference?: string | null;
}

export interface Metadata {
  readonly commandId: string;
  readonly actor: string;
  readonly occurredAt: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** How one booking stood from a position of the log on. `revision`: of the record that said so. */
interface Standing {
  readonly position: number;
  readonly revision: number;
  readonly status: string;
}

export interface Claim {
  readonly userId: string;
  seats: number;
  status: string;
  offer: boolean;
  expiresAt: number;
  readonly standings: Standing[];
}

/** What was free and who waited from a position of the log on. */
export interface Moment {
  readonly position: number;
  /** Of the stream's end; and of the last record about the event itself. */
  readonly revision: number;
  readonly settingsRevision: number;
  readonly capacity: number;
  readonly taken: number;
  readonly waiting: number;
  readonly waitlistLimit: number;
}

export const ACTIVE = ['waitlisted', 'held', 'confirmed'];
const TAKING = ['held', 'confirmed'];

const NOTHING: Moment = {
  ...{ position: 0, revision: -1, settingsRevision: -1 },
  ...{ capacity: 0, taken: 0, waiting: 0, waitlistLimit: 0 },
};

/**
 * One stream, read as plainly as can be: from stored text, with no code of the service. Throws Violation at the first
 * record after which the books (I2, one active booking per user) or the chain (I5) are wrong.
 */
export class Books {
  revision = -1;
  capacity = 0;
  waitlistLimit = 0;
  salesEnd = Infinity;
  isCancelled = false;
  /** A record stands in it that nobody can read. */
  isUnreadable = false;
  taken = 0;
  /** bookingIds, first come first. */
  line: string[] = [];
  readonly claims = new Map<string, Claim>();
  readonly activeOf = new Map<string, string>();
  readonly moments: Moment[] = [NOTHING];
  private settingsRevision = -1;
  private startsAt = Infinity;
  private salesCloseAt = Infinity;
  private hash = '';
  private occurredAt = '';

  /** The chain, before anything else is believed. */
  link(record: StoredRecord, metadata: Metadata): void {
    const at = `${record.stream}@${record.revision}`;
    if (record.revision !== this.revision + 1) throw new Violation('I5', `${at} follows revision ${this.revision}`);
    if (metadata.prevHash !== this.hash) throw new Violation('I5', `${at} is not chained to the record before`);
    const bare = record.metadata.replace(`,"hash":"${metadata.hash}"`, '');
    const place = `"revision":${record.revision},"stream":"${record.stream}","type":"${record.type}"`;
    const text = `{"data":${record.data},"metadata":${bare},${place}}`;
    if (hash('sha256', text, 'hex') !== metadata.hash) throw new Violation('I5', `${at} has the hash of other bytes`);
    if (metadata.occurredAt < this.occurredAt) throw new Violation('I5', `${at} happened before the record before`);
    Object.assign(this, { revision: record.revision, hash: metadata.hash, occurredAt: metadata.occurredAt });
  }

  fold({ position, type }: StoredRecord, data: Data): void {
    if (data.bookingId !== undefined) this.foldClaim(Number(position), data);
    else if (type === 'EventCancelled') this.callOff(Number(position));
    else this.foldSettings(data);
    if (data.bookingId === undefined) this.settingsRevision = this.revision;
    const { capacity, taken, waitlistLimit, revision, settingsRevision } = this;
    const waiting = this.line.length;
    const moment = { position: Number(position), revision, settingsRevision };
    this.moments.push({ ...moment, capacity, taken, waiting, waitlistLimit });
    if (!(0 <= taken && taken <= capacity)) throw new Violation('I2', `${taken} places are taken of ${capacity}`);
  }

  /** Every state in which the stream was from one position of the log to another, both included. */
  *between(from: number, to: number): Generator<Moment> {
    yield* during(this.moments, from, to);
  }

  /** Every status that a booking had meanwhile; "absent" before it began. */
  statuses(bookingId: string, from: number, to: number): string[] {
    const standings = this.claims.get(bookingId)?.standings ?? [ABSENT];
    return [...during(standings, from, to)].map(({ status }) => status);
  }

  /** Whether a copy of that revision was out of date at a moment, or none that there can have been. Of the event: without a booking. */
  isStale(copy: number, bookingId: string | undefined, { position, revision, settingsRevision }: Moment): boolean {
    const [standing] = during(this.claims.get(bookingId ?? '')?.standings ?? [ABSENT], position, position);
    return copy > revision || copy < (bookingId === undefined ? settingsRevision : standing!.revision);
  }

  private foldClaim(position: number, data: Data): void {
    const { bookingId, userId, seats, status, offer, expiresAt } = data as Required<Data>;
    const before = this.claims.get(bookingId);
    const claim = before ?? { userId, seats, status: 'absent', offer, expiresAt: 0, standings: [ABSENT] };
    this.claims.set(bookingId, claim);
    this.taken += (TAKING.includes(status) ? seats : 0) - (TAKING.includes(claim.status) ? claim.seats : 0);
    if (status === 'waitlisted' && claim.status !== 'waitlisted') this.line.push(bookingId);
    if (status !== 'waitlisted' && claim.status === 'waitlisted')
      this.line = this.line.filter((waiting) => waiting !== bookingId);
    Object.assign(claim, { seats, status, offer, expiresAt: status === 'held' ? Date.parse(expiresAt) : 0 });
    claim.standings.push({ position, revision: this.revision, status });
    const active = this.activeOf.get(userId);
    if (!ACTIVE.includes(status)) {
      if (active === bookingId) this.activeOf.delete(userId);
      return;
    }
    if (active !== undefined && active !== bookingId)
      throw new Violation('I3', `${userId} has the active bookings ${active} and ${bookingId}`);
    this.activeOf.set(userId, bookingId);
  }

  private foldSettings(data: Data): void {
    this.capacity = data.capacity ?? this.capacity;
    if (data.startsAt !== undefined) this.startsAt = Date.parse(data.startsAt);
    if (data.waitlistLimit != null) this.waitlistLimit = data.waitlistLimit;
    if (data.salesCloseAt === null) this.salesCloseAt = Infinity;
    else if (data.salesCloseAt !== undefined) this.salesCloseAt = Date.parse(data.salesCloseAt);
    this.salesEnd = Math.min(this.startsAt, this.salesCloseAt);
  }

  private callOff(position: number): void {
    this.isCancelled = true;
    this.taken = 0;
    this.line = [];
    for (const bookingId of this.activeOf.values()) {
      const claim = this.claims.get(bookingId)!;
      claim.status = 'cancelled';
      claim.standings.push({ position, revision: this.revision, status: 'cancelled' });
    }
    this.activeOf.clear();
  }
}

const ABSENT: Standing = { position: 0, revision: -1, status: 'absent' };

/** The last entry at or before `from`, and all after it up to `to`. */
function* during<T extends { readonly position: number }>(all: readonly T[], from: number, to: number): Generator<T> {
  let at = all.length - 1;
  while (at > 0 && all[at]!.position > from) at -= 1;
  for (; at < all.length && all[at]!.position <= to; at += 1) yield all[at]!;
}
