import { setImmediate as turn } from 'node:timers/promises';
import type { RecordedEvent } from '../src/application/ports.js';
import { textOf } from '../src/infrastructure/instant.js';
import {
  BookingFold,
  eventIdOf,
  expectNext,
  type Before,
  type Changes,
  type Claim,
  type EventRow,
} from './bookings.js';
import {
  BOOKING_COLUMNS,
  CLOSED_COLUMNS,
  COUNT_COLUMNS,
  EVENT_COLUMNS,
  HISTORY_COLUMNS,
  PAST_COLUMNS,
  REVISED_COLUMNS,
  settingsOf,
  statementsFor,
  type StoredSettings,
} from './bookings-sql.js';
import { KnownStreams, type KnownRows } from './known-streams.js';
import {
  Poison,
  type FoldRecord,
  type Projection,
  type SkippedRecord,
  type Sql,
  type Statement,
} from './projection.js';
import { arrays, textArray, type Column } from './table.js';

/** Records or rows after which others of this process have their turn: it may be one that answers requests. */
const TURN = 500;
/** About 30 MB. */
const REMEMBERED = 100_000;

type Readable = RecordedEvent | SkippedRecord;

/** What a batch has to know: what is known of it, and the keys of all else. */
interface Look {
  readonly known: KnownRows;
  readonly eventIds: Set<string>;
  /** Events whose settings change. */
  readonly changed: Set<string>;
  /** Of facts about bookings, the user and the event. */
  readonly users: string[];
  readonly events: string[];
  /** Of which there may be one that ended. */
  readonly bookingIds: string[];
}

/** The projection `bookings`: loads the rows that a batch speaks of, folds the batch over them, writes what changed. */
export class BookingsProjection implements Projection {
  readonly name = 'bookings';
  private readonly statements: ReturnType<typeof statementsFor>;
  private readonly known: KnownStreams;
  /** The batch that comes next, folded on top of what is known of the one before it. */
  private ahead: { readonly records: readonly FoldRecord[]; readonly changes: Promise<Changes> } | null = null;

  /** `remembered`: bookings of which it need not ask the tables, at most. */
  constructor(
    readonly generation: number,
    private readonly streamPrefix: string,
    remembered = REMEMBERED,
  ) {
    this.statements = statementsFor(`read_model_g${generation}`);
    this.known = new KnownStreams(remembered);
  }

  standsAlone(record: FoldRecord): boolean {
    return isCallOff(record);
  }

  async apply(
    sql: Sql,
    records: readonly FoldRecord[],
    next: () => readonly FoldRecord[] | null = () => null,
  ): Promise<void> {
    const readable = readableOf(records);
    const first = readable[0];
    if (first !== undefined && isCallOff(first) && readable.length === 1) return this.cancel(sql, first);
    const changes = await (this.taken(records) ?? this.asked(sql, readable));
    const sent = await this.send(sql, changes);
    this.known.remember(changes);
    await this.foldAhead(next());
    await Promise.all(sent);
  }

  forget(): void {
    this.known.forget();
    this.ahead = null;
  }

  /** What was folded while the batch before was written. */
  private taken(records: readonly FoldRecord[]): Promise<Changes> | null {
    const { ahead } = this;
    this.ahead = null;
    if (ahead === null) return null;
    if (ahead.records === records) return ahead.changes;
    this.known.forget();
    return null;
  }

  private async asked(sql: Sql, records: readonly Readable[]): Promise<Changes> {
    return this.fold(records, await this.ask(sql, this.look(records)));
  }

  /** Folds a batch of which all is known; any other has to wait for what it asks the tables. */
  private async foldAhead(records: readonly FoldRecord[] | null): Promise<void> {
    if (records === null || !records.every((record): record is Readable => this.isOrdinary(record))) return;
    const found = this.look(records);
    if (!isAllKnown(found)) return;
    const changes = this.fold(records, found.known);
    this.ahead = { records, changes };
    // It is thrown in its turn.
    await changes.catch(() => undefined);
  }

  /** Not one that is refused at first sight, or applied by statements of its own. */
  private isOrdinary(record: FoldRecord): boolean {
    return !('unreadable' in record) && !isCallOff(record) && record.stream.startsWith(this.streamPrefix);
  }

  private async fold(records: readonly Readable[], before: Before): Promise<Changes> {
    const fold = new BookingFold(before, this.streamPrefix);
    for (const [nth, record] of records.entries()) {
      if ('skipped' in record) fold.skip(record);
      else fold.add(record);
      if (nth % TURN === TURN - 1) await turn();
    }
    return fold.changes();
  }

