import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { presentBooking } from '../../domain/booking/bookings.js';
import type { Booking, Ledger } from '../../domain/booking/ledger.js';
import { isActive } from '../../domain/booking/policy.js';
import { NotFound } from '../errors.js';
import { PORTS, StreamNames } from '../envelope.js';
import type { EventStore, RecordedEvent, Sealer } from '../ports.js';
import { chainedTo, type Chain } from './chained.js';
import { Course, type PlacesThen } from './course.js';
import { ReadPosition } from './read-position.js';
import { recordsOf, replay, type Step } from './replay.js';

/** The ledger of an event as it was after one of its facts. */
export interface LedgerAt {
  readonly kind: 'ledger';
  readonly logId: string;
  readonly step: Step;
  /** The revision of the fact that this one follows from; null: of another stream, or a request. */
  readonly causedBy: number | null;
  /** The facts up to this one, the latest last, a few. */
  readonly recent: readonly RecordedEvent[];
  /** Those whose latest fact is the latest first, at most `MOST_SHOWN`. */
  readonly bookings: readonly Booking[];
  /** How many there were by then. */
  readonly bookingCount: number;
  /** In the order of their turns, at most `MOST_SHOWN`. */
  readonly line: readonly Booking[];
  readonly isCancelled: boolean;
  /** Of every fact that was read, from the first on. */
  readonly chain: Chain;
  /** How the places went, over the whole stream; null where it was not asked for. */
  readonly course: readonly PlacesThen[] | null;
}

/** The stream ends before that revision. */
export interface BeyondTheEnd {
  readonly kind: 'beyond';
  readonly head: number;
}

/** Bookings, and turns, that are told one by one. */
const MOST_SHOWN = 200;
const RECENT = 12;

/**
 * The ledger of an event as it was after a revision (null: the last), by the domain's own fold, and what that fact changed.
 * Each fact is held against its hash on the way. `withCourse`: reads on to the end of the stream. Throws NotFound.
 */
export class GetLedgerAt extends Query<LedgerAt | BeyondTheEnd> {
  constructor(
    readonly eventId: string,
    readonly revision: number | null,
    readonly withCourse: boolean,
  ) {
    super();
  }
}

type Snapshot = Omit<LedgerAt, 'kind' | 'logId' | 'chain' | 'course'>;

@QueryHandler(GetLedgerAt)
export class GetLedgerAtHandler implements IQueryHandler<GetLedgerAt> {
  constructor(
    @Inject(PORTS.eventStore) private readonly store: EventStore,
    @Inject(PORTS.sealer) private readonly sealer: Sealer,
    private readonly streams: StreamNames,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, revision, withCourse }: GetLedgerAt): Promise<LedgerAt | BeyondTheEnd> {
    const { logId } = await this.positions.end([]);
    const course = withCourse ? new Course() : null;
    const recent: RecordedEvent[] = [];
    const causes = new Causes();
    let chain: Chain = { checked: 0, broken: null };
    let last: Step | null = null;
    let snapshot: Snapshot | null = null;
    for await (const step of replay(recordsOf(this.store, this.streams.of(eventId)), null)) {
      chain = chainedTo(chain, this.sealer, step.record, last?.record ?? null);
      last = step;
      course?.add(step);
      if (snapshot !== null) continue;
      causes.add(step);
      recent.push(step.record);
      if (recent.length > RECENT) recent.shift();
      if (step.record.revision !== revision) continue;
      snapshot = snapshotOf(step, causes, recent);
      if (course === null) break;
    }
    if (last === null) throw new NotFound('no such event');
    if (snapshot === null && revision !== null) return { kind: 'beyond', head: last.record.revision };
    snapshot ??= snapshotOf(last, causes, recent);
    return { kind: 'ledger', logId, ...snapshot, chain, course: course?.places() ?? null };
  }
}

function snapshotOf(step: Step, causes: Causes, recent: readonly RecordedEvent[]): Snapshot {
  const { ledger } = step;
  const bookings = [...ledger.bookings.keys()].map((bookingId) => presentBooking(ledger, bookingId)!);
  bookings.sort((a, b) => Number(isActive(b)) - Number(isActive(a)) || b.revision - a.revision);
  return {
    step,
    causedBy: causes.of(step.record),
    recent: [...recent],
    bookings: bookings.slice(0, MOST_SHOWN),
    bookingCount: bookings.length,
    line: lineOf(ledger),
    isCancelled: ledger.cancelled !== null,
  };
}

function lineOf(ledger: Ledger): Booking[] {
  const line: Booking[] = [];
  if (ledger.cancelled !== null) return line;
  for (let turn = ledger.waitlist.head; turn !== null && line.length < MOST_SHOWN; turn = turn.behind)
    line.push(ledger.bookings.get(turn.bookingId)!);
  return line;
}

/** Which fact each command wrote first, and each booking began with: what a later fact may follow from. */
class Causes {
  private readonly first = new Map<string, number>();

  add({ record, booking }: Step): void {
    const { commandId } = record.metadata;
    if (!this.first.has(commandId)) this.first.set(commandId, record.revision);
    const bookingId = booking?.is.bookingId;
    if (bookingId !== undefined && !this.first.has(bookingId)) this.first.set(bookingId, record.revision);
  }

  of({ revision, metadata }: RecordedEvent): number | null {
    const found = this.first.get(metadata.causationId);
    return found === undefined || found === revision ? null : found;
  }
}
