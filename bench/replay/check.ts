import type pg from 'pg';
import type { Answers } from './answers.js';

/** What one question to the log found. */
export interface Finding {
  readonly check: string;
  /** Said when there is nothing wrong. */
  readonly promise: string;
  readonly violations: number;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

interface Check {
  readonly name: string;
  readonly promise: string;
  /** Selects one text per violation, from the temporary tables below. */
  readonly sql: string;
}

const CHECKS: readonly Check[] = [
  {
    name: 'oversold',
    promise: 'after every record, 0 <= places taken <= capacity',
    sql: `
      SELECT format('%s revision %s: %s taken of %s', stream, revision, taken, capacity)
        FROM (SELECT stream, revision, sum(seats_change) OVER so_far AS taken,
                     max(capacity) OVER (PARTITION BY stream, capacities_so_far) AS capacity
                FROM replay_facts
              WINDOW so_far AS (PARTITION BY stream ORDER BY revision)) AS sums
       WHERE taken < 0 OR taken > capacity OR capacity IS NULL`,
  },
  {
    name: 'booked twice',
    promise: 'after every record, no user has two active bookings on one event',
    sql: `
      SELECT format('%s revision %s: %s has %s active bookings', stream, revision, user_id, active)
        FROM (SELECT stream, revision, user_id,
                     sum(active_change) OVER (PARTITION BY stream, user_id ORDER BY revision) AS active
                FROM replay_facts WHERE booking_id IS NOT NULL) AS sums
       WHERE active NOT BETWEEN 0 AND 1`,
  },
  {
    name: 'lost',
    promise: 'every acknowledged answer is in the log, at its revision, as it was told',
    sql: `
      SELECT format('%s revision %s: %s of %s was acknowledged and is not there',
                    stream, a.revision, a.kind, coalesce(a.reference, a.event_id))
        FROM replay_answers AS a LEFT JOIN replay_facts AS f USING (stream, revision)
       WHERE f.stream IS NULL OR f.booking_id IS DISTINCT FROM a.booking_id
          OR (a.booking_id IS NOT NULL AND (f.status <> a.status OR f.seats <> a.seats))`,
  },
  {
    name: 'cancellations lost',
    promise: 'every acknowledged cancellation ended its booking, for good',
    sql: `
      SELECT format('%s: booking %s was cancelled at revision %s and ends as %s',
                    stream, a.booking_id, a.revision, coalesce(f.status, 'nothing'))
        FROM replay_answers AS a
        LEFT JOIN (SELECT DISTINCT ON (stream, booking_id) stream, booking_id, status
                     FROM replay_facts ORDER BY stream, booking_id, revision DESC) AS f USING (stream, booking_id)
       WHERE a.kind = 'cancel' AND coalesce(f.status NOT IN ('cancelled', 'expired'), true)`,
  },
  {
    name: 'one effect',
    promise: 'one key, one record: every command stands in the log once, however often it was sent',
    sql: `
      SELECT format('command %s wrote %s records', command_id, count(*))
        FROM replay_facts WHERE actor <> 'system:settle' GROUP BY command_id HAVING count(*) > 1
      UNION ALL
      SELECT format('%s: %s became %s bookings', stream, reference, count(DISTINCT booking_id))
        FROM replay_facts WHERE reference IS NOT NULL GROUP BY stream, reference HAVING count(DISTINCT booking_id) > 1
      UNION ALL
      SELECT format('key of %s %s (%s) was answered with %s revisions, %s times as the first',
                    kind, coalesce(reference, event_id), key, count(DISTINCT revision), count(*) FILTER (WHERE NOT replayed))
        FROM replay_answers GROUP BY kind, reference, event_id, key
      HAVING count(DISTINCT revision) > 1 OR count(*) FILTER (WHERE NOT replayed) > 1`,
  },
  {
    name: 'unasked',
    promise: 'every command in the log was acknowledged, or its outcome is unknown to the client',
    sql: `
      SELECT format('%s revision %s: %s by %s was never acknowledged', f.stream, f.revision, f.type, f.actor)
        FROM replay_facts AS f
       WHERE f.actor <> 'system:settle'
         AND NOT EXISTS (SELECT FROM replay_answers AS a WHERE a.stream = f.stream AND a.revision = f.revision)
         AND NOT EXISTS (SELECT FROM replay_unknown AS u
                          WHERE u.stream = f.stream AND u.reference IS NOT DISTINCT FROM f.reference
                            AND CASE u.kind WHEN 'book' THEN f.type IN ('BookingConfirmed', 'BookingWaitlisted')
                                            WHEN 'confirm' THEN f.type = 'BookingConfirmed'
                                            WHEN 'cancel' THEN f.type = 'BookingCancelled'
                                            ELSE f.type = 'EventScheduled' END)`,
  },
  {
    name: 'gaps',
    promise: 'the revisions of every stream are 0, 1, 2, …, in the order of their positions',
    sql: `
      SELECT format('%s: revision %s at place %s, position %s', stream, revision, place, position)
        FROM (SELECT stream, revision, position, row_number() OVER w - 1 AS place, lag(position) OVER w AS before
                FROM replay_facts WINDOW w AS (PARTITION BY stream ORDER BY revision)) AS numbered
       WHERE revision <> place OR before >= position`,
  },
  {
    name: 'broken chain',
    promise: 'every record names the hash of the one before it',
    sql: `
      SELECT format('%s revision %s: is not chained to the record before', stream, revision)
        FROM (SELECT stream, revision, prev_hash, lag(hash, 1, '') OVER (PARTITION BY stream ORDER BY revision) AS before
                FROM replay_facts) AS linked
       WHERE prev_hash IS DISTINCT FROM before`,
  },
];

const EXAMPLES = 3;
const PAGE = 10_000;

/**
 * Asks a log of the form of `log.events`, with nothing but SQL, whether it is sound and agrees with what the client was
 * told. Only the streams of the events that the client scheduled are looked at. `client` must be in a transaction: the
 * temporary tables vanish with it.
 */
export async function checkLog(
  client: pg.Client,
  log: string,
  streamPrefix: string,
  answers: Answers,
): Promise<Finding[]> {
  await loadAnswers(client, streamPrefix, answers);
  await loadFacts(client, log);
  const findings: Finding[] = [];
  for (const { name, promise, sql } of CHECKS) {
    const { rows } = await client.query<{ total: string; example: string }>(
      `SELECT count(*) OVER () AS total, example FROM (${sql}) AS found (example) LIMIT ${EXAMPLES}`,
    );
    const violations = Number(rows[0]?.total ?? 0);
    findings.push({ check: name, promise, violations, examples: rows.map(({ example }) => example) });
  }
  return findings;
}

/** What happened, counted in the log itself. Call it after `checkLog`, in the same transaction. */
export async function countFacts(client: pg.Client): Promise<{ records: number; promotions: number; soldOut: number }> {
  const { rows } = await client.query<{ records: string; promotions: string; sold_out: string }>(`
    SELECT count(*) AS records,
           count(*) FILTER (WHERE type = 'BookingHeld' AND actor = 'system:settle') AS promotions,
           (SELECT count(DISTINCT stream)
              FROM (SELECT stream, sum(seats_change) OVER (PARTITION BY stream ORDER BY revision) AS taken,
                           max(capacity) OVER (PARTITION BY stream) AS capacity FROM replay_facts) AS sums
             WHERE taken = capacity) AS sold_out
      FROM replay_facts`);
  const [row] = rows;
  return { records: Number(row?.records), promotions: Number(row?.promotions), soldOut: Number(row?.sold_out) };
}

async function loadAnswers(client: pg.Client, streamPrefix: string, { acknowledged, unknown }: Answers): Promise<void> {
  await client.query(`
    CREATE TEMP TABLE replay_answers (kind text, event_id text, reference text, key text, booking_id text, status text,
      seats int, revision bigint, replayed boolean, stream text) ON COMMIT DROP;
    CREATE TEMP TABLE replay_unknown (kind text, event_id text, reference text, key text, stream text) ON COMMIT DROP`);
  const columns = 'kind text, "eventId" text, reference text, key text';
  const load = async (rows: readonly object[], into: string): Promise<void> => {
    for (let from = 0; from < rows.length; from += PAGE) {
      await client.query(into, [streamPrefix, JSON.stringify(rows.slice(from, from + PAGE))]);
    }
  };
  await load(
    acknowledged,
    `INSERT INTO replay_answers
     SELECT kind, "eventId", reference, key, "bookingId", status, seats, revision, replayed, $1 || "eventId"
       FROM jsonb_to_recordset($2::jsonb)
         AS t (${columns}, "bookingId" text, status text, seats int, revision bigint, replayed boolean)`,
  );
  await load(
    unknown,
    `INSERT INTO replay_unknown SELECT kind, "eventId", reference, key, $1 || "eventId"
       FROM jsonb_to_recordset($2::jsonb) AS t (${columns})`,
  );
  await client.query('CREATE INDEX ON replay_answers (stream, revision); ANALYZE replay_answers, replay_unknown');
}

/** The log with the columns that the questions need, and what each record changed. */
async function loadFacts(client: pg.Client, log: string): Promise<void> {
  await client.query(`
    CREATE TEMP TABLE replay_facts ON COMMIT DROP AS
    SELECT *, taken - lag(taken, 1, 0) OVER of_booking AS seats_change,
           active - lag(active, 1, 0) OVER of_booking AS active_change,
           count(capacity) OVER (PARTITION BY stream ORDER BY revision) AS capacities_so_far
      FROM (SELECT position, stream, revision, type, data->>'bookingId' AS booking_id, data->>'userId' AS user_id,
                   data->>'reference' AS reference, data->>'status' AS status, (data->>'seats')::int AS seats,
                   CASE WHEN type IN ('EventScheduled', 'CapacityChanged') THEN (data->>'capacity')::int END AS capacity,
                   CASE WHEN data->>'status' IN ('held', 'confirmed') THEN (data->>'seats')::int ELSE 0 END AS taken,
                   CASE WHEN data->>'status' IN ('waitlisted', 'held', 'confirmed') THEN 1 ELSE 0 END AS active,
                   metadata->>'commandId' AS command_id, metadata->>'actor' AS actor,
                   metadata->>'hash' AS hash, metadata->>'prevHash' AS prev_hash
              FROM ${log}
             WHERE stream IN (SELECT stream FROM replay_answers UNION SELECT stream FROM replay_unknown)) AS facts
    WINDOW of_booking AS (PARTITION BY stream, booking_id ORDER BY revision);
    CREATE INDEX ON replay_facts (stream, revision);
    ANALYZE replay_facts`);
}
