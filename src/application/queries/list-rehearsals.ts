import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Rehearsals, type RehearsalTold } from '../rehearsal/rehearsals.js';

export interface KnownRehearsals {
  /** Whether another may be begun, once none runs. */
  readonly isAllowed: boolean;
  /** Of this process, the latest first. */
  readonly items: readonly RehearsalTold[];
}

/** The rehearsals that this process remembers. */
export class ListRehearsals extends Query<KnownRehearsals> {}

@QueryHandler(ListRehearsals)
export class ListRehearsalsHandler implements IQueryHandler<ListRehearsals> {
  constructor(private readonly rehearsals: Rehearsals) {}

  async execute(): Promise<KnownRehearsals> {
    return { isAllowed: this.rehearsals.isAllowed, items: this.rehearsals.list() };
  }
}
