import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { PORTS } from '../envelope.js';
import type { BookingViews, EventView, Shown } from '../ports.js';
import { ReadPosition } from './read-position.js';

/** One event as it stands. `tokens`: positions that the answer must have reached. Throws NotFound. */
export class GetEvent extends Query<Shown<EventView>> {
  constructor(
    readonly eventId: string,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetEvent)
export class GetEventHandler implements IQueryHandler<GetEvent> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, tokens }: GetEvent): Promise<Shown<EventView>> {
    const { value, position } = await this.positions.read(tokens, () => this.views.event(eventId));
    if (value === null) throw new NotFound('no such event');
    return { value, position };
  }
}
