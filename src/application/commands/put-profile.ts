import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { IfMatch, Refusal } from '../../domain/booking/commands.js';
import { refuse, type Refused } from '../../domain/decider.js';
import { PORTS } from '../envelope.js';
import type { Profile, Profiles } from '../ports.js';
import { assertTheirs } from '../queries/get-profile.js';

/** How it ended: the profile as it is now, or refused because the copy was stale. */
export type ProfilePut =
  | { readonly accepted: true; readonly profile: Profile; readonly isNew: boolean }
  | Refused<Extract<Refusal, { readonly reason: 'PreconditionFailed' }>>;

/** Say what a person is called. Nothing of it goes into the log. Throws NotFound when it is not about `owner` (null: anybody). */
export class PutProfile extends Command<ProfilePut> {
  constructor(
    readonly profile: Pick<Profile, 'userId' | 'name' | 'email'>,
    readonly owner: string | null,
    readonly ifMatch: IfMatch,
  ) {
    super();
  }
}

@CommandHandler(PutProfile)
export class PutProfileHandler implements ICommandHandler<PutProfile> {
  constructor(@Inject(PORTS.profiles) private readonly profiles: Profiles) {}

  async execute({ profile, owner, ifMatch }: PutProfile): Promise<ProfilePut> {
    assertTheirs(profile.userId, owner);
    const put = await this.profiles.put(profile, ifMatch);
    return put === null ? refuse({ reason: 'PreconditionFailed' }) : { accepted: true, ...put };
  }
}
