import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Instant } from '../../domain/booking/events.js';
import { NotFound } from '../errors.js';
import { PORTS, StreamNames } from '../envelope.js';
import type { EventStore, Position, Shown, Time } from '../ports.js';
import { beforeTheFirst, momentOf, type AsOf, type NoSuchMoment } from './as-of.js';
import type { Availability } from './get-availability.js';
import { PastFolds, foldOn, type PastFold } from './past-folds.js';
import { ReadPosition } from './read-position.js';
import { isWithin, placesOf, type Moment } from './replay.js';

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
    const { fold, first } = await this.foldUpTo(stream, moment);
    if (first === null) throw new NotFound('no such event');
    if (fold.until === null) return beforeTheFirst(end.logId, first);
    const places = placesOf(fold.ledger);
    this.folds.leave(stream, fold);
    const { revision, position, metadata } = fold.until.last;
    return { value: { eventId, ...places, asOf: { revision, position, occurredAt: metadata.occurredAt } }, position };
  }

  /** Page by page: a step of an async generator for every record would cost as much as its fold. */
  private async foldUpTo(stream: string, moment: Moment): Promise<{ fold: PastFold; first: Position | null }> {
    let fold = this.folds.take(stream, moment);
    let first = fold.until?.first ?? null;
    for await (const page of this.store.read(stream, (fold.until?.last.revision ?? -1) + 1))
      for (const record of page) {
        first ??= record.position;
        if (!isWithin(record, moment)) return { fold, first };
        fold = foldOn(fold, record);
      }
    return { fold, first };
  }
}
