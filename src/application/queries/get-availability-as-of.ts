import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { evolve } from '../../domain/booking/evolve.js';
import type { Instant } from '../../domain/booking/events.js';
import { NotFound } from '../errors.js';
import { PORTS, StreamNames } from '../envelope.js';
import { recordedOf, type EventStore, type Position, type Shown, type Time } from '../ports.js';
import { beforeTheFirst, momentOf, type AsOf, type NoSuchMoment } from './as-of.js';
import type { Availability } from './get-availability.js';
import { PastFolds } from './past-folds.js';
import { ReadPosition } from './read-position.js';
import { isReadUpTo, isWithin, placesOf, type Moment } from './replay.js';

/** How many places were left at a moment, and the last fact by then. */
export interface PastAvailability extends Availability {
  readonly asOf: { readonly revision: number; readonly position: Position; readonly occurredAt: Instant };
}

/**
 * How many places of an event were left at a moment of the past: answered from the log, by a fold of what was written up
 * to then; it goes on where an earlier answer stopped. `tokens` as for GetEvent. Throws NotFound.
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
  private readonly folds = new PastFolds();

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
    const stream = this.streams.of(eventId);
    const { ledger, first, last } = await this.foldUpTo(stream, moment);
    if (first === null) throw new NotFound('no such event');
    if (last === null) return beforeTheFirst(end.logId, first.position);
    const { revision, position, metadata } = last;
    const { occurredAt } = metadata;
    const value = { eventId, ...placesOf(ledger), asOf: { revision, position, occurredAt } };
    this.folds.leave(stream, ledger, last);
    return { value, position };
  }

  /** Page by page: a step of an async generator for every record would cost as much as its fold. */
  private async foldUpTo(stream: string, moment: Moment) {
    const { ledger, last: from } = this.folds.take(stream, moment);
    let [first, last] = [from, from];
    try {
      for await (const page of this.store.read(stream, from === null ? 0 : from.revision + 1))
        for (const record of page) {
          first ??= record;
          if (!isWithin(record, moment)) return { ledger, first, last };
          evolve(ledger, recordedOf(record));
          last = record;
        }
    } catch (error) {
      if (!isReadUpTo(moment, error)) throw error;
    }
    return { ledger, first, last };
  }
}
