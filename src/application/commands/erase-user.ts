import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import type { Profiles } from '../ports.js';

/** Forget a person: what is left is the id that the log knows, and that the profile was erased. Again is quiet. */
export class EraseUser extends Command<void> {
  constructor(
    readonly userId: string,
    readonly erasedBy: string,
  ) {
    super();
  }
}

@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(@Inject(PORTS.profiles) private readonly profiles: Profiles) {}

  async execute({ userId, erasedBy }: EraseUser): Promise<void> {
    await this.profiles.erase(userId, erasedBy);
  }
}
