import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { CAUSES, QUIET, STATUSES_OF, isAbout, isEnded, isOutOfDate, type Asked } from './asked.js';
import { ACTIVE, Books, Violation, type Data, type Metadata, type Moment } from './books.js';
import type { Fact } from './mirror.js';

/** One call as its client knows it. Written down before it is made. */
export interface Call {
  readonly stream: string;
  readonly commandId: string;
  /** Another body under the same key is another call. */
  readonly command: Asked;
  /** How long the log was when the call was made. */
  readonly from: number;
}

export interface Receipt {
  readonly bookingId?: string;
  readonly revision: number;
  readonly status: string;
}

/** What the client heard. `failed` is sure that nothing was written; `unknown` is not. */
export type Heard =
  | { readonly kind: 'yes'; readonly receipt: Receipt; readonly position: number; readonly replayed: boolean }
  | { readonly kind: 'no'; readonly refusal: Readonly<Record<string, unknown>> & { readonly reason: string } }
  | { readonly kind: 'failed' | 'unknown'; readonly code: string };

interface Effect {
  readonly position: number;
  readonly revision: number;
  readonly type: string;
}

/** Everything that was ever asked and written under one commandId. */
interface Request {
  readonly asked: Asked[];
  readonly effects: Effect[];
  open: number;
  /** Somebody was told what was written, or nothing certain. */
  mayHaveWritten: boolean;
  bookingId: string | undefined;
}

const PREFIX = 'booking-';
/** The type of what is planted. */
const UNREADABLE = 'PlaceBlessed';

/**
 * Hears every call, every answer and every record in the order in which they happened, and throws Violation as soon as
 * they cannot all be true. Knows the promises, and nothing of how they are kept.
 */
export class Checker {
  private readonly streams = new Map<string, Books>();
  private readonly requests = new Map<string, Request>();
  /** The log as it was read here, for whoever checks what was made of it. */
  readonly facts: Fact[] = [];

  /** `latestClock`: the latest time that any process's clock has shown. */
  constructor(private readonly latestClock: () => number) {}

  books(stream: string): Books {
    const books = this.streams.get(stream) ?? new Books();
    this.streams.set(stream, books);
    return books;
  }

  onCall({ stream, commandId, command }: Call): void {
    const request = this.request(stream, commandId);
    request.asked.push(command);
    request.open += 1;
  }

  onRecord(record: StoredRecord): void {
    if (record.position !== BigInt(this.facts.length + 1))
      throw new Violation('I5', `position ${record.position} is not next`);
    const data = JSON.parse(record.data) as Data;
    const metadata = JSON.parse(record.metadata) as Metadata;
    const books = this.books(record.stream);
    const { revision, type } = record;
    const isReadable = type !== UNREADABLE;
    const { actor, occurredAt } = metadata;
    const eventId = record.stream.slice(PREFIX.length);
    this.facts.push({ eventId, revision, type, data: isReadable ? data : null, actor, occurredAt });
    books.link(record, metadata);
    if (books.isUnreadable) throw new Violation('I4', `${type} was decided on a record that nobody can read`);
    books.isUnreadable = !isReadable;
    if (!isReadable) return;
    if (metadata.actor === 'system:settle') this.expectDue(books, record, data);
    else this.expectAsked(books, record, data, metadata.commandId);
    books.fold(record, data);
  }

  onHeard(call: Call, heard: Heard): void {
    const request = this.request(call.stream, call.commandId);
    request.open -= 1;
    if (heard.kind === 'unknown') request.mayHaveWritten = true;
    if (heard.kind === 'yes') this.expectTrue(call, request, heard);
    if (heard.kind === 'no') this.expectFair(call, request, heard.refusal);
    this.expectNothing(request);
  }

  private request(stream: string, commandId: string): Request {
    const name = `${stream} ${commandId}`;
    const known = this.requests.get(name);
    if (known !== undefined) return known;
    const request = { asked: [], effects: [], open: 0, mayHaveWritten: false, bookingId: undefined };
    this.requests.set(name, request);
    return request;
  }

  /** I11: all who asked were told no, or that there was nothing to do. */
  private expectNothing({ open, mayHaveWritten, effects, asked }: Request): void {
    if (open === 0 && !mayHaveWritten && effects.length > 0)
      throw new Violation('I11', `${asked[0]?.type} had nothing to write and wrote ${effects[0]!.type}`);
  }

  /** I3 and I4 of a record that somebody asked for. */
  private expectAsked(books: Books, record: StoredRecord, data: Data, commandId: string): void {
    const { type, revision } = record;
    const request = this.request(record.stream, commandId);
    const isCause = (asked: Asked): boolean => CAUSES[asked.type]!.includes(type) && isAbout(asked, data);
    if (!request.asked.some(isCause)) throw new Violation('I4', `nobody asked for ${type} of ${commandId}`);
    const before = request.effects.at(-1);
    const isTwice = request.effects.some((effect) => effect.type === type) || before?.revision !== revision - 1;
    if (before !== undefined && isTwice) throw new Violation('I3', `${type} is a second effect of ${commandId}`);
    // What a command writes beside its first record follows from that.
    const isBlind = (asked: Asked): boolean => isCause(asked) && isOutOfDate(asked, books, books.moments.at(-1)!);
    if (before === undefined && request.asked.every(isBlind))
      throw new Violation('I7', `${type} of ${commandId} was written over what its caller had not seen`);
    request.effects.push({ position: Number(record.position), revision, type });
    this.expectNothing(request);
    const claim = data.bookingId === undefined ? undefined : books.claims.get(data.bookingId);
    const wantsMore =
      type === 'BookingHeld' || type === 'BookingConfirmed'
        ? !ACTIVE.includes(claim?.status ?? 'absent')
        : type === 'BookingSeatsChanged' && data.seats! > claim!.seats && data.status !== 'waitlisted';
    if (wantsMore && books.line.length > 0) throw new Violation('I7', `${data.bookingId} overtakes ${books.line[0]}`);
  }

