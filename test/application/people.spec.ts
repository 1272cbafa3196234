import { EraseUserHandler, EraseUser } from '../../src/application/commands/erase-user.js';
import { PutProfile, PutProfileHandler } from '../../src/application/commands/put-profile.js';
import { NotFound } from '../../src/application/errors.js';
import { GetProfile, GetProfileHandler } from '../../src/application/queries/get-profile.js';
import { MemoryProfiles } from '../support/memory-profiles.js';

const ADA = { userId: 'ada', name: 'Ada Lovelace', email: 'ada@example.org' };

const profiles = new MemoryProfiles(() => 1_000);
beforeEach(() => profiles.profiles.clear());

const put = (owner: string | null, ifMatch: PutProfile['ifMatch'] = null) =>
  new PutProfileHandler(profiles).execute(new PutProfile(ADA, owner, ifMatch));
const get = (userId: string, owner: string | null) =>
  new GetProfileHandler(profiles).execute(new GetProfile(userId, owner));

describe('people', () => {
  it('say and see what they are called; the box office everybody', async () => {
    expect(await put('ada')).toMatchObject({ accepted: true, isNew: true, profile: ADA });
    expect(await put(null)).toMatchObject({ accepted: true, isNew: false, profile: ADA });
    expect(await get('ada', 'ada')).toMatchObject(ADA);
    expect(await get('ada', null)).toMatchObject(ADA);
  });

  it('are not there for others', async () => {
    await expect(put('eve')).rejects.toThrow(NotFound);
    expect(profiles.profiles.size).toBe(0);
    await put('ada');
    const others = await get('ada', 'eve').catch((error: unknown) => error);
    expect(others).toEqual(await get('nobody', null).catch((error: unknown) => error));
    expect(others).toEqual(new NotFound('no such user'));
  });

  it('are not changed from a stale copy', async () => {
    expect(await put('ada', 'exists')).toEqual({ accepted: false, refusal: { reason: 'PreconditionFailed' } });
    expect(profiles.profiles.size).toBe(0);
  });

  it('are forgotten, and who did it is not', async () => {
    await put('ada');
    await new EraseUserHandler(profiles).execute(new EraseUser('ada', 'officer'));
    expect(profiles.profiles.size).toBe(0);
    expect(profiles.erasures).toEqual([{ userId: 'ada', erasedAt: 1_000, erasedBy: 'officer' }]);
  });
});
