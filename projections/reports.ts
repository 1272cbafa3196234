import type pg from 'pg';
import { COMPARABLE, cells } from './snapshot.js';

/** One figure of a view that is not what the rows below it add up to. */
export interface WrongFigure {
  readonly view: string;
  /** Which row of the view, or which of its rows together. */
  readonly of: string;
  readonly name: string;
  /** As the view has it; null when it has no such row, or no figure there. */
  readonly found: string | null;
  readonly expected: string | null;
}

export interface ReportsReport {
  readonly generation: number;
  readonly position: string;
  readonly views: readonly { readonly view: string; readonly rows: number; readonly figures: readonly string[] }[];
  /** Views that are not there at all. */
  readonly missing: readonly string[];
  readonly differences: readonly WrongFigure[];
  /** All of them, those included that are not told. */
  readonly different: number;
}

export const addsUp = ({ missing, different }: ReportsReport): boolean => missing.length === 0 && different === 0;

/** What a view shows, and the same figures added up from tables in another way. Both sides: figures by `of`. */
interface Check {
  readonly view: string;
  readonly figures: readonly string[];
  readonly shown: string;
  readonly facts: string;
}

const local = (instant: string): string => `(${instant} AT TIME ZONE z.zone)::date`;
const zoned = (table: string): string =>
  `${table} LEFT JOIN read_model.events e USING (event_id) LEFT JOIN projections.zones z USING (time_zone)`;
/** Null is what no code can be: `none` may be a resource. */
const row = (...parts: string[]): string =>
  parts.map((part) => `coalesce(${part}::text, '(none)')`).join(` || ', ' || `) + ' AS "of"';

