import fc from 'fast-check';
import type pg from 'pg';
import { verifyReports } from '../../projections/reports.js';
import { registerVerify } from '../../src/cli/verify.js';
import { storyOf } from '../projections/random-story.js';
import type { Story } from '../projections/story.js';
import type { ReadModel } from '../projections/tables.js';
import { steps } from '../support/asks.js';
import { run, type Printed } from '../support/cli.js';
import { onServer } from '../support/postgres.js';
import { openStage } from './stage.js';

let model: ReadModel;
let story: Story;
/** The definition of each view, as the database has it. */
let definitions: Map<string, string>;
beforeAll(async () => {
  ({ model, story } = await openStage());
  const { rows } = await model.pool.query<{ view: string; text: string }>(
    `SELECT relname AS view, pg_get_viewdef(oid) AS text FROM pg_class WHERE relnamespace = 'reporting_v1'::regnamespace`,
  );
  definitions = new Map(rows.map(({ view, text }) => [view, text.replace(/;$/, '')]));
});
afterAll(() => model.close());

const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerVerify, { DATABASE_URL: model.url }, 'verify', '--reports', ...words);

const define = (view: string, text: string) =>
  model.pool.query(`CREATE OR REPLACE VIEW reporting_v1.${view} AS ${text}`);

/** The same view with one thing in it wrong. */
async function plant<T>(view: string, right: string | RegExp, wrong: string, work: () => Promise<T>): Promise<T> {
  const text = definitions.get(view)!;
  expect(text).toMatch(right);
  await define(view, text.replace(right, wrong));
  try {
    return await work();
  } finally {
    await define(view, text);
  }
}

it('every report adds up to the tables', async () => {
  const { stdout, exitCode } = await holdfast();
  expect(exitCode).toBeNull();
  const told = stdout.split('\n');
  expect(told[0]).toBe(`generation 1, at position ${story.records().length}`);
  expect(told.slice(1, 11).map((line) => line.trim().split(/ +/).slice(0, 2).join(' '))).toEqual([
    ...['bookings_current 4', 'booking_history 12', 'events_occupancy 4', 'occupancy_daily 2', 'cancellations_daily 3'],
    ...['lead_time 1', 'waitlist 2', 'refusals_daily 6', 'projection_freshness 1', 'data_dictionary 117'],
  ]);
  expect(told.slice(11)).toEqual(['every report adds up to the tables', '']);
  expect(JSON.parse((await holdfast('--json')).stdout)).toMatchObject({ ok: true, different: 0, differences: [] });
});

it('whatever happened', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (asked) => {
      const random = storyOf(asked);
      await model.clear();
      await model.fold(random.records(), [9]);
      expect(await verifyReports(model.pool)).toMatchObject({ missing: [], differences: [], different: 0 });
    }),
    { numRuns: 6, seed: 20_270_302 },
  );
  await model.clear();
  await model.fold(story.records(), [100]);
});

it('whatever a resource is called, "none" included', async () => {
  await model.pool.query(`UPDATE read_model_g1.events SET resource = CASE event_id WHEN 'gala' THEN 'none' END`);
  expect(await verifyReports(model.pool)).toMatchObject({ differences: [], different: 0 });
  await model.clear();
  await model.fold(story.records(), [100]);
});

it.each([
  [
    'occupancy_daily',
    'sum(taken)',
    'sum(capacity)',
    ['2027-03-01, (none): seats is 2, should be 0', '2027-03-03, hall: seats is 5, should be 4'],
  ],
  [
    'events_occupancy',
    'AT TIME ZONE z.zone',
    "AT TIME ZONE 'UTC'",
    ['2027-03-01, (none): capacity is null, should be 2'],
  ],
  ['events_occupancy', 'e.seats_held AS held', '0 AS held', ['gala: held is 0, should be 1']],
  ['cancellations_daily', "'cancelled'", "'expired'", ['2027-03-01, event-cancelled: bookings is null, should be 1']],
  ['lead_time', "'confirmed'", "'held'", ['gala: seats is 1, should be 3']],
  ['waitlist', "'waitlisted'", "'held'", ['gala: bookings is 1, should be 2']],
  ['bookings_current', 'b.seats', '1 AS seats', ['gala, confirmed: seats is 1, should be 3']],
  ['booking_history', 'valid_to', 'NULL::timestamptz AS valid_to', ['BookingConfirmed: open is 4, should be 1']],
  ['refusals_daily', 'sum(g.lost)', 'count(*)', ['2027-03-02, not-kept: refusals is 1, should be 40']],
  [
    'refusals_daily',
    'sum(f.requested)',
    'count(f.requested)',
    ['2027-03-01, sold-out: requested_seats is 1, should be 4'],
  ],
  ['projection_freshness', 'c."position",', '0::bigint AS position,', ['bookings: position is 0, should be 16']],
] as const)('a wrong %s (%s → %s) is found out and told', async (view, right, wrong, expected) => {
  await plant(view, right, wrong, async () => {
    const { differences, different } = await verifyReports(model.pool);
    expect(different).toBe(differences.length);
    const told = differences.filter((figure) => figure.view === view || view === 'events_occupancy');
    expect(
      told.map(({ of, name, found, expected: should }) => `${of}: ${name} is ${found}, should be ${should}`),
    ).toEqual(expect.arrayContaining([...expected]));
  });
});

