import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { PORTS } from '../envelope.js';
import type { BookingViews, CalendarEntry, Shown } from '../ports.js';
import { ReadPosition } from './read-position.js';

/** What a calendar shows of a booking. Throws as GetBooking does; `owner` and `tokens` as there. */
export class GetCalendarEntry extends Query<Shown<CalendarEntry>> {
  constructor(
    readonly eventId: string,
    readonly bookingId: string,
    readonly owner: string | null,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetCalendarEntry)
export class GetCalendarEntryHandler implements IQueryHandler<GetCalendarEntry> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, bookingId, owner, tokens }: GetCalendarEntry): Promise<Shown<CalendarEntry>> {
    const ask = () => this.views.calendarEntry(eventId, bookingId);
    const { value, position } = await this.positions.read(tokens, ask);
    if (value === null || (owner !== null && value.booking.userId !== owner)) throw new NotFound('no such booking');
    return { value, position };
  }
}
