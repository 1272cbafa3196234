import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { PORTS } from '../envelope.js';
import type { BookingViews, EventView, Shown } from '../ports.js';
import { ReadPosition } from './read-position.js';
import type { Places } from './replay.js';

export interface Availability extends Places {
  readonly eventId: string;
}

/** How many places of an event are left. `tokens` as for GetEvent. Throws NotFound. */
export class GetAvailability extends Query<Shown<Availability>> {
  constructor(
    readonly eventId: string,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetAvailability)
export class GetAvailabilityHandler implements IQueryHandler<GetAvailability> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, tokens }: GetAvailability): Promise<Shown<Availability>> {
    const { value, position } = await this.positions.read(tokens, () => this.views.event(eventId));
    if (value === null) throw new NotFound('no such event');
    return { value: availabilityOf(value), position };
  }
}

function availabilityOf(event: EventView): Availability {
  const { eventId, capacity, seatsTaken: taken, seatsHeld: held, waiting, seatsFree: free, isBooked } = event;
  return { eventId, capacity, taken, held, waiting, free, isBooked };
}
