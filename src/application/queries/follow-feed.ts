import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Instant } from '../../domain/booking/events.js';
import type { Audience } from '../feed-items.js';
import type { FeedReader, FeedSink } from '../feed-reader.js';
import { Feed } from '../feed.js';
import { positionIn } from '../position-token.js';
import type { Position } from '../ports.js';
import { ReadPosition } from './read-position.js';

/** A feed that may begin: `join` at once, in the same turn. */
interface OpenFeed {
  readonly kind: 'open';
  readonly logId: string;
  readonly from: Position;
  join(sink: FeedSink): FeedReader;
}

/** `too-old`: what lies between is for the lists to tell. `too-many`: this caller follows often enough. */
export type FollowAnswer = OpenFeed | { readonly kind: 'too-old' } | { readonly kind: 'too-many' };

/**
 * What is committed after the position in `after`, or from now on (null), as far as the audience may see it, until
 * `until` at most. Throws UnknownPosition, Overloaded and StoreUnavailable.
 */
export class FollowFeed extends Query<FollowAnswer> {
  constructor(
    readonly caller: string,
    readonly audience: Audience,
    readonly after: string | null,
    readonly until: Instant,
  ) {
    super();
  }
}

@QueryHandler(FollowFeed)
export class FollowFeedHandler implements IQueryHandler<FollowFeed> {
  constructor(
    private readonly feed: Feed,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ caller, audience, after, until }: FollowFeed): Promise<FollowAnswer> {
    // Before the log is asked, and again when it has answered: others may have come meanwhile.
    if (this.feed.room(caller) !== null) return { kind: 'too-many' };
    const { logId, head } = await this.positions.end(after === null ? [] : [after]);
    const from = after === null ? head : positionIn(after, logId);
    if (!(await this.feed.reaches(from))) return { kind: 'too-old' };
    if (this.feed.room(caller) !== null) return { kind: 'too-many' };
    const join = (sink: FeedSink): FeedReader => this.feed.join({ caller, audience, logId, from, until }, head, sink);
    return { kind: 'open', logId, from, join };
  }
}
