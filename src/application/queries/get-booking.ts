import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { PORTS } from '../envelope.js';
import type { BookingView, BookingViews, Shown } from '../ports.js';
import { ReadPosition } from './read-position.js';

/** One booking as it stands. Throws NotFound when there is none, or when it is not `owner`'s (null: anybody's). */
export class GetBooking extends Query<Shown<BookingView>> {
  constructor(
    readonly eventId: string,
    readonly bookingId: string,
    readonly owner: string | null,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetBooking)
export class GetBookingHandler implements IQueryHandler<GetBooking> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, bookingId, owner, tokens }: GetBooking): Promise<Shown<BookingView>> {
    const ask = () => this.views.booking(eventId, bookingId);
    const { value, position } = await this.positions.read(tokens, ask);
    if (value === null || (owner !== null && value.userId !== owner)) throw new NotFound('no such booking');
    return { value, position };
  }
}
