import type pg from 'pg';
import type { Answers } from './answers.js';
import { type Finding, checkLog } from './check.js';

/** A way to spoil a copy of the log, and the check that must notice. */
interface Damage {
  readonly what: string;
  readonly expected: string;
  readonly sql: string;
}

/** One copy, spoilt, and what the checks said of it. */
export interface Bite {
  readonly what: string;
  readonly expected: string;
  readonly findings: readonly Finding[];
  /** Whether the check that is there for this kind of damage noticed it. */
  readonly isNoticed: boolean;
}

/** What every present booking takes, and the head and the free places of every stream. */
const PRESENT = `
  present AS (SELECT DISTINCT ON (stream, data->>'bookingId') stream, data
                FROM damaged_log WHERE data ? 'bookingId' ORDER BY stream, data->>'bookingId', revision DESC),
  taken AS (SELECT stream, sum((data->>'seats')::int) FILTER (WHERE data->>'status' IN ('held', 'confirmed')) AS taken
              FROM present GROUP BY stream),
  head AS (SELECT stream, max(revision) AS revision FROM damaged_log GROUP BY stream),
  places AS (SELECT stream, (data->>'capacity')::int - taken AS free
               FROM damaged_log JOIN taken USING (stream) WHERE damaged_log.revision = 0 AND taken > 0)`;

/** A BookingConfirmed that follows the head of its stream in good order, and is asked for by nobody. */
const insertConfirmed = (user: string, seats: string, from: string): string => `
  WITH ${PRESENT}
  INSERT INTO damaged_log (position, stream, revision, id, type, data, metadata)
  SELECT (SELECT max(position) + 1 FROM damaged_log), last.stream, last.revision + 1, gen_random_uuid(), 'BookingConfirmed',
         jsonb_build_object('bookingId', gen_random_uuid(), 'userId', ${user}, 'seats', ${seats}, 'status', 'confirmed',
                            'offer', false, 'createdAt', last.metadata->'occurredAt'),
         last.metadata || jsonb_build_object('commandId', gen_random_uuid(), 'actor', ${user}, 'hash', repeat('f', 64),
                                             'prevHash', last.metadata->'hash')
    FROM ${from} JOIN head USING (stream) JOIN damaged_log AS last USING (stream, revision)
   LIMIT 1`;

const DAMAGES: readonly Damage[] = [
  {
    what: 'one BookingConfirmed more than the fullest event has places for',
    expected: 'oversold',
    sql: insertConfirmed(
      `'intruder'::text`,
      'free + 1',
      '(SELECT * FROM places ORDER BY free, stream LIMIT 1) AS fullest',
    ),
  },
  {
    what: 'a second booking of a user who has one, where a place is free',
    expected: 'booked twice',
    sql: insertConfirmed(
      `again.data->>'userId'`,
      '1',
      `(SELECT stream, present.data FROM places JOIN present USING (stream)
         WHERE free > 0 AND present.data->>'status' = 'confirmed' ORDER BY free DESC, stream LIMIT 1) AS again`,
    ),
  },
  {
    what: 'the last record of a stream, which was acknowledged, is deleted',
    expected: 'lost',
    sql: `
      WITH head AS (SELECT stream, max(revision) AS revision FROM damaged_log GROUP BY stream),
           doomed AS (SELECT stream, revision FROM head JOIN damaged_log USING (stream, revision)
                       WHERE metadata->>'actor' <> 'system:settle' AND revision > 0 ORDER BY stream LIMIT 1)
      DELETE FROM damaged_log USING doomed
       WHERE damaged_log.stream = doomed.stream AND damaged_log.revision = doomed.revision`,
  },
];

/** Shows every damage to the checks, each on a copy of its own that is gone afterwards. The log itself is only read. */
export async function biteDamaged(
  client: pg.Client,
  log: string,
  streamPrefix: string,
  answers: Answers,
): Promise<Bite[]> {
  const streams = answers.acknowledged
    .filter(({ kind }) => kind === 'schedule')
    .map(({ eventId }) => streamPrefix + eventId);
  const bites: Bite[] = [];
  for (const { what, expected, sql } of DAMAGES) {
    const findings = await inPassingTransaction(client, async () => {
      const columns = 'position, stream, revision, id, type, data::jsonb, metadata::jsonb';
      await client.query(`CREATE TEMP TABLE damaged_log ON COMMIT DROP AS SELECT ${columns} FROM ${log} WITH NO DATA`);
      await client.query(`INSERT INTO damaged_log SELECT ${columns} FROM ${log} WHERE stream = ANY($1)`, [streams]);
      await client.query('ANALYZE damaged_log');
      const { rowCount } = await client.query(sql);
      if (rowCount !== 1) throw new Error(`the log has nothing in it for this: ${what}`);
      return checkLog(client, 'damaged_log', streamPrefix, answers);
    });
    const isNoticed = findings.some(({ check, violations }) => check === expected && violations > 0);
    bites.push({ what, expected, findings, isNoticed });
  }
  return bites;
}

/** Whatever is made in here is gone afterwards. */
export async function inPassingTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}
