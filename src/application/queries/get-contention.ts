import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Instant } from '../../domain/booking/events.js';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { BookingViews, Shown } from '../ports.js';
import { Transact } from '../transact.js';
import { ReadPosition } from './read-position.js';

/** Which process counts, and since when it runs. */
export class ThisProcess {
  constructor(
    readonly name: string,
    readonly since: Instant,
  ) {}
}

/** What was counted of the commands on an event, by one process. */
export interface ContentionTold {
  readonly eventId: string;
  readonly process: string;
  /** From when on it is counted: since the event was asked about first, or again after it was forgotten. */
  readonly since: Instant;
  /** Commands that ended, and with what: accepted, replayed, refused, or the code of a fault. */
  readonly attempts: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Refusals by their code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Batches that another process overtook, and commands that were decided again for it. */
  readonly conflicts: number;
  readonly retries: number;
  /** From a command to its answer, in milliseconds, at most a tenth too high; null: there was none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** How hard people press for the places of an event, as this process sees it. `tokens` as for GetEvent. Throws NotFound. */
export class GetContention extends Query<Shown<ContentionTold>> {
  constructor(
    readonly eventId: string,
    readonly tokens: readonly string[],
  ) {
    super();
  }
}

@QueryHandler(GetContention)
export class GetContentionHandler implements IQueryHandler<GetContention> {
  constructor(
    @Inject(PORTS.views) private readonly views: BookingViews,
    private readonly positions: ReadPosition,
    private readonly transact: Transact,
    private readonly here: ThisProcess,
  ) {}

  async execute({ eventId, tokens }: GetContention): Promise<Shown<ContentionTold>> {
    const { value: event, position } = await this.positions.read(tokens, () => this.views.event(eventId));
    if (event === null) throw new NotFound('no such event');
    const { name, since } = this.here;
    const counted = this.transact.contentionOf(eventId);
    const value = {
      ...{ eventId, process: name, since: counted?.since ?? since, attempts: counted?.took.count ?? 0 },
      outcomes: Object.fromEntries(counted?.outcomes ?? []),
      refusals: Object.fromEntries(counted?.refusals ?? []),
      ...{ conflicts: counted?.conflicts ?? 0, retries: counted?.retries ?? 0 },
      ...{ p50Ms: counted?.took.within(0.5) ?? null, p99Ms: counted?.took.within(0.99) ?? null },
    };
    return { value, position };
  }
}