  /** I4 and I7 of a record that settle wrote. */
  private expectDue(books: Books, { type }: StoredRecord, data: Data): void {
    const claim = books.claims.get(data.bookingId ?? '');
    const now = this.latestClock();
    const isOver = now >= books.salesEnd;
    if (type === 'HoldExpired' && claim?.status === 'held' && (now >= claim.expiresAt || isOver)) return;
    if (type === 'BookingCancelled' && claim?.status === 'waitlisted')
      if (data.reason === 'no-longer-fits' ? claim.seats > books.capacity : isOver) return;
    if (type !== 'BookingHeld' || claim?.status !== 'waitlisted' || !data.offer)
      throw new Violation('I4', `settle wrote ${type} for ${data.bookingId}, which was ${claim?.status}`);
    if (books.line[0] !== data.bookingId) throw new Violation('I7', `${data.bookingId} overtakes ${books.line[0]}`);
  }

  /** I1 and I3 of a yes. */
  private expectTrue(call: Call, request: Request, heard: Heard & { kind: 'yes' }): void {
    const { receipt, position } = heard;
    const { command, from } = call;
    const { bookingId } = receipt;
    if (bookingId !== undefined && bookingId !== (request.bookingId ??= bookingId))
      throw new Violation('I3', `one key was answered with ${request.bookingId} and with ${bookingId}`);
    if (bookingId !== undefined && bookingId !== command.bookingId)
      throw new Violation('I1', `asked for ${command.bookingId}, answered with ${bookingId}`);
    if (position > this.facts.length) throw new Violation('I1', `position ${position} is beyond the log`);
    const effect = request.effects.find(({ revision }) => revision === receipt.revision);
    if (effect !== undefined) {
      if (effect.position > position) throw new Violation('I1', 'the position of the answer is before its effect');
      if (!heard.replayed && effect.position <= from) throw new Violation('I3', 'a replay was told as new');
      request.mayHaveWritten = true;
      return;
    }
    if (heard.replayed || !QUIET.includes(command.type))
      throw new Violation('I1', `${command.type} of ${call.commandId} was acknowledged and is not in the log`);
    if (bookingId === undefined) return this.expectSettings(call, receipt);
    const statuses = this.books(call.stream).statuses(bookingId, from, this.facts.length);
    if (!statuses.includes(receipt.status))
      throw new Violation('I1', `${bookingId} was said to be ${receipt.status}, it was ${statuses.join()}`);
  }

  /** I1 of a yes about an event that had nothing to write. */
  private expectSettings({ stream, command, from }: Call, { revision, status }: Receipt): void {
    const books = this.books(stream);
    const moments = [...books.between(from, this.facts.length)];
    const isSo = moments.some(({ settingsRevision }) => settingsRevision === revision);
    if (!isSo || (command.type === 'CancelEvent' && !(books.isCancelled && status === 'cancelled')))
      throw new Violation('I1', `${command.type} was acknowledged as done: ${status} at ${revision}, and it was not`);
  }

  /** I7: a no was right at some moment between the question and the answer. */
  private expectFair(call: Call, request: Request, refusal: (Heard & { kind: 'no' })['refusal']): void {
    const { from, command } = call;
    const books = this.books(call.stream);
    const moments = (): Moment[] => [...books.between(from, this.facts.length)];
    const statuses = (bookingId: string): string[] => books.statuses(bookingId, from, this.facts.length);
    const isFair = (): boolean => {
      switch (refusal.reason) {
        case 'SoldOut': {
          const { requested, free, waiting } = refusal as unknown as Record<string, number>;
          const isNo = (m: Moment): boolean => m.capacity - m.taken === free && m.waiting === waiting;
          return (requested! > free! || waiting! > 0) && moments().some(isNo);
        }
        case 'AlreadyBooked':
          return statuses(String(refusal['bookingId'])).some((status) => ACTIVE.includes(status));
        case 'NotFound':
          return moments()[0]!.position === 0 || statuses(command.bookingId ?? '').includes('absent');
        case 'WaitlistFull':
          return moments().some(({ waiting, waitlistLimit }) => waiting >= waitlistLimit);
        case 'CapacityBelowTaken':
          return moments().some(({ taken }) => taken === refusal['taken']);
        case 'BookingEnded':
          return statuses(command.bookingId!).some((status) => isEnded(status, command.type));
        case 'EventCancelled':
          return books.isCancelled;
        case 'PreconditionFailed':
          return moments().some((moment) => isOutOfDate(command, books, moment));
        case 'KeyReused':
          return request.effects.length > 0;
        default: {
          const said = STATUSES_OF[refusal.reason];
          return said === undefined || statuses(command.bookingId!).some((status) => said.includes(status));
        }
      }
    };
    if (!isFair()) throw new Violation('I7', `${JSON.stringify(refusal)} was never so while ${command.type} was asked`);
  }
}
