import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RehearsalPlan } from '../rehearsal/plan.js';
import { Rehearsals, type NoRehearsal, type RehearsalTold } from '../rehearsal/rehearsals.js';

/** Begin a rehearsal of a flash sale; it goes on by itself. `by`: who asks. */
export class StartRehearsal extends Command<RehearsalTold | NoRehearsal> {
  constructor(
    readonly plan: RehearsalPlan,
    readonly by: string,
  ) {
    super();
  }
}

@CommandHandler(StartRehearsal)
export class StartRehearsalHandler implements ICommandHandler<StartRehearsal> {
  constructor(private readonly rehearsals: Rehearsals) {}

  async execute({ plan, by }: StartRehearsal): Promise<RehearsalTold | NoRehearsal> {
    return this.rehearsals.begin(plan, by);
  }
}
