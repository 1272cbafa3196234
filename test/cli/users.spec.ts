import { registerUsers } from '../../src/cli/users.js';
import { run, type Printed } from '../support/cli.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerUsers, { DATABASE_URL: database.url }, 'users', 'erase', ...words);

const rows = async (table: string): Promise<unknown[]> =>
  onServer(database.url, async (client) => (await client.query(`SELECT * FROM people.${table}`)).rows as unknown[]);

it('holdfast users erase looks, erases when told to, and is quiet the next time', async () => {
  await onServer(database.url, (client) => client.query("INSERT INTO people.profiles VALUES ('ada', 'Ada', 'a@b.cd')"));
  const looked = await holdfast('ada', '--dry-run', '--yes');
  expect(looked).toEqual({ stdout: 'ada: there is a profile, and --yes would erase it\n', stderr: '', exitCode: null });
  expect(await rows('profiles')).toHaveLength(1);

  for (const [words, sentence] of [
    [['ada'], /^nothing was erased: say --yes/],
    [['a@b.cd', '--yes'], /^<userId>: expected 1 to 128 of/],
    [['system:cli', '--yes'], /^<userId>: expected 1 to 128 of/],
    [['ada', '--yes', '--by', 'A. Lovelace'], /^--by: expected 1 to 128 of/],
  ] as const)
    await expect(holdfast(...words)).rejects.toThrow(sentence);
  expect(await rows('profiles')).toHaveLength(1);

  const erased = await holdfast('ada', '--yes', '--json');
  expect(JSON.parse(erased.stdout)).toEqual({
    ...{ userId: 'ada', dryRun: false, hadProfile: true, erased: true },
    lastErasure: { erasedAt: expect.stringMatching(/Z$/), erasedBy: 'system:cli' },
  });
  expect([await rows('profiles'), (await rows('erasures')).length]).toEqual([[], 1]);
  const again = await holdfast('ada', '--yes', '--by', 'officer-7');
  expect(again.stdout).toMatch(/^ada: there is no profile; erased \S+ by system:cli\n$/);
  expect((await holdfast('bob', '--yes')).stdout).toBe('bob: there is no profile\n');
  expect(JSON.parse((await holdfast('ada', '--dry-run', '--json')).stdout)).toMatchObject({ hadProfile: false });
  expect(await rows('erasures')).toHaveLength(1);
  for (const printed of [looked, erased, again]) expect([printed.exitCode, printed.stderr]).toEqual([null, '']);
});
