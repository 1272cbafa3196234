import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { isClaimFact, type Instant } from '../../domain/booking/events.js';
import { PORTS, StreamNames } from '../envelope.js';
import { NotFound } from '../errors.js';
import type {
  After,
  EventStore,
  KeptRefusal,
  Position,
  RecordedEvent,
  RefusalFilter,
  RefusalGap,
  RefusalViews,
} from '../ports.js';
import { ReadPosition } from './read-position.js';
import { recordsOf } from './replay.js';

/** The domain event that had taken what was refused. */
export interface TakenBy {
  readonly revision: number;
  readonly type: string;
  readonly recordId: string;
  /** Null for a fact about the event itself. */
  readonly bookingId: string | null;
  readonly userId: string | null;
  readonly actor: string;
  readonly occurredAt: Instant;
}

/** `takenBy` is null where nothing had taken it, or where the log no longer has that revision. */
export type ToldRefusal = (KeptRefusal & { readonly takenBy: TakenBy | null }) | RefusalGap;

/** What was asked for, in order; `position` is where the log ended when it was. */
export interface Refusals {
  readonly refusals: AsyncIterable<ToldRefusal>;
  readonly logId: string;
  readonly position: Position;
}

/**
 * Who was refused a place of an event, and which domain event had taken it: the refusals from the tables, the domain events
 * from the log. After `after`, at most `limit` (null: all). `tokens` as for GetEvent. Throws NotFound.
 */
export class GetRefusals extends Query<Refusals> {
  constructor(
    readonly eventId: string,
    readonly filter: RefusalFilter,
    readonly after: After | null,
    readonly limit: number | null,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetRefusals)
export class GetRefusalsHandler implements IQueryHandler<GetRefusals> {
  constructor(
    @Inject(PORTS.eventStore) private readonly store: EventStore,
    @Inject(PORTS.refusals) private readonly views: RefusalViews,
    private readonly streams: StreamNames,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, filter, after, limit, tokens }: GetRefusals): Promise<Refusals> {
    const { logId, head } = await this.positions.end(tokens);
    const stream = this.streams.of(eventId);
    for await (const { position } of recordsOf(this.store, stream, 0, 1)) {
      if (position > head) break;
      const refusals = refusalsOf(this.views, this.store, { eventId, stream, filter, after, limit });
      return { refusals, logId, position: head };
    }
    throw new NotFound('no such event');
  }
}

/** Refusals that are read, and whose takers are looked up, together. */
const LOT = 200;

export interface Wanted {
  readonly eventId: string;
  readonly stream: string;
  readonly filter: RefusalFilter;
  readonly after: After | null;
  /** Null: all. */
  readonly limit: number | null;
}

/** Lot by lot; memory holds one of them. Throws as `RefusalViews.refusals` and `EventStore.read` do. */
export async function* refusalsOf(
  views: RefusalViews,
  store: Pick<EventStore, 'read'>,
  { eventId, stream, filter, after, limit }: Wanted,
): AsyncGenerator<ToldRefusal, void> {
  let room = limit ?? Infinity;
  let last = after;
  let takers = new Map<number, TakenBy>();
  while (room > 0) {
    const most = Math.min(LOT, room);
    const lot = await views.refusals(eventId, filter, most, last);
    takers = await takersOf(store, stream, lot, takers);
    for (const each of lot)
      yield each.kind === 'gap' ? each : { ...each, takenBy: takers.get(each.takenAt ?? -1) ?? null };
    if (lot.length < most) return;
    room -= lot.length;
    last = { at: lot.at(-1)!.refusedAt, id: lot.at(-1)!.id };
  }
}

/** Records that stand no further apart are read in one go. */
const NEAR = 16;

/** The facts that a lot names, those of the lot before not read again: at most as many reads as the lot has refusals. */
async function takersOf(
  store: Pick<EventStore, 'read'>,
  stream: string,
  lot: readonly (KeptRefusal | RefusalGap)[],
  known: ReadonlyMap<number, TakenBy>,
): Promise<Map<number, TakenBy>> {
  const named = new Set(lot.flatMap((each) => (each.kind === 'gap' || each.takenAt === null ? [] : [each.takenAt])));
  const takers = new Map([...known].filter(([revision]) => named.has(revision)));
  const missing = [...named].filter((revision) => !takers.has(revision)).sort((a, b) => a - b);
  for (let at = 0; at < missing.length;) {
    const first = missing[at]!;
    let last = first;
    for (at += 1; at < missing.length && missing[at]! - last <= NEAR; at += 1) last = missing[at]!;
    for await (const record of recordsOf(store, stream, first, last - first + 1))
      if (named.has(record.revision)) takers.set(record.revision, takenBy(record));
  }
  return takers;
}

function takenBy({ revision, id, event, metadata }: RecordedEvent): TakenBy {
  const { bookingId, userId } = isClaimFact(event) ? event.data : { bookingId: null, userId: null };
  const { actor, occurredAt } = metadata;
  return { revision, type: event.type, recordId: id, bookingId, userId, actor, occurredAt };
}
