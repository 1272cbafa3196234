import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import type { Projections, ProjectionsStanding } from '../ports.js';

/** How far each generation of the tables has followed the log. */
export class GetProjections extends Query<ProjectionsStanding> {}

@QueryHandler(GetProjections)
export class GetProjectionsHandler implements IQueryHandler<GetProjections> {
  constructor(@Inject(PORTS.projections) private readonly projections: Projections) {}

  execute(): Promise<ProjectionsStanding> {
    return this.projections.standing();
  }
}
