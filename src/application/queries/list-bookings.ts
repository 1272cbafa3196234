import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import type { After, BookingFilter, BookingView, BookingViews, Shown } from '../ports.js';
import { pageOf, type Page } from './list-events.js';
import { ReadPosition } from './read-position.js';

/** Bookings of every status, the latest first. Whose they may be is the asker's to put into the filter. */
export class ListBookings extends Query<Shown<Page<BookingView, BookingFilter>>> {
  constructor(
    readonly filter: BookingFilter,
    readonly limit: number,
    readonly after: After | null,
    readonly tokens: readonly string[],
  ) {
    super();
  }

  /** The same list after the row that was shown last, at or after the position that was shown with it. */
  beyond(after: After, filter: BookingFilter, token: string): ListBookings {
    return new ListBookings(filter, this.limit, after, [token]);
  }
}

@QueryHandler(ListBookings)
export class ListBookingsHandler implements IQueryHandler<ListBookings> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ filter, limit, after, tokens }: ListBookings): Promise<Shown<Page<BookingView, BookingFilter>>> {
    const ask = () => this.views.bookings(filter, limit + 1, after);
    const { value, position } = await this.positions.read(tokens, ask);
    const page = pageOf(value, limit, ({ createdAt: at, bookingId: id }) => ({ at, id }));
    return { value: { ...page, filter }, position };
  }
}
