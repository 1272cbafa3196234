import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { Rehearsals, type RehearsalTold } from '../rehearsal/rehearsals.js';

/** A rehearsal of this process as it stands. Throws NotFound. */
export class GetRehearsal extends Query<RehearsalTold> {
  constructor(readonly rehearsalId: string) {
    super();
  }
}

@QueryHandler(GetRehearsal)
export class GetRehearsalHandler implements IQueryHandler<GetRehearsal> {
  constructor(private readonly rehearsals: Rehearsals) {}

  async execute({ rehearsalId }: GetRehearsal): Promise<RehearsalTold> {
    const told = this.rehearsals.find(rehearsalId);
    if (told === null) throw new NotFound('no such rehearsal in this process');
    return told;
  }
}
