/** What the deliverer says to the tables. All times by the database's clock; what $n are stands above each. */

const AFTER = (milliseconds: string): string => `now() + ${milliseconds}::float8 * interval '1 millisecond'`;

/** $1 process, $2 lease in milliseconds, $3 how many: takes what nobody has, and keeps what it had. */
export const LEASE = `
  UPDATE webhooks.subscriptions s SET leased_by = $1, leased_until = ${AFTER('$2')}
  FROM (SELECT webhook_id FROM webhooks.subscriptions
        WHERE status = 'enabled' AND (leased_by = $1 OR leased_until IS NULL OR leased_until <= now())
        ORDER BY webhook_id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) mine
  WHERE s.webhook_id = mine.webhook_id`;

/** $1 process. */
export const LET_GO = `UPDATE webhooks.subscriptions SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1`;

/** After a replay some are pending beyond where the subscription stands: they would overtake what comes before them. */
const WAITS = `status = 'pending' AND position <= s.position`;

/** $1 process: what it has, where that stands, and how much is pending there. */
export const MINE = `
  SELECT webhook_id, position, types, event_id,
         (SELECT count(*) FROM webhooks.deliveries d WHERE d.webhook_id = s.webhook_id AND ${WAITS}) AS pending
  FROM webhooks.subscriptions s
  WHERE leased_by = $1 AND leased_until > now() AND status = 'enabled' ORDER BY webhook_id`;

/**
 * $1 subscription, $2 where it stood, $3 where it stands with these rows, $4 process, $5 the rows as JSON, $6 the log. Rows
 * and position move together, and only from where they were read. A row that is there already is one that somebody wants
 * again. One that cannot be sent at all counts as tried now, or it would be kept for ever.
 */
export const ADVANCE = `
  WITH moved AS (
    UPDATE webhooks.subscriptions SET position = $3, log_id = $6
    WHERE webhook_id = $1 AND position = $2 AND leased_by = $4 AND status = 'enabled' RETURNING webhook_id)
  INSERT INTO webhooks.deliveries AS d (
    webhook_id, position, message_id, event_id, revision, type, status, next_at, attempted_at, last_error)
  SELECT webhook_id, r.position, r."messageId", r."eventId", r.revision, r.type,
         CASE WHEN r.error IS NULL THEN 'pending' ELSE 'given-up' END, CASE WHEN r.error IS NULL THEN now() END,
         CASE WHEN r.error IS NOT NULL THEN now() END, r.error
  FROM moved, json_to_recordset($5::json) AS r (
    position bigint, "messageId" uuid, "eventId" text, revision bigint, type text, error text)
  ON CONFLICT (webhook_id, position) DO UPDATE
  SET status = excluded.status, next_at = excluded.next_at,
      attempted_at = coalesce(excluded.attempted_at, d.attempted_at), attempts = 0, first_at = NULL, replays = d.replays + 1`;

const DUE = `
  d.webhook_id, d.position, d.message_id, d.event_id, d.revision, d.attempts, d.replays,
  s.url, s.failing_since IS NOT NULL AS is_failing,
  s.secret, CASE WHEN s.old_secret_until > now() THEN s.old_secret END AS old_secret`;
/** The message that is next for one event of one subscription. */
export interface Due {
  readonly webhook_id: string;
  readonly position: number;
  readonly message_id: string;
  readonly event_id: string;
  readonly revision: number;
  readonly attempts: number;
  readonly replays: number;
  readonly url: string;
  readonly is_failing: boolean;
  readonly secret: string;
  readonly old_secret: string | null;
}

const OPEN = `s.status = 'enabled' AND s.leased_by = $1 AND (s.held_until IS NULL OR s.held_until <= now())`;

/**
 * $1 process, $2 subscriptions, $3 how many of each, $4 after which one the turn begins: the first pending message of each
 * event, where it is due. Behind one that is not due its event waits, and no other.
 */
export const HEADS = `
  SELECT ${DUE}
  FROM webhooks.subscriptions s CROSS JOIN LATERAL (
    SELECT * FROM (
      SELECT DISTINCT ON (event_id) * FROM webhooks.deliveries
      WHERE webhook_id = s.webhook_id AND ${WAITS} ORDER BY event_id, position) first
    WHERE first.next_at <= now() ORDER BY first.next_at LIMIT $3) d
  WHERE s.webhook_id = ANY ($2::uuid[]) AND ${OPEN}
  ORDER BY s.webhook_id <= $4::uuid, s.webhook_id, d.next_at`;

