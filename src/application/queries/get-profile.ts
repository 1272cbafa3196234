import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NotFound } from '../errors.js';
import { PORTS } from '../envelope.js';
import type { Profile, Profiles } from '../ports.js';

/** What is known of a person. Throws NotFound when nothing is, or when it is not about `owner` (null: anybody). */
export class GetProfile extends Query<Profile> {
  constructor(
    readonly userId: string,
    readonly owner: string | null,
  ) {
    super();
  }
}

@QueryHandler(GetProfile)
export class GetProfileHandler implements IQueryHandler<GetProfile> {
  constructor(@Inject(PORTS.profiles) private readonly profiles: Profiles) {}

  async execute({ userId, owner }: GetProfile): Promise<Profile> {
    assertTheirs(userId, owner);
    const profile = await this.profiles.find(userId);
    if (profile === null) throw new NotFound(NOBODY);
    return profile;
  }
}

const NOBODY = 'no such user';

/** Other people are like missing ones. Throws NotFound unless the user is `owner` (null: may be anybody). */
export function assertTheirs(userId: string, owner: string | null): void {
  if (owner !== null && userId !== owner) throw new NotFound(NOBODY);
}
