import type { Erasure, Profile, Profiles } from '../../src/application/ports.js';

/** People without a database. */
export class MemoryProfiles implements Profiles {
  readonly profiles = new Map<string, Profile>();
  readonly erasures: Erasure[] = [];
  private revision = 0;

  constructor(private readonly now: () => number) {}

  async find(userId: string): Promise<Profile | null> {
    return this.profiles.get(userId) ?? null;
  }

  async put(
    said: Pick<Profile, 'userId' | 'name' | 'email'>,
    ifMatch: Parameters<Profiles['put']>[1],
  ): Promise<{ profile: Profile; isNew: boolean } | null> {
    const before = this.profiles.get(said.userId);
    if (ifMatch !== null && before === undefined) return null;
    if (ifMatch !== null && ifMatch !== 'exists' && ifMatch.revision !== before?.revision) return null;
    if (before !== undefined && before.name === said.name && before.email === said.email)
      return { profile: before, isNew: false };
    const at = this.now();
    const profile = { ...said, createdAt: before?.createdAt ?? at, updatedAt: at, revision: ++this.revision };
    this.profiles.set(said.userId, profile);
    return { profile, isNew: before === undefined };
  }

  async erase(userId: string, erasedBy: string): Promise<{ isErased: boolean; last: Erasure | null }> {
    const isErased = this.profiles.delete(userId);
    if (isErased) this.erasures.push({ userId, erasedAt: this.now(), erasedBy });
    return { isErased, last: this.erasures.findLast((erasure) => erasure.userId === userId) ?? null };
  }
}
