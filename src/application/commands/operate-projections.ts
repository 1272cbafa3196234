import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import type { Projections, ProjectionsStanding } from '../ports.js';

/** What an operator wants of the tables; `generation` null: all of them, of `switch` the one that is not live. */
export type Operation =
  | { readonly kind: 'pause'; readonly generation: number | null; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'resume'; readonly generation: number | null }
  | { readonly kind: 'rebuild' }
  | { readonly kind: 'switch'; readonly generation: number | null };

/** How they stand afterwards, or why that cannot be: then nothing was changed. */
export type Operated =
  { readonly done: true; readonly standing: ProjectionsStanding } | { readonly done: false; readonly why: string };

/** Pauses, resumes, rebuilds or switches the tables. Throws StoreUnavailable, and OutcomeUnknown: it may be asked again. */
export class OperateProjections extends Command<Operated> {
  constructor(readonly operation: Operation) {
    super();
  }
}

@CommandHandler(OperateProjections)
export class OperateProjectionsHandler implements ICommandHandler<OperateProjections> {
  constructor(@Inject(PORTS.projections) private readonly projections: Projections) {}

  async execute({ operation }: OperateProjections): Promise<Operated> {
    const why = await this.operate(operation);
    return why === null ? { done: true, standing: await this.projections.standing() } : { done: false, why };
  }

  private operate(operation: Operation): Promise<string | null> {
    switch (operation.kind) {
      case 'pause':
        return this.projections.pause(operation.generation, operation.by, operation.reason);
      case 'resume':
        return this.projections.resume(operation.generation);
      case 'rebuild':
        return this.projections.rebuild();
      case 'switch':
        return this.projections.switchTo(operation.generation);
    }
  }
}