const CHECKS: readonly Check[] = [
  {
    view: 'bookings_current',
    figures: ['bookings', 'seats'],
    shown: `SELECT ${row('event_id', 'status')}, count(*) AS bookings, sum(seats) AS seats FROM reporting_v1.bookings_current GROUP BY 1`,
    // The last state of each booking that has not ended.
    facts: `SELECT ${row('event_id', 'status')}, count(*) AS bookings, sum(seats) AS seats FROM read_model.booking_history
      WHERE valid_to IS NULL AND status IN ('waitlisted', 'held', 'confirmed') GROUP BY 1`,
  },
  {
    view: 'booking_history',
    figures: ['changes', 'seats', 'open'],
    shown: `SELECT ${row('change')}, count(*) AS changes, sum(seats) AS seats, count(*) FILTER (WHERE valid_to IS NULL) AS open
      FROM reporting_v1.booking_history GROUP BY 1`,
    facts: `SELECT ${row('change')}, count(*) AS changes, sum(seats) AS seats, count(*) FILTER (WHERE valid_to IS NULL) AS open
      FROM read_model.booking_history GROUP BY 1`,
  },
  {
    view: 'events_occupancy',
    figures: ['taken', 'held', 'taken_bookings', 'held_bookings', 'waiting_bookings', 'waiting_seats', 'free'],
    shown: `SELECT ${row('event_id')}, taken, held, taken_bookings, held_bookings, waiting_bookings, waiting_seats, free
      FROM reporting_v1.events_occupancy`,
    facts: `SELECT ${row('event_id')}, coalesce(sum(seats) FILTER (WHERE b.status IN ('held', 'confirmed')), 0) AS taken,
      coalesce(sum(seats) FILTER (WHERE b.status = 'held'), 0) AS held,
      count(*) FILTER (WHERE b.status IN ('held', 'confirmed')) AS taken_bookings, count(*) FILTER (WHERE b.status = 'held') AS held_bookings,
      count(*) FILTER (WHERE b.status = 'waitlisted') AS waiting_bookings,
      coalesce(sum(seats) FILTER (WHERE b.status = 'waitlisted'), 0) AS waiting_seats,
      CASE e.status WHEN 'cancelled' THEN 0 ELSE e.capacity - coalesce(sum(seats) FILTER (WHERE b.status IN ('held', 'confirmed')), 0) END AS free
      FROM read_model.events e LEFT JOIN read_model.bookings b USING (event_id) GROUP BY event_id, e.status, e.capacity`,
  },
  {
    view: 'occupancy_daily',
    figures: [
      'events',
      'events_booked',
      'capacity',
      'bookings',
      'seats',
      'held_bookings',
      'held_seats',
      'free_seats',
      'waiting_bookings',
      'waiting_seats',
    ],
    shown: `SELECT ${row('local_date', 'resource')}, events, events_booked, capacity, bookings, seats, held_bookings, held_seats,
      free_seats, waiting_bookings, waiting_seats FROM reporting_v1.occupancy_daily`,
    facts: `WITH b AS (
        SELECT ${row(local('e.starts_at'), 'resource')}, count(*) FILTER (WHERE b.status <> 'waitlisted') AS bookings,
          count(*) FILTER (WHERE b.status = 'held') AS held_bookings, count(*) FILTER (WHERE b.status = 'waitlisted') AS waiting_bookings,
          coalesce(sum(seats) FILTER (WHERE b.status = 'waitlisted'), 0) AS waiting_seats FROM ${zoned('read_model.bookings b')} GROUP BY 1)
      SELECT "of", events, events_booked, capacity, coalesce(bookings, 0) AS bookings, seats, coalesce(held_bookings, 0) AS held_bookings,
        held_seats, capacity - seats AS free_seats, coalesce(waiting_bookings, 0) AS waiting_bookings, coalesce(waiting_seats, 0) AS waiting_seats
      FROM (SELECT ${row(local('starts_at'), 'resource')}, count(*) AS events, count(*) FILTER (WHERE seats_taken = capacity) AS events_booked,
              sum(capacity) AS capacity, sum(seats_taken) AS seats, sum(seats_held) AS held_seats
            FROM read_model.events LEFT JOIN projections.zones z USING (time_zone) WHERE status = 'scheduled' GROUP BY 1) e
      LEFT JOIN b USING ("of")`,
  },
  {
    view: 'cancellations_daily',
    figures: ['bookings', 'seats', 'waiting_bookings', 'waiting_seats'],
    shown: `SELECT ${row('local_date', 'reason')}, bookings, seats, waiting_bookings, waiting_seats FROM reporting_v1.cancellations_daily`,
    // From the states, of which the view knows by past_bookings: the one that ended it, and the one before.
    facts: `SELECT ${row(local('valid_from'), 'ended_reason')}, count(*) AS bookings, sum(seats) AS seats,
      count(*) FILTER (WHERE before = 'waitlisted') AS waiting_bookings,
      coalesce(sum(seats) FILTER (WHERE before = 'waitlisted'), 0) AS waiting_seats
      FROM ${zoned(`(SELECT event_id, status, seats, ended_reason, valid_from, lag(status) OVER (PARTITION BY booking_id ORDER BY revision) AS before
        FROM read_model.booking_history) h`)} WHERE h.status = 'cancelled' GROUP BY 1`,
  },
  {
    view: 'lead_time',
    figures: ['bookings', 'seats', 'days'],
    shown: `SELECT ${row('event_id')}, count(*) AS bookings, sum(seats) AS seats, sum(days) AS days FROM reporting_v1.lead_time GROUP BY 1`,
    facts: `SELECT ${row('event_id')}, count(*) AS bookings, sum(seats) AS seats,
      sum(round((extract(epoch FROM starts_at) - extract(epoch FROM booking_time)) / 86400, 6)) AS days
      FROM read_model.events e JOIN read_model.bookings b USING (event_id) WHERE b.status = 'confirmed' GROUP BY event_id`,
  },
  {
    view: 'waitlist',
    figures: ['bookings', 'seats', 'last'],
    shown: `SELECT ${row('event_id')}, count(*) AS bookings, sum(seats) AS seats, max(place) AS last FROM reporting_v1.waitlist GROUP BY 1`,
    facts: `SELECT ${row('event_id')}, waiting AS bookings, (SELECT sum(seats) FROM read_model.bookings b
      WHERE b.event_id = e.event_id AND status = 'waitlisted') AS seats, waiting AS last FROM read_model.events e WHERE waiting > 0`,
  },
  {
    view: 'refusals_daily',
    figures: ['refusals', 'requested_seats'],
    shown: `SELECT ${row('local_date', 'code')}, refusals, requested_seats FROM reporting_v1.refusals_daily`,
    facts: `SELECT ${row('date', 'code')}, sum(many) AS refusals, CASE code WHEN 'not-kept' THEN NULL ELSE coalesce(sum(requested), 0) END AS requested_seats
      FROM (SELECT ${local('refused_at')} AS date, code, 1 AS many, requested FROM ${zoned('refusals.facts')}
            UNION ALL SELECT CASE WHEN event_id IS NULL THEN (from_at AT TIME ZONE 'UTC')::date ELSE ${local('from_at')} END, 'not-kept', lost, NULL
            FROM ${zoned('refusals.gaps')}) r GROUP BY date, code`,
  },
  {
    view: 'projection_freshness',
    figures: ['generation', 'position'],
    shown: `SELECT ${row('projection')}, generation, position FROM reporting_v1.projection_freshness`,
    facts: `SELECT 'bookings' AS "of", generation, position FROM read_model.checkpoint`,
  },
  {
    view: 'data_dictionary',
    figures: ['columns', 'described'],
    shown: `SELECT view_name AS "of", count(column_name) AS columns, count(description) AS described FROM reporting_v1.data_dictionary GROUP BY 1`,
    facts: `SELECT relname::text AS "of", count(*) AS columns, count(*) + 1 AS described
      FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
      WHERE relnamespace = 'reporting_v1'::regnamespace GROUP BY relname`,
  },
];

