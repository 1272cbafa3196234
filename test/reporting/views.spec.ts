import { BookingsProjection } from '../../projections/bookings-tables.js';
import { Checkpoints } from '../../projections/checkpoint.js';
import { RULES } from '../../src/infrastructure/http/fields.js';
import type { Story } from '../projections/story.js';
import type { ReadModel } from '../projections/tables.js';
import { SECOND, book, cancel, scheduleIt } from '../support/facts.js';
import { onServer } from '../support/postgres.js';
import { lines, openStage } from './stage.js';

let model: ReadModel;
let story: Story;
beforeAll(async () => {
  ({ model, story } = await openStage());
});
afterAll(() => model.close());

const ask = (sql: string): Promise<string[]> => lines(model.pool, sql);

/** What a test changes is undone. */
const meanwhile = (change: string, sql: string): Promise<string[]> =>
  onServer(model.url, async (client) => {
    await client.query(`BEGIN; ${change}`);
    return lines(client as never, sql);
  });

const VIEWS = [
  ...['booking_history', 'bookings_current', 'cancellations_daily', 'data_dictionary', 'events_occupancy'],
  ...['lead_time', 'occupancy_daily', 'projection_freshness', 'refusals_daily', 'waitlist'],
];

describe('the contract', () => {
  it('is these views, and nothing else is in their schema', async () => {
    expect(
      await ask(`SELECT relname, relkind FROM pg_class WHERE relnamespace = 'reporting_v1'::regnamespace ORDER BY 1`),
    ).toEqual(VIEWS.map((view) => `${view} | v`));
    expect(await ask(`SELECT count(*) FROM pg_proc WHERE pronamespace = 'reporting_v1'::regnamespace`)).toEqual(['0']);
  });

  it('says of every view and every column what it means', async () => {
    expect(await ask('SELECT * FROM reporting_v1.data_dictionary WHERE description IS NULL')).toEqual([]);
    const columns = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'reporting_v1'`;
    const told = `SELECT view_name || '.' || column_name FROM reporting_v1.data_dictionary WHERE ordinal > 0`;
    expect(await ask(`${told} ORDER BY 1`)).toEqual(await ask(`${columns} ORDER BY 1`));
    expect(await ask('SELECT view_name FROM reporting_v1.data_dictionary WHERE ordinal = 0 ORDER BY 1')).toEqual(VIEWS);
    const without = `COMMENT ON COLUMN reporting_v1.waitlist.place IS NULL`;
    const undescribed = 'SELECT view_name, column_name FROM reporting_v1.data_dictionary WHERE description IS NULL';
    expect(await meanwhile(without, undescribed)).toEqual(['waitlist | place']);
  });

  it('has instants with their zone, local dates as dates, and days as numeric', async () => {
    const types = (where: string) =>
      ask(`SELECT DISTINCT data_type FROM reporting_v1.data_dictionary WHERE ordinal > 0 AND ${where}`);
    expect(await types(`column_name ~ '_at$|^valid_|_since$'`)).toEqual(['timestamp with time zone']);
    expect(await types(`column_name = 'local_date'`)).toEqual(['date']);
    expect(await types(`column_name = 'days'`)).toEqual(['numeric']);
    expect(await types(`data_type LIKE 'timestamp without%'`)).toEqual([]);
  });

  it('stores no local date', async () => {
    const dates = `SELECT count(*) FROM information_schema.columns WHERE data_type = 'date' AND table_schema ~ '^(read_model|refusals|projections|log)'`;
    expect(await ask(dates)).toEqual(['0']);
  });

  it('can be made again when somebody dropped a generation with all that stands on it', async () => {
    const again = `DROP SCHEMA read_model_g1 CASCADE; DELETE FROM projections.checkpoint; DELETE FROM projections.left_out;
      SELECT projections.create_generation(1); SELECT projections.show_generation(1); SELECT projections.make_reporting()`;
    expect(await meanwhile(again, `SELECT count(DISTINCT view_name) FROM reporting_v1.data_dictionary`)).toEqual([
      '10',
    ]);
  });
});

describe('the views', () => {
  it('bookings_current: one row for each active booking', async () => {
    const sql =
      'SELECT booking_id, title, resource, status, seats, offer FROM reporting_v1.bookings_current ORDER BY 1';
    expect(await ask(sql)).toEqual([
      ...['b-ann | Matinee | hall | confirmed | 3 | f', 'b-bob | Matinee | hall | held | 1 | f'],
      ...['b-cyd | Matinee | hall | waitlisted | 2 | f', 'b-dan | Matinee | hall | waitlisted | 3 | f'],
    ]);
  });

  it('bookings_current: seats of a hold fall back at its own end, or at the end of sales where that came nearer', async () => {
    const sql = `SELECT booking_id, expires_at AT TIME ZONE 'UTC' FROM reporting_v1.bookings_current WHERE expires_at IS NOT NULL`;
    expect(await ask(sql)).toEqual(['b-bob | 2027-03-01 12:10:01']);
    const nearer = `UPDATE read_model_g1.events SET sales_close_at = '2027-03-01 12:05Z'`;
    expect(await meanwhile(nearer, sql)).toEqual(['b-bob | 2027-03-01 12:05:00']);
  });

  it('booking_history: one row for each booking and change, half-open', async () => {
    const sql = `SELECT change, status, ended_reason, valid_from AT TIME ZONE 'UTC', valid_to AT TIME ZONE 'UTC'
      FROM reporting_v1.booking_history WHERE booking_id = 'l-ann' ORDER BY revision`;
    expect(await ask(sql)).toEqual([
      'BookingConfirmed | confirmed |  | 2027-03-01 12:00:02 | 2027-03-01 23:30:00',
      'BookingCancelled | cancelled | ill | 2027-03-01 23:30:00 | ',
    ]);
    const facts = story.records().filter(({ event }) => 'bookingId' in event.data).length;
    const ended = 1; // The one that EventCancelled ended has no fact of its own.
    expect(await ask('SELECT count(*) FROM reporting_v1.booking_history')).toEqual([`${facts + ended}`]);
  });

  it('events_occupancy: one row for each event, with the date where it takes place', async () => {
    const sql = `SELECT event_id, local_date, capacity, is_booked, taken, held, free, taken_bookings, held_bookings,
      waiting_bookings, waiting_seats FROM reporting_v1.events_occupancy ORDER BY 1`;
    expect(await ask(sql)).toEqual([
      'gala | 2027-03-03 | 4 | t | 4 | 1 | 0 | 2 | 1 | 2 | 5',
      'late | 2027-03-03 | 1 | f | 0 | 0 | 1 | 0 | 0 | 0 | 0',
      'quiz | 2027-03-02 | 5 | f | 0 | 0 | 0 | 0 | 0 | 0 | 0',
      'york | 2027-03-01 | 2 | f | 0 | 0 | 2 | 0 | 0 | 0 | 0',
    ]);
  });

  it('occupancy_daily: local date and resource, without what was called off', async () => {
    expect(await ask('SELECT * FROM reporting_v1.occupancy_daily ORDER BY local_date')).toEqual([
      '2027-03-01 |  | 1 | 0 | 2 | 0 | 0 | 0 | 0 | 2 | 0 | 0',
      '2027-03-03 | hall | 2 | 1 | 5 | 2 | 4 | 1 | 1 | 1 | 2 | 5',
    ]);
  });

  it('cancellations_daily: local date and reason, apart what had only waited', async () => {
    expect(await ask('SELECT * FROM reporting_v1.cancellations_daily ORDER BY local_date, reason')).toEqual([
      ...['2027-03-01 | event-cancelled | 1 | 4 | 0 | 0', '2027-03-01 | ill | 2 | 3 | 1 | 1'],
      '2027-03-02 | ill | 1 | 1 | 0 | 0',
    ]);
  });

  it('lead_time: one row for each confirmed booking, in days', async () => {
    expect(await ask('SELECT booking_id, local_date, seats, days FROM reporting_v1.lead_time')).toEqual([
      'b-ann | 2027-03-03 | 3 | 1.479155',
    ]);
  });

  it('waitlist: in the order in which places are offered', async () => {
    const sql = `SELECT booking_id, place, seats, bookings_ahead, seats_ahead FROM reporting_v1.waitlist ORDER BY place`;
    expect(await ask(sql)).toEqual(['b-cyd | 1 | 2 | 0 | 0', 'b-dan | 2 | 3 | 1 | 2']);
  });

  it('refusals_daily: local date and code, with what was not kept under a code of its own', async () => {
    expect(await ask('SELECT * FROM reporting_v1.refusals_daily ORDER BY local_date, code')).toEqual([
      ...['2027-03-01 | not-held | 1 | 0', '2027-03-01 | not-kept | 2 | ', '2027-03-01 | sold-out | 1 | 4'],
      ...['2027-03-02 | not-kept | 40 | ', '2027-03-02 | sold-out | 2 | 5', ' | sold-out | 1 | 1'],
    ]);
  });
});

describe('local dates', () => {
  const SUMMER = `UPDATE read_model_g1.events SET starts_at = '2027-06-30 22:30Z', time_zone =`;
  const DATE = `SELECT local_date FROM reporting_v1.events_occupancy WHERE event_id = 'gala'`;

  it('know daylight saving where Postgres has an abbreviation without it', async () => {
    for (const zone of ['CET', 'MET', 'Europe/Berlin', 'europe/berlin'])
      expect(await meanwhile(`${SUMMER} '${zone}'`, DATE)).toEqual(['2027-07-01']);
    for (const zone of ['UTC', 'WET', 'Europe/Lisbon'])
      expect(await meanwhile(`${SUMMER} '${zone}'`, DATE)).toEqual(['2027-06-30']);
  });

  it('are those of Intl in every zone that both know', async () => {
    const instants = [
      '2027-01-10T22:30:00Z',
      ...['07:30', '10:30', '20:00', '22:30'].map((at) => `2027-07-10T${at}:00Z`),
    ];
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const ofThree = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    const legacy = [...ofThree, 'EST5EDT', 'PST8PDT', 'Etc/GMT+12'].filter((zone) => RULES.timeZone.test(zone));
    const zones = [...Intl.supportedValuesOf('timeZone'), ...legacy];
    const sql = `SELECT zone, i, (i AT TIME ZONE projections.zone(zone))::date::text AS date
      FROM unnest($1::text[]) zone, unnest($2::timestamptz[]) i WHERE projections.zone(zone) IS NOT NULL`;
    const { rows } = await model.pool.query<{ zone: string; i: Date; date: string }>(sql, [zones, instants]);
    expect(rows.length).toBeGreaterThan(instants.length * 400);
    const differing = rows.filter(({ zone, i, date }) => date !== i.toLocaleDateString('sv-SE', { timeZone: zone }));
    expect(differing).toEqual([]);
  });

  it('are those of Intl, or null, where a zone has the name of an abbreviation', async () => {
    const { rows: names } = await model.pool.query<{ abbrev: string }>(
      'SELECT DISTINCT abbrev FROM pg_timezone_abbrevs',
    );
    const known = names.map(({ abbrev }) => abbrev).filter(isZone);
    expect(known).toEqual(expect.arrayContaining(['IST', 'PST', 'BST', 'EST', 'UTC', 'CET']));
    const sql = `SELECT zone, i, (i AT TIME ZONE projections.zone(zone))::date::text AS date FROM unnest($1::text[]) zone,
      generate_series('2027-01-10Z', '2027-01-11Z', interval '1 h') january, unnest(ARRAY[january, january + interval '181 days']) i`;
    for (const abbreviations of ['Default', 'Australia']) {
      const dates = await onServer(model.url, async (client) => {
        await client.query(`SET timezone_abbreviations = '${abbreviations}'`);
        return (await client.query<{ zone: string; i: Date; date: string | null }>(sql, [[...known, 'pst']])).rows;
      });
      const differing = ({ zone, i, date }: (typeof dates)[number]) =>
        date !== null && date !== i.toLocaleDateString('sv-SE', { timeZone: zone });
      expect(dates.filter(differing)).toEqual([]);
      const told = new Set(dates.filter(({ date }) => date !== null).map(({ zone }) => zone));
      expect([...told].sort()).toEqual(['CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'UCT', 'UTC', 'WET', 'ZULU']);
    }
    expect(await meanwhile(`${SUMMER} 'IST'`, DATE)).toEqual(['']);
  });

  it('are null in a zone that this server does not know, and no other row is worse for it', async () => {
    const mars = `UPDATE read_model_g1.events SET time_zone = 'Mars/Olympus' WHERE event_id = 'gala'`;
    expect(await meanwhile(mars, DATE)).toEqual(['']);
    expect(await meanwhile(mars, `SELECT local_date, seats FROM reporting_v1.occupancy_daily ORDER BY 1`)).toEqual([
      ...['2027-03-01 | 0', '2027-03-03 | 0', ' | 4'],
    ]);
  });
});

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

describe('projection_freshness', () => {
  const FRESH = `SELECT position, log_head, lag, lag_seconds < 3600, is_halted FROM reporting_v1.projection_freshness`;

  it('says how far behind the log the tables are', async () => {
    const head = story.records().length;
    expect(await ask(FRESH)).toEqual([`${head} | ${head} | 0 | t | f`]);
    const behind = `UPDATE projections.checkpoint SET position = position - 3`;
    expect(await meanwhile(behind, FRESH)).toEqual([`${head - 3} | ${head} | 3 | t | f`]);
    expect(await meanwhile(behind, 'SELECT lag_seconds > 0 FROM reporting_v1.projection_freshness')).toEqual(['t']);
  });

  it('does not know it when the log is not in this database', async () => {
    const elsewhere = `UPDATE projections.checkpoint SET log_id = 'deadbeef'`;
    expect(await meanwhile(elsewhere, FRESH)).toEqual([`${story.records().length} |  |  |  | f`]);
  });

  it('says that they halted, and why', async () => {
    const halt = `UPDATE projections.checkpoint SET halted_at = now(), halt_position = 99, halt_stream = 's', halt_revision = 1,
      halt_record_id = gen_random_uuid(), halt_reason = 'no such type'`;
    const sql = 'SELECT is_halted, halt_position, halt_reason FROM reporting_v1.projection_freshness';
    expect(await meanwhile(halt, sql)).toEqual(['t | 99 | no such type']);
  });
});

it('the views survive when another generation is shown, and show that one', async () => {
  const oids = `SELECT oid FROM pg_class WHERE relnamespace = 'reporting_v1'::regnamespace ORDER BY 1`;
  const before = await ask(oids);
  const figures = `SELECT (SELECT sum(seats) FROM reporting_v1.occupancy_daily), (SELECT count(*) FROM reporting_v1.bookings_current),
    (SELECT count(*) FROM reporting_v1.booking_history), (SELECT sum(bookings) FROM reporting_v1.cancellations_daily),
    (SELECT count(*) FROM reporting_v1.lead_time), (SELECT generation FROM reporting_v1.projection_freshness)`;
  const [first] = await ask(figures);
  story.now += SECOND;
  story
    .ask('more', scheduleIt({ startsAt: story.now + 60 * SECOND }))
    .ask('more', book('zoe', { bookingId: 'm-zoe', seats: 2 }));
  story.ask('gala', cancel('bob'));
  await model.pool.query('SELECT projections.create_generation(2)');
  const projection = new BookingsProjection(2, 'booking-');
  const checkpoints = new Checkpoints(model.pool, projection, { statementTimeoutMs: 10_000, queryTimeoutMs: 11_000 });
  let checkpoint = await checkpoints.read();
  for (const record of story.records())
    checkpoint = (await checkpoints.advance(checkpoint, record, (sql) => projection.apply(sql, [record])))!;
  expect(await ask(figures)).toEqual([first]);

  await model.pool.query('SELECT projections.show_generation(2); DROP SCHEMA read_model_g1 CASCADE');
  expect(await ask(oids)).toEqual(before);
  expect(first).toBe('4 | 4 | 12 | 4 | 1 | 1');
  expect(await ask(figures)).toEqual(['5 | 4 | 14 | 4 | 2 | 2']);
});
