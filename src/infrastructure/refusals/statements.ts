/** Writes one batch down: $1 the refusals, $2 the gaps, instants in milliseconds. Sent again, it changes nothing. */
export const KEEP = `
  WITH facts AS (
    INSERT INTO refusals.facts (id, event_id, user_id, actor, command, booking_id, code, requested, free, waiting,
                                revision, taken_by, refused_at, command_id, correlation_id)
    SELECT id, "eventId", "userId", actor, command, "bookingId", code, requested, free, waiting,
           revision, "takenAt", to_timestamp("refusedAt" / 1000.0), "commandId", "correlationId"
    FROM json_to_recordset($1::json) AS f (
      id uuid, "eventId" text, "userId" text, actor text, command text, "bookingId" text, code text, requested int,
      free int, waiting int, revision bigint, "takenAt" bigint, "refusedAt" bigint, "commandId" uuid,
      "correlationId" text)
    ON CONFLICT DO NOTHING)
  INSERT INTO refusals.gaps (id, event_id, lost, from_at, until_at)
  SELECT id, "eventId", lost, to_timestamp("from" / 1000.0), to_timestamp("until" / 1000.0)
  FROM json_to_recordset($2::json) AS g (id uuid, "eventId" text, lost bigint, "from" bigint, "until" bigint)
  ON CONFLICT DO NOTHING`;

/** By the database's clock: $1 days, $2 rows at most. */
const expire = (table: string, column: string): string => `
  DELETE FROM refusals.${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM refusals.${table} WHERE ${column} < now() - make_interval(days => $1::int)
    ORDER BY ${column} LIMIT $2::int FOR UPDATE SKIP LOCKED))`;

/** One for each table. */
export const EXPIRE: readonly string[] = [expire('facts', 'refused_at'), expire('gaps', 'until_at')];
