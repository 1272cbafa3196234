import { registerRehearse } from '../../src/cli/rehearse.js';
import { ReadModel } from '../projections/tables.js';
import { run, type Printed } from '../support/cli.js';

let model: ReadModel;
beforeAll(async () => {
  model = await ReadModel.open();
});
afterAll(() => model.close());

/** With a secret of its own, so that none is made; then it is not development. */
const holdfast = (settings: Readonly<Record<string, string>>, ...words: string[]): Promise<Printed> =>
  run(
    registerRehearse,
    { DATABASE_URL: model.url, AUTH_HS256_SECRET: 'x'.repeat(32), ...settings },
    ...['rehearse', '--places', '30', '--callers', '8', '--holds', '50', ...words],
  );
const ON = { REHEARSALS: 'on' };

it('plays the sale with both strategies, side by side, and finds nothing', async () => {
  const { stdout, stderr, exitCode } = await holdfast(ON);
  expect(exitCode).toBeNull();
  const [head, ...lines] = stdout.split('\n');
  expect(head).toMatch(/^ +optimistic +pessimistic$/);
  expect(lines).toContainEqual(expect.stringMatching(/^people +60 +60$/));
  expect(lines).toContainEqual(expect.stringMatching(/^most ever taken +30 +30$/));
  expect(lines).toContainEqual(expect.stringMatching(/^users with two places +0 +0$/));
  expect(lines).toContainEqual(expect.stringMatching(/^answers not in the log +0 of \d+ +0 of \d+$/));
  expect(lines.at(-2)).toBe('never oversold, never twice');
  expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({ what: 'rehearse', done: 120, total: 120 });
  const { rows } = await model.pool.query<{ stream: string; type: string }>(
    `SELECT DISTINCT ON (stream) stream, type FROM log.events ORDER BY stream, revision DESC`,
  );
  expect(rows).toHaveLength(2);
  for (const { stream, type } of rows)
    expect([stream, type]).toEqual([expect.stringMatching(/^booking-rehearsal-/), 'EventCancelled']);
});

it('ends with 3 when an answer is missing in the log, and says which: that one, and what nobody can read behind it', async () => {
  await model.pool.query(`
    CREATE FUNCTION log.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER swallow BEFORE INSERT ON log.events FOR EACH ROW WHEN (NEW.revision = 7) EXECUTE FUNCTION log.swallow()`);
  const { stdout, exitCode } = await holdfast(ON, '--locking', 'optimistic', '--processes', '1', '--json');
  expect(exitCode).toBe(3);
  const told = JSON.parse(stdout) as { runs: [{ evidence: { missing: number; missed: { revision: number }[] } }] };
  const { missing, missed } = told.runs[0].evidence;
  expect(missing).toBeGreaterThan(1);
  expect(Math.min(...missed.map(({ revision }) => revision))).toBe(7);
  expect(told).toMatchObject({
    ...{ state: 'done', isSound: false, locking: 'optimistic' },
    runs: [{ evidence: { isSound: false, revisions: { from: 0, to: 6 }, usersTwice: 0, oversold: 0 } }],
  });
});

it('is refused where it is not allowed, and for what cannot be', async () => {
  await expect(holdfast({})).rejects.toThrow('REHEARSALS: expected on, outside development');
  await expect(holdfast(ON, '--places', '5001')).rejects.toThrow('--places: expected a whole number from 1 to 5000');
  await expect(holdfast(ON, '--holds', '-1')).rejects.toThrow('--holds: expected a whole number from 0 to 100');
});