const TOLD = 1_000;

/**
 * Adds up what the views of reporting_v1 show and holds it against the tables that they are made of, all of one moment.
 * Whether those are as the log says is another question: verifyTables.
 */
export async function verifyReports(pool: pg.Pool, told = TOLD): Promise<ReportsReport> {
  const client = await pool.connect();
  client.on('error', () => undefined);
  try {
    const { generation, position } = await begin(client);
    const missing: string[] = [];
    const views: { view: string; rows: number; figures: readonly string[] }[] = [];
    const differences: WrongFigure[] = [];
    let different = 0;
    for (const check of CHECKS) {
      const { view, figures } = check;
      const [[exists]] = (await cells(client, 'SELECT to_regclass($1)', [`reporting_v1.${view}`])) as [[string | null]];
      if (exists === null) {
        missing.push(view);
        continue;
      }
      const [[rows]] = (await cells(client, `SELECT count(*) FROM reporting_v1.${view}`)) as [[string]];
      views.push({ view, rows: Number(rows), figures });
      const wrong = await wrongFigures(client, check, told - differences.length);
      differences.push(...wrong.told);
      different += wrong.count;
    }
    return { generation, position, views, missing, differences, different };
  } finally {
    // Whatever state it is in: the snapshot goes with the connection.
    client.release(true);
  }
}

/**
 * The view of the checkpoint is asked first: it is what a switch to another generation replaces first, so that none comes
 * between this moment and the views. Who has waited for one here is of a moment before it, and begins again.
 */
async function begin(client: pg.PoolClient): Promise<{ readonly generation: number; readonly position: string }> {
  for (let tries = 0; tries < TRIES; tries++) {
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${COMPARABLE}`);
    const [shown] = await cells(client, SHOWN);
    if (shown !== undefined) return { generation: Number(shown[0]), position: shown[1]! };
    await client.query('ROLLBACK');
  }
  throw new Error('no generation of the tables is shown for long enough');
}

const TRIES = 10;
const SHOWN = `SELECT c.generation, c.position FROM read_model.checkpoint c
  JOIN projections.checkpoint p ON p.generation = c.generation AND p.projection = 'bookings' AND p.live`;

async function wrongFigures(client: pg.PoolClient, { view, figures, shown, facts }: Check, limit: number) {
  const rows = await cells(
    client,
    `WITH shown AS (${shown}), facts AS (${facts})
     SELECT "of", name, found, expected, count(*) OVER ()
       FROM shown FULL JOIN facts USING ("of")
      CROSS JOIN LATERAL (VALUES ${figures.map((name) => `('${name}', shown.${name}::numeric, facts.${name}::numeric)`).join()}) f (name, found, expected)
      WHERE found IS DISTINCT FROM expected ORDER BY 1, 2 LIMIT ${Math.max(1, limit)}`,
  );
  const told = rows.map(([of, name, found, expected]): WrongFigure => ({
    view,
    of: of!,
    name: name!,
    found: found!,
    expected: expected!,
  }));
  return { told: told.slice(0, limit), count: Number(rows[0]?.[4] ?? 0) };
}
