import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import type { After, BookingViews, EventFilter, EventView, Shown, Time } from '../ports.js';
import { ReadPosition } from './read-position.js';

/** One page of a list, and where the next one begins. */
export interface Page<Item, Filter> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly next: After | null;
  /** What was looked for, defaults included: the next page must ask for the same. */
  readonly filter: Filter;
}

/** Events by (`startsAt`, `eventId`); unless asked otherwise those that are scheduled, from now on. */
export class ListEvents extends Query<Shown<Page<EventView, EventFilter>>> {
  constructor(
    readonly filter: EventFilter,
    readonly limit: number,
    readonly after: After | null,
    readonly tokens: readonly string[],
  ) {
    super();
  }

  /** The same list after the row that was shown last, at or after the position that was shown with it. */
  beyond(after: After, filter: EventFilter, token: string): ListEvents {
    return new ListEvents(filter, this.limit, after, [token]);
  }
}

@QueryHandler(ListEvents)
export class ListEventsHandler implements IQueryHandler<ListEvents> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    @Inject(PORTS.time) private readonly time: Time,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ filter: asked, limit, after, tokens }: ListEvents): Promise<Shown<Page<EventView, EventFilter>>> {
    const filter: EventFilter = { from: this.time.now(), status: 'scheduled', ...asked };
    const ask = () => this.views.events(filter, limit + 1, after);
    const { value, position } = await this.positions.read(tokens, ask);
    const page = pageOf(value, limit, ({ startsAt: at, eventId: id }) => ({ at, id }));
    return { value: { ...page, filter }, position };
  }
}

/** The page of a list of which one row more was asked for than fits. */
export function pageOf<Item>(rows: readonly Item[], limit: number, keyOf: (row: Item) => After) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}
