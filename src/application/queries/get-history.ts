import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { PORTS, StreamNames } from '../envelope.js';
import type { EventStore, Position, RecordedEvent } from '../ports.js';
import { ReadPosition } from './read-position.js';
import { about, recordsOf, type HistoryFilter } from './replay.js';

/** The facts that were asked for, in order; `position` is where the log ended when they were. */
export interface History {
  readonly records: AsyncIterable<RecordedEvent>;
  readonly logId: string;
  readonly position: Position;
}

/**
 * What happened to an event, from the log: all of its facts or, with a filter, those about a booking or a user's
 * bookings and the one fact that called the event off, if it ended one of them. After revision `after` (-1, or that of a
 * fact that was told before), at most `limit` (null: all). Memory holds one page, however long the stream. `tokens` as for GetEvent. Throws NotFound.
 */
export class GetHistory extends Query<History> {
  constructor(
    readonly eventId: string,
    readonly filter: HistoryFilter,
    readonly after: number,
    readonly limit: number | null,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetHistory)
export class GetHistoryHandler implements IQueryHandler<GetHistory> {
  constructor(
    @Inject(PORTS.eventStore) private readonly store: EventStore,
    private readonly streams: StreamNames,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, filter, after, limit, tokens }: GetHistory): Promise<History> {
    const { logId, head } = await this.positions.end(tokens);
    const stream = this.streams.of(eventId);
    for await (const { position } of recordsOf(this.store, stream, 0, 1)) {
      if (position > head) break;
      const records = this.upTo(head, limit, this.matching(stream, filter, after, limit));
      return { records, logId, position: head };
    }
    throw new NotFound('no such event');
  }

  /**
   * With a filter the fact at `after` is read once more: it is the last that was told, and a booking, or a user's only
   * active one, is as it says. So whether the fact that calls the event off is asked for needs no look further back.
   */
  private async *matching(
    stream: string,
    filter: HistoryFilter,
    after: number,
    limit: number | null,
  ): AsyncGenerator<RecordedEvent, void> {
    const isWhole = filter.bookingId === undefined && filter.userId === undefined;
    if (isWhole) return yield* recordsOf(this.store, stream, after + 1, limit ?? undefined);
    const isAsked = about(filter);
    for await (const record of recordsOf(this.store, stream, Math.max(after, 0)))
      if (isAsked(record) && record.revision > after) yield record;
  }

  private async *upTo(
    head: Position,
    limit: number | null,
    records: AsyncIterable<RecordedEvent>,
  ): AsyncGenerator<RecordedEvent, void> {
    let room = limit ?? Infinity;
    for await (const record of records) {
      if (record.position > head) return;
      yield record;
      room -= 1;
      if (room <= 0) return;
    }
  }
}
