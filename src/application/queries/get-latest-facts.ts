import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { RecordedEvent, MeasuredFeed, Position } from '../ports.js';
import { PORTS, StreamNames } from '../envelope.js';
import { FeedItem, type Audience } from '../feed-items.js';
import { ReadPosition } from './read-position.js';

/** One of the last facts, as far as the audience may see it. */
export interface ToldFact {
  readonly record: RecordedEvent;
  readonly eventId: string;
  /** Without who did it and by which request. */
  readonly discreet: boolean;
}

export interface LatestFacts {
  readonly logId: string;
  /** A feed that goes on after it misses nothing. */
  readonly position: Position;
  /** In commit order. */
  readonly facts: readonly ToldFact[];
}

/** Among so many of the last records, those that an audience may see. Throws StoreUnavailable. */
export class GetLatestFacts extends Query<LatestFacts> {
  constructor(
    readonly audience: Audience,
    readonly records: number,
  ) {
    super();
  }
}

@QueryHandler(GetLatestFacts)
export class GetLatestFactsHandler implements IQueryHandler<GetLatestFacts> {
  constructor(
    @Inject(PORTS.eventFeed) private readonly feed: MeasuredFeed,
    private readonly streams: StreamNames,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ audience, records }: GetLatestFacts): Promise<LatestFacts> {
    const { logId, head } = await this.positions.end([]);
    const latest = await this.feed.latest(records);
    const facts = latest.flatMap((record) => {
      const eventId = this.streams.eventIdOf(record.stream);
      const item = new FeedItem(record, eventId, logId, () => '');
      if ('unreadable' in record || !item.isFor(audience)) return [];
      return [{ record, eventId, discreet: item.isDiscreetFor(audience.userId) }];
    });
    return { logId, position: latest.at(-1)?.position ?? head, facts };
  }
}
