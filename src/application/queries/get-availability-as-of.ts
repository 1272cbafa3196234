import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { evolve } from '../../domain/booking/evolve.js';
import { initial } from '../../domain/booking/ledger.js';
import type { Instant } from '../../domain/booking/events.js';
import { NotFound } from '../errors.js';
import { PORTS, StreamNames } from '../envelope.js';
import { recordedOf, type EventStore, type Position, type RecordedEvent, type Shown, type Time } from '../ports.js';
import { beforeTheFirst, momentOf, type AsOf, type NoSuchMoment } from './as-of.js';
import type { Availability } from './get-availability.js';
import { ReadPosition } from './read-position.js';
import { isWithin, placesOf, type Moment } from './replay.js';

/** How many places were left at a moment, and the last fact by then. */
export interface PastAvailability extends Availability {
  readonly asOf: { readonly revision: number; readonly position: Position; readonly occurredAt: Instant };
}

/**
 * How many places of an event were left at a moment of the past: answered from the log, by a fold of what was written up
 * to then. `tokens` as for GetEvent. Throws NotFound.
 */
export class GetAvailabilityAsOf extends Query<Shown<PastAvailability> | NoSuchMoment> {
  constructor(
    readonly eventId: string,
    readonly asOf: AsOf,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetAvailabilityAsOf)
export class GetAvailabilityAsOfHandler implements IQueryHandler<GetAvailabilityAsOf> {
  constructor(
    @Inject(PORTS.eventStore) private readonly store: EventStore,
    @Inject(PORTS.time) private readonly time: Time,
    private readonly streams: StreamNames,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ eventId, asOf, tokens }: GetAvailabilityAsOf): Promise<Shown<PastAvailability> | NoSuchMoment> {
    const end = await this.positions.end(tokens);
    const moment = momentOf(asOf, { ...end, now: this.time.now() });
    if ('expected' in moment) return moment;
    const { ledger, first, last } = await this.foldUpTo(this.streams.of(eventId), moment);
    if (first === null) throw new NotFound('no such event');
    if (last === null) return beforeTheFirst(end.logId, first.position);
    const { revision, position, metadata } = last;
    const { occurredAt } = metadata;
    return { value: { eventId, ...placesOf(ledger), asOf: { revision, position, occurredAt } }, position };
  }

  /** Page by page: a step of an async generator for every record would cost as much as its fold. */
  private async foldUpTo(stream: string, moment: Moment) {
    const ledger = initial();
    let first: RecordedEvent | null = null;
    let last: RecordedEvent | null = null;
    for await (const page of this.store.read(stream, 0))
      for (const record of page) {
        first ??= record;
        if (!isWithin(record, moment)) return { ledger, first, last };
        evolve(ledger, recordedOf(record));
        last = record;
      }
    return { ledger, first, last };
  }
}