it('what does not add up is told with the place and both figures, and by the exit code', async () => {
  await plant('occupancy_daily', 'sum(taken)', 'sum(capacity)', async () => {
    const { stdout, exitCode } = await holdfast();
    expect(exitCode).toBe(3);
    const told = stdout.split('\n');
    expect(told.slice(0, 2)).toEqual([
      ...[
        'occupancy_daily, 2027-03-01, (none): seats is 2, should be 0',
        'occupancy_daily, 2027-03-03, hall: seats is 5, should be 4',
      ],
    ]);
    expect(told.at(-2)).toBe('2 figures do NOT add up to the tables');
    const json = await holdfast('--json');
    expect(json.exitCode).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      different: 2,
      differences: [{ view: 'occupancy_daily' }, {}],
    });
  });
  expect((await holdfast()).exitCode).toBeNull();
});

it('a column that nobody describes, and a view that is gone, are told with what to do', async () => {
  await model.pool.query('COMMENT ON COLUMN reporting_v1.lead_time.days IS NULL; DROP VIEW reporting_v1.waitlist');
  const { stdout, exitCode } = await holdfast();
  expect(exitCode).toBe(3);
  expect(stdout).toContain(
    'reporting_v1.waitlist is not there\n  To make the views again: SELECT projections.make_reporting();\n',
  );
  expect(stdout).toContain('data_dictionary, lead_time: described is 9, should be 10\n');
  await model.pool.query('SELECT projections.make_reporting()');
  expect((await holdfast()).exitCode).toBeNull();
});

it('more than can be told is counted', async () => {
  await plant('events_occupancy', 'e.capacity,', '7 AS capacity,', async () => {
    const all = await verifyReports(model.pool);
    expect(all.different).toBeGreaterThan(1);
    expect(await verifyReports(model.pool, 1)).toMatchObject({ different: all.different, differences: { length: 1 } });
  });
});

it('all figures are of one moment, whatever is written meanwhile', async () => {
  const client = await model.pool.connect();
  let asked = 0;
  const watched = {
    on: () => undefined,
    release: () => client.release(true),
    query: async (...words: unknown[]): Promise<unknown> => {
      const answer = await (client.query as (...all: unknown[]) => Promise<unknown>).apply(client, words);
      if (++asked === 2) await model.pool.query('DELETE FROM read_model_g1.bookings');
      return answer;
    },
  };
  const pool = { connect: () => Promise.resolve(watched) } as unknown as pg.Pool;
  expect(await verifyReports(pool)).toMatchObject({ different: 0 });
  expect(asked).toBeGreaterThan(10);
  expect((await verifyReports(model.pool)).different).toBeGreaterThan(0);
  await model.clear();
  await model.fold(story.records(), [100]);
});

it('all figures are of one generation, also where another is about to be shown', async () => {
  const client = await model.pool.connect();
  const switched: unknown[] = [];
  const watched = {
    on: () => undefined,
    release: () => client.release(true),
    query: async (...words: unknown[]): Promise<unknown> => {
      const answer = await (client.query as (...all: unknown[]) => Promise<unknown>).apply(client, words);
      // Once the moment is that of the first answer.
      if (switched.push(words) === 2) switched.push(await onServer(model.url, showAnother).catch(sqlState));
      return answer;
    },
  };
  const showAnother = (other: pg.Client): Promise<unknown> =>
    other.query(`BEGIN; SET LOCAL lock_timeout = 50; SELECT projections.create_generation(2);
      SELECT projections.show_generation(2); COMMIT`);
  const sqlState = ({ code }: { code?: unknown }): unknown => code;
  const pool = { connect: () => Promise.resolve(watched) } as unknown as pg.Pool;
  expect(await verifyReports(pool)).toMatchObject({ generation: 1, different: 0 });
  expect(switched[2]).toBe('55P03');
});

it('there is nothing in a view to repair', async () => {
  await expect(holdfast('--repair')).rejects.toThrow('--repair writes rows of tables; views have none');
});