  /**
   * What is known already, and what is to be asked: nothing about an event whose first record is among these. Were it there
   * already, its row could not be put in.
   */
  private look(records: readonly Readable[]): Look {
    const known = this.known.look();
    const look: Look = {
      known,
      ...{ eventIds: new Set(), changed: new Set(), users: [], events: [], bookingIds: [] },
    };
    const begun = new Set<string>();
    for (const record of records) {
      if ('skipped' in record && !record.stream.startsWith(this.streamPrefix)) continue;
      const eventId = eventIdOf(record.stream, this.streamPrefix);
      const isKnown = known.sees(eventId);
      if (!isKnown && !look.eventIds.has(eventId) && 'event' in record && record.revision === 0) begun.add(eventId);
      const isWhole = isKnown || begun.has(eventId);
      if (!isWhole) look.eventIds.add(eventId);
      if ('skipped' in record) continue;
      const { event } = record;
      if (!('bookingId' in event.data)) {
        if (!begun.has(eventId)) look.changed.add(eventId);
        continue;
      }
      if (isKnown) known.claimed(eventId, event.data);
      if (isWhole) continue;
      look.users.push(event.data.userId);
      look.events.push(eventId);
      if (MAY_BE_FIRST.has(event.type)) look.bookingIds.push(event.data.bookingId);
    }
    return look;
  }

  private async ask(sql: Sql, { known, eventIds, changed, users, events, bookingIds }: Look): Promise<Before> {
    const { statements } = this;
    const askFor = <Row extends object>(statement: Statement, ...keys: readonly Iterable<string>[]): Promise<Row[]> =>
      sql.ask<Row>(statement, keys.map(textArray));
    const [asked, whole, ...claims] = await Promise.all([
      eventIds.size > 0 ? askFor<EventRow>(statements.counts, eventIds) : [],
      changed.size > 0 ? askFor<StoredSettings>(statements.settings, changed) : [],
      users.length > 0 ? askFor<Claim>(statements.active, users, events) : [],
      bookingIds.length > 0 ? askFor<Claim>(statements.past, new Set(bookingIds)) : [],
    ]);
    const settings = new Map(whole.map((row) => [row.event_id, settingsOf(row)]));
    const rows = [...known.events, ...asked];
    for (const row of rows) row.settings = settings.get(row.eventId) ?? null;
    return { events: rows, claims: [...known.claims, ...claims.flat()] };
  }

  /**
   * Deletes before inserts, so that a user who cancelled may book again; the event before its bookings, for the keys.
   * Answers when all is sent; each of the answered promises, when the server has done it.
   */
  private async send(sql: Sql, { users, events, active, past, history }: Changes): Promise<readonly Promise<void>[]> {
    const { statements } = this;
    const steps = [
      keys(statements.insertUsers, this.known.strangers(users)),
      rows(statements.insertEvents, EVENT_COLUMNS, events.inserted),
      rows(statements.updateEvents, EVENT_COLUMNS, events.updated),
      rows(statements.countEvents, COUNT_COLUMNS, events.counted),
      rows(statements.reviseEvents, REVISED_COLUMNS, events.revised),
      keys(statements.deleteActive, active.deleted),
      rows(statements.updateActive, BOOKING_COLUMNS, active.updated),
      rows(statements.insertActive, BOOKING_COLUMNS, active.inserted),
      keys(statements.deletePast, past.deleted),
      rows(statements.insertPast, PAST_COLUMNS, past.inserted),
      rows(statements.closeHistory, CLOSED_COLUMNS, history.closed),
      rows(statements.insertHistory, HISTORY_COLUMNS, history.inserted),
    ].filter(({ count }) => count > 0);
    const sent: Promise<void>[] = [];
    for (const { statement, count, values } of steps) {
      // While the arrays of one statement are made, the server is at work on those before.
      const done = sql.run(statement, values());
      done.catch(() => undefined); // Heard where all of them are waited for.
      sent.push(done);
      if (count >= TURN) await turn();
    }
    return sent;
  }

  /** One fact ends every booking of the event, be it a million: the rows go from table to table inside the database. */
  private async cancel(sql: Sql, record: RecordedEvent): Promise<void> {
    const eventId = eventIdOf(record.stream, this.streamPrefix);
    const [event] = await sql.ask<EventRow>(this.statements.counts, [textArray([eventId])]);
    expectNext(record, event);
    if (event === undefined) throw new Poison('EventCancelled begins a stream');
    if (event.status === 'cancelled') throw new Poison('EventCancelled on a cancelled event');
    const { occurredAt, actor } = record.metadata;
    const ended = [eventId, textOf(occurredAt), record.revision];
    await sql.runLong(this.statements.endBookings, [...ended, actor]);
    await sql.run(this.statements.cancelEvent, ended);
    this.known.drop(eventId);
  }
}

const keys = (statement: Statement, of: readonly string[]) => ({
  statement,
  count: of.length,
  values: () => [textArray(of)],
});

const rows = <Row>(statement: Statement, columns: readonly Column<Row>[], of: readonly Row[]) => ({
  statement,
  count: of.length,
  values: () => arrays(columns, of),
});

function readableOf(records: readonly FoldRecord[]): Readable[] {
  return records.map((record) => {
    if ('unreadable' in record) throw new Poison(`${record.type} cannot be read: ${record.unreadable}`);
    return record;
  });
}

const isAllKnown = ({ eventIds, changed, users }: Look): boolean =>
  eventIds.size === 0 && changed.size === 0 && users.length === 0;

const isCallOff = (record: FoldRecord): record is RecordedEvent =>
  'event' in record && record.event.type === 'EventCancelled';

const MAY_BE_FIRST: ReadonlySet<string> = new Set(['BookingWaitlisted', 'BookingHeld', 'BookingConfirmed']);