/** $1 process, $2 subscription, $3 event: what comes next there, if it is due. */
export const NEXT = `
  SELECT ${DUE}
  FROM webhooks.subscriptions s CROSS JOIN LATERAL (
    SELECT * FROM webhooks.deliveries
    WHERE webhook_id = s.webhook_id AND event_id = $3 AND ${WAITS} ORDER BY position LIMIT 1) d
  WHERE s.webhook_id = $2 AND d.next_at <= now() AND ${OPEN}`;

/**
 * $1 subscription, $2 position, $3 replays, $4 HTTP status, $5 duration in milliseconds. A receiver that asked to be left
 * alone still answers what was on its way then: that is no word that it may be told more.
 */
export const DELIVERED = `
  WITH told AS (
    UPDATE webhooks.deliveries
    SET status = 'delivered', attempts = attempts + 1, next_at = NULL, first_at = coalesce(first_at, now()),
        attempted_at = now(), last_status = $4, last_error = NULL, duration_ms = $5
    WHERE webhook_id = $1 AND position = $2 AND replays = $3 AND status = 'pending')
  UPDATE webhooks.subscriptions SET failing_since = NULL WHERE webhook_id = $1 AND failing_since IS NOT NULL`;

/**
 * $1 subscription, $2 position, $3 replays, $4 HTTP status or null, $5 duration, $6 error, $7 until the next attempt, $8 how
 * long one message is tried, $9 how long a receiver may fail, $10 whether it is gone for good, $11 how long it asked to be
 * left alone, of which the latest end counts; times in milliseconds. A message whose receiver is disabled with it stays
 * pending.
 */
export const FAILED = `
  WITH receiver AS (
    UPDATE webhooks.subscriptions s
    SET failing_since = coalesce(failing_since, now()),
        held_until = CASE WHEN $11::float8 > 0 THEN greatest(held_until, ${AFTER('$11')}) ELSE held_until END,
        status = CASE WHEN ends THEN 'disabled' ELSE status END,
        disabled_reason = CASE WHEN ends THEN CASE WHEN $10::boolean THEN 'gone' ELSE 'failing' END ELSE disabled_reason END,
        disabled_at = CASE WHEN ends THEN now() ELSE disabled_at END,
        leased_by = CASE WHEN ends THEN NULL ELSE leased_by END, leased_until = CASE WHEN ends THEN NULL ELSE leased_until END
    FROM (SELECT webhook_id AS id, status = 'enabled' AND ($10::boolean
                 OR coalesce(failing_since, now()) + $9::float8 * interval '1 millisecond' <= now()) AS ends
          FROM webhooks.subscriptions WHERE webhook_id = $1 FOR NO KEY UPDATE) seen
    WHERE s.webhook_id = seen.id
    RETURNING webhook_id, ends, failing_since)
  UPDATE webhooks.deliveries d
  SET attempts = attempts + 1, first_at = coalesce(first_at, now()), attempted_at = now(),
      last_status = $4, last_error = $6, duration_ms = $5,
      status = CASE WHEN over AND NOT ends THEN 'given-up' ELSE 'pending' END,
      next_at = CASE WHEN over AND NOT ends THEN NULL ELSE least(${AFTER('$7')}, last_chance) END
  FROM receiver CROSS JOIN LATERAL (
    SELECT first.at + $8::float8 * interval '1 millisecond' AS last_chance,
           first.at + $8::float8 * interval '1 millisecond' <= now() AS over
    FROM (SELECT coalesce(first_at, now()) AS at FROM webhooks.deliveries
          WHERE webhook_id = $1 AND position = $2) first) bound
  WHERE d.webhook_id = $1 AND d.position = $2 AND d.replays = $3 AND d.status = 'pending'
  RETURNING d.status, receiver.ends, receiver.failing_since`;

/** $1 subscription, $2 position, $3 error: it cannot be sent, now or later. */
export const GIVE_UP = `
  UPDATE webhooks.deliveries SET status = 'given-up', next_at = NULL, last_error = $3, attempted_at = now()
  WHERE webhook_id = $1 AND position = $2 AND status = 'pending'`;

/** $1 days, $2 rows at most. */
export const EXPIRE = `
  DELETE FROM webhooks.deliveries WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM webhooks.deliveries
    WHERE status <> 'pending' AND attempted_at < now() - make_interval(days => $1::int)
    ORDER BY attempted_at LIMIT $2::int FOR UPDATE SKIP LOCKED))`;

/** What waits, of everybody, and who is told nothing because of failures. */
export const QUEUE = `
  SELECT (SELECT count(*) FROM webhooks.deliveries WHERE status = 'pending') AS pending,
         (SELECT count(*) FROM webhooks.subscriptions WHERE disabled_reason IN ('gone', 'failing')) AS disabled`;
