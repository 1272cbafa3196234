-- expands: no process of the service asks these functions and views, and they keep their names, arguments and columns

-- What 0070_reporting.sql made, as its page has it: local dates in the zones that people meant, who is let in and who stays
-- out, and when the seats of a hold fall back. open_reporting stays as it is.

-- Intl knows IANA names only; AT TIME ZONE first looks for an abbreviation. Some of those are IANA names too, but without
-- daylight saving, or elsewhere in the world where timezone_abbreviations says so. These are the zones that the IANA calls
-- by them. What other abbreviations mean differs from what Intl takes them for: IST is India there, and Israel here.
CREATE OR REPLACE FUNCTION projections.zone(time_zone text) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  name CONSTANT text := CASE upper(time_zone)
    WHEN 'CET' THEN 'Europe/Brussels' WHEN 'MET' THEN 'Europe/Brussels'
    WHEN 'EET' THEN 'Europe/Athens' WHEN 'WET' THEN 'Europe/Lisbon'
    WHEN 'EST' THEN 'America/Panama' WHEN 'MST' THEN 'America/Phoenix' WHEN 'HST' THEN 'Pacific/Honolulu' ELSE time_zone END;
BEGIN
  -- The only others that are both mean the same, whoever is asked.
  IF upper(name) NOT IN ('GMT', 'UCT', 'UTC', 'ZULU')
    AND EXISTS (SELECT FROM pg_timezone_abbrevs WHERE abbrev = upper(name)) THEN
    RETURN NULL;
  END IF;
  PERFORM now() AT TIME ZONE name;
  RETURN name;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL; -- One zone that is newer than this server must not fail every report.
END
$$;
COMMENT ON FUNCTION projections.zone(text) IS
  'The name under which this server knows an IANA time zone; null when it does not know it, or another one by that name.';

-- A role's settings are not inherited by its members: the time limits have to be those of the role that logs in.
CREATE OR REPLACE FUNCTION projections.admit_reporter(login text, reader text DEFAULT 'holdfast_reporting') RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  other  name;
  beyond record;
BEGIN
  -- Of a superuser this is true of every role.
  IF pg_has_role(login::name, (SELECT nspowner FROM pg_namespace WHERE nspname = 'reporting_v1'), 'MEMBER') THEN
    RAISE EXCEPTION '% may do whatever the owner of the tables may: make another role for reports', login;
  END IF;
  SELECT g.rolname INTO other FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles l ON l.oid = m.member
   WHERE l.rolname = login AND g.rolname <> reader LIMIT 1;
  IF other IS NOT NULL THEN
    RAISE EXCEPTION '% is a member of % too, and may do whatever that may: make another role for reports', login, other;
  END IF;
  IF EXISTS (SELECT FROM pg_roles
              WHERE rolname = login AND (rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)) THEN
    RAISE EXCEPTION '% may make roles or databases, replicate, or pass row security by: make another role for reports', login;
  END IF;
  -- In our schemas only: what else is in this database, and what others let this role do with it, is theirs to decide.
  SELECT r.rolname AS who, c.oid::regclass AS relation, c.relowner = r.oid AS is_owner INTO beyond
    FROM pg_roles r CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE r.rolname IN (login, reader)
     AND n.nspname ~ '^(holdfast|log|people|projections|rate_limits|read_model(_g[0-9]+)?|refusals|reporting_v1|webhooks)$'
     AND (c.relowner = r.oid
          OR n.nspname <> 'reporting_v1' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
             AND (has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                  OR has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')))
   ORDER BY 2, 1 LIMIT 1;
  IF beyond.is_owner THEN
    RAISE EXCEPTION '% owns %: make another role for reports', beyond.who, beyond.relation;
  ELSIF beyond.relation IS NOT NULL THEN
    RAISE EXCEPTION '% may read or write %: take that away, from PUBLIC where everybody may, or make another role for reports',
      beyond.who, beyond.relation;
  END IF;
  EXECUTE format('GRANT %I TO %I', reader, login);
  EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 10', login);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', login);
  EXECUTE format('ALTER ROLE %I SET lock_timeout = ''5s''', login);
  EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', login);
  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', login);
  RETURN format('%I may read what %I may, within its limits from the next log-in on', login, reader);
END
$$;
COMMENT ON FUNCTION projections.admit_reporter(text, text) IS
  'Makes a role that can log in a member of the group that reads reporting_v1, with limits of its own.';

-- A function, so that they can be made again after somebody dropped a generation with everything on top of it.
CREATE OR REPLACE FUNCTION projections.make_reporting() RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
  is_new  CONSTANT boolean := to_regnamespace('reporting_v1') IS NULL;
  kept    CONSTANT oid[] := ARRAY(SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace('reporting_v1'));
  readers CONSTANT text := (
    SELECT string_agg(DISTINCT a.grantee::regrole::text, ', ') FROM pg_namespace n CROSS JOIN aclexplode(n.nspacl) a
     WHERE n.nspname = 'reporting_v1' AND a.privilege_type = 'USAGE' AND a.grantee NOT IN (0, n.nspowner));
  made    regclass;
BEGIN
CREATE SCHEMA IF NOT EXISTS reporting_v1;
COMMENT ON SCHEMA reporting_v1 IS 'Views for reporting tools. Names, grains and meanings stay; see data_dictionary.';

-- Replaced, not dropped: what a site has built on a view stays, and so do the rights to it.
CREATE OR REPLACE VIEW projections.zones AS
  WITH used AS (SELECT DISTINCT time_zone FROM read_model.events),
       -- Asked once for each zone, not for each row that is joined to it.
       known AS MATERIALIZED (SELECT time_zone, projections.zone(time_zone) AS zone FROM used)
  SELECT time_zone, zone FROM known;
COMMENT ON VIEW projections.zones IS 'The time zones of events, and the names under which this server knows them.';
COMMENT ON COLUMN projections.zones.time_zone IS 'As the event has it.';
COMMENT ON COLUMN projections.zones.zone IS 'As this server has it; null when it does not know it.';

CREATE OR REPLACE VIEW reporting_v1.bookings_current AS
  SELECT b.booking_id, b.event_id, b.user_id, e.title, e.resource, e.starts_at, e.time_zone, b.status, b.seats, b.offer,
         b.reference, b.booking_time AS booked_at,
         CASE WHEN b.status = 'held' THEN least(b.expires_at, e.sales_end_at) END AS expires_at, b.updated_at, b.revision
    FROM read_model.bookings b JOIN read_model.events e USING (event_id);
COMMENT ON VIEW reporting_v1.bookings_current IS
  'One row for each active booking: waitlisted, held or confirmed. Count the rows for bookings, add up seats for seats.';
COMMENT ON COLUMN reporting_v1.bookings_current.booking_id IS 'The booking.';
COMMENT ON COLUMN reporting_v1.bookings_current.event_id IS 'Of which event.';
COMMENT ON COLUMN reporting_v1.bookings_current.user_id IS 'Whose it is: an opaque id.';
COMMENT ON COLUMN reporting_v1.bookings_current.title IS 'What the event is called.';
COMMENT ON COLUMN reporting_v1.bookings_current.resource IS 'The room, court or person the event takes up; null when none was named.';
COMMENT ON COLUMN reporting_v1.bookings_current.starts_at IS 'When the event starts.';
COMMENT ON COLUMN reporting_v1.bookings_current.time_zone IS 'IANA time zone of the event.';
COMMENT ON COLUMN reporting_v1.bookings_current.status IS 'waitlisted, held or confirmed. Only held and confirmed ones take seats.';
COMMENT ON COLUMN reporting_v1.bookings_current.seats IS 'For how many seats.';
COMMENT ON COLUMN reporting_v1.bookings_current.offer IS 'True when its hold came from the waitlist.';
COMMENT ON COLUMN reporting_v1.bookings_current.reference IS 'The caller''s own reference; null when there is none.';
COMMENT ON COLUMN reporting_v1.bookings_current.booked_at IS 'When it was made.';
COMMENT ON COLUMN reporting_v1.bookings_current.expires_at IS
  'While held: when the seats fall back, at the end of sales at the latest. Else null.';
COMMENT ON COLUMN reporting_v1.bookings_current.updated_at IS 'When it last changed.';
COMMENT ON COLUMN reporting_v1.bookings_current.revision IS 'Revision of the last fact about it, within its event.';

CREATE OR REPLACE VIEW reporting_v1.booking_history AS
  SELECT booking_id, revision, event_id, user_id, change, status, seats, reference, offer, expires_at, ended_reason, actor,
         valid_from, valid_to
    FROM read_model.booking_history;
COMMENT ON VIEW reporting_v1.booking_history IS
  'One row for each booking and change: the state that the change brought, and from when until when it held. In the order of revision.';
COMMENT ON COLUMN reporting_v1.booking_history.booking_id IS 'The booking.';
COMMENT ON COLUMN reporting_v1.booking_history.revision IS 'Revision of the fact that brought this state, within its event.';
COMMENT ON COLUMN reporting_v1.booking_history.event_id IS 'Of which event.';
COMMENT ON COLUMN reporting_v1.booking_history.user_id IS 'Whose it was: an opaque id.';
COMMENT ON COLUMN reporting_v1.booking_history.change IS 'The type of that fact: BookingConfirmed, HoldExpired, …';
COMMENT ON COLUMN reporting_v1.booking_history.status IS 'waitlisted, held, confirmed, cancelled or expired.';
COMMENT ON COLUMN reporting_v1.booking_history.seats IS 'For how many seats.';
COMMENT ON COLUMN reporting_v1.booking_history.reference IS 'The caller''s own reference; null when there was none.';
COMMENT ON COLUMN reporting_v1.booking_history.offer IS 'True when its hold came from the waitlist.';
COMMENT ON COLUMN reporting_v1.booking_history.expires_at IS 'While held: when the seats were to fall back. Else null.';
COMMENT ON COLUMN reporting_v1.booking_history.ended_reason IS 'Once ended: why. Else null.';
COMMENT ON COLUMN reporting_v1.booking_history.actor IS 'Who brought this state about; system:settle is the service itself.';
COMMENT ON COLUMN reporting_v1.booking_history.valid_from IS 'Since when it was so, included.';
COMMENT ON COLUMN reporting_v1.booking_history.valid_to IS 'Until when, not included; null while it is so.';

CREATE OR REPLACE VIEW reporting_v1.events_occupancy AS
  SELECT e.event_id, e.title, e.resource, e.status, e.starts_at, e.ends_at, e.time_zone,
         (e.starts_at AT TIME ZONE z.zone)::date AS local_date,
         e.capacity, e.is_booked, e.seats_taken AS taken, e.seats_held AS held,
         CASE e.status WHEN 'scheduled' THEN e.capacity - e.seats_taken ELSE 0 END AS free,
         coalesce(b.taken_bookings, 0) AS taken_bookings, coalesce(b.held_bookings, 0) AS held_bookings,
         coalesce(b.waiting_bookings, 0) AS waiting_bookings, coalesce(b.waiting_seats, 0) AS waiting_seats,
         e.updated_at, e.revision
    FROM read_model.events e
    LEFT JOIN projections.zones z USING (time_zone)
    LEFT JOIN (
      SELECT event_id, count(*) FILTER (WHERE status <> 'waitlisted') AS taken_bookings,
             count(*) FILTER (WHERE status = 'held') AS held_bookings,
             count(*) FILTER (WHERE status = 'waitlisted') AS waiting_bookings,
             sum(seats) FILTER (WHERE status = 'waitlisted') AS waiting_seats
        FROM read_model.bookings GROUP BY event_id) b USING (event_id);
COMMENT ON VIEW reporting_v1.events_occupancy IS
  'One row for each event that was ever scheduled, cancelled ones included: how full it is. taken, held and free are seats.';
COMMENT ON COLUMN reporting_v1.events_occupancy.event_id IS 'The event.';
COMMENT ON COLUMN reporting_v1.events_occupancy.title IS 'What it is called.';
COMMENT ON COLUMN reporting_v1.events_occupancy.resource IS 'The room, court or person it takes up; null when none was named.';
COMMENT ON COLUMN reporting_v1.events_occupancy.status IS 'scheduled or cancelled.';
COMMENT ON COLUMN reporting_v1.events_occupancy.starts_at IS 'When it starts.';
COMMENT ON COLUMN reporting_v1.events_occupancy.ends_at IS 'When it ends; null when that is open.';
COMMENT ON COLUMN reporting_v1.events_occupancy.time_zone IS 'IANA time zone of the event.';
COMMENT ON COLUMN reporting_v1.events_occupancy.local_date IS
  'The date on which it starts, in its time zone; null when this server does not know that zone.';
COMMENT ON COLUMN reporting_v1.events_occupancy.capacity IS 'How many seats there are.';
COMMENT ON COLUMN reporting_v1.events_occupancy.is_booked IS 'True when no seat is free.';
COMMENT ON COLUMN reporting_v1.events_occupancy.taken IS 'Seats of held and confirmed bookings.';
COMMENT ON COLUMN reporting_v1.events_occupancy.held IS 'Seats of held bookings, a part of taken.';
COMMENT ON COLUMN reporting_v1.events_occupancy.free IS 'Seats that are not taken; 0 for a cancelled event.';
COMMENT ON COLUMN reporting_v1.events_occupancy.taken_bookings IS 'How many bookings are held or confirmed.';
COMMENT ON COLUMN reporting_v1.events_occupancy.held_bookings IS 'How many bookings are held, a part of taken_bookings.';
COMMENT ON COLUMN reporting_v1.events_occupancy.waiting_bookings IS 'How many bookings are waitlisted.';
COMMENT ON COLUMN reporting_v1.events_occupancy.waiting_seats IS 'For how many seats those are.';
COMMENT ON COLUMN reporting_v1.events_occupancy.updated_at IS 'When anything about it, its bookings included, last changed.';
COMMENT ON COLUMN reporting_v1.events_occupancy.revision IS 'Revision of the last fact about it or one of its bookings.';

CREATE OR REPLACE VIEW reporting_v1.occupancy_daily AS
  SELECT local_date, resource, count(*) AS events, count(*) FILTER (WHERE is_booked) AS events_booked,
         sum(capacity)::bigint AS capacity, sum(taken_bookings)::bigint AS bookings, sum(taken)::bigint AS seats,
         sum(held_bookings)::bigint AS held_bookings, sum(held)::bigint AS held_seats, sum(free)::bigint AS free_seats,
         sum(waiting_bookings)::bigint AS waiting_bookings, sum(waiting_seats)::bigint AS waiting_seats
    FROM reporting_v1.events_occupancy WHERE status = 'scheduled' GROUP BY local_date, resource;
COMMENT ON VIEW reporting_v1.occupancy_daily IS
  'One row for each local date on which events start, and resource. Cancelled events are left out: they have no bookings.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.local_date IS
  'The date on which the events start, each in its own time zone; null for zones that this server does not know.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.resource IS 'The room, court or person; null for events without one.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.events IS 'How many events start then.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.events_booked IS 'How many of them have no free seat.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.capacity IS 'How many seats they have.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.bookings IS 'How many bookings are held or confirmed.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.seats IS 'How many seats those take.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.held_bookings IS 'How many bookings are held, a part of bookings.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.held_seats IS 'How many seats those take, a part of seats.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.free_seats IS 'How many seats are free.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.waiting_bookings IS 'How many bookings are waitlisted.';
COMMENT ON COLUMN reporting_v1.occupancy_daily.waiting_seats IS 'For how many seats those are.';

CREATE OR REPLACE VIEW reporting_v1.cancellations_daily AS
  SELECT (p.ended_at AT TIME ZONE z.zone)::date AS local_date, p.ended_reason AS reason,
         count(*) AS bookings, sum(p.seats)::bigint AS seats,
         count(*) FILTER (WHERE b.status = 'waitlisted') AS waiting_bookings,
         coalesce(sum(p.seats) FILTER (WHERE b.status = 'waitlisted'), 0)::bigint AS waiting_seats
    FROM read_model.past_bookings p
    JOIN read_model.events e USING (event_id)
    LEFT JOIN projections.zones z USING (time_zone)
    LEFT JOIN LATERAL (
      SELECT h.status FROM read_model.booking_history h WHERE h.booking_id = p.booking_id AND h.revision < p.revision
       ORDER BY h.revision DESC LIMIT 1) b ON true
   WHERE p.status = 'cancelled' GROUP BY 1, 2;
COMMENT ON VIEW reporting_v1.cancellations_daily IS
  'One row for each local date on which bookings were cancelled, and reason. Holds that expired are none; fewer seats of a booking that goes on neither.';
COMMENT ON COLUMN reporting_v1.cancellations_daily.local_date IS
  'The date of the cancellation in the time zone of the event; null for zones that this server does not know.';
COMMENT ON COLUMN reporting_v1.cancellations_daily.reason IS
  'The code given by who cancelled it, or cancelled, event-cancelled, event-started, sales-closed, no-longer-fits.';
COMMENT ON COLUMN reporting_v1.cancellations_daily.bookings IS 'How many bookings were cancelled.';
COMMENT ON COLUMN reporting_v1.cancellations_daily.seats IS 'For how many seats those were.';
COMMENT ON COLUMN reporting_v1.cancellations_daily.waiting_bookings IS
  'How many of the bookings were only waitlisted, so that no seat came free.';
COMMENT ON COLUMN reporting_v1.cancellations_daily.waiting_seats IS 'For how many seats those were, a part of seats.';

CREATE OR REPLACE VIEW reporting_v1.lead_time AS
  SELECT b.booking_id, b.event_id, b.user_id, e.resource, (e.starts_at AT TIME ZONE z.zone)::date AS local_date,
         b.booking_time AS booked_at, e.starts_at, b.seats,
         round(extract(epoch FROM e.starts_at - b.booking_time) / 86400, 6) AS days
    FROM read_model.bookings b
    JOIN read_model.events e USING (event_id)
    LEFT JOIN projections.zones z USING (time_zone)
   WHERE b.status = 'confirmed';
COMMENT ON VIEW reporting_v1.lead_time IS
  'One row for each confirmed booking: how long before the event it was made. Count the rows for bookings, add up seats for seats.';
COMMENT ON COLUMN reporting_v1.lead_time.booking_id IS 'The booking.';
COMMENT ON COLUMN reporting_v1.lead_time.event_id IS 'Of which event.';
COMMENT ON COLUMN reporting_v1.lead_time.user_id IS 'Whose it is: an opaque id.';
COMMENT ON COLUMN reporting_v1.lead_time.resource IS 'The room, court or person the event takes up; null when none was named.';
COMMENT ON COLUMN reporting_v1.lead_time.local_date IS
  'The date on which the event starts, in its time zone; null when this server does not know that zone.';
COMMENT ON COLUMN reporting_v1.lead_time.booked_at IS 'When the booking was made: when its hold, or its turn in the line, began, if it had one.';
COMMENT ON COLUMN reporting_v1.lead_time.starts_at IS 'When the event starts, as it is scheduled now.';
COMMENT ON COLUMN reporting_v1.lead_time.seats IS 'For how many seats.';
COMMENT ON COLUMN reporting_v1.lead_time.days IS 'From booked_at to starts_at, in days of 24 hours.';

CREATE OR REPLACE VIEW reporting_v1.waitlist AS
  SELECT b.booking_id, b.event_id, b.user_id, e.title, e.resource, e.starts_at,
         row_number() OVER turns AS place, b.seats, row_number() OVER turns - 1 AS bookings_ahead,
         sum(b.seats) OVER turns - b.seats AS seats_ahead, b.booking_time AS waiting_since
    FROM read_model.bookings b JOIN read_model.events e USING (event_id)
   WHERE b.status = 'waitlisted'
  WINDOW turns AS (PARTITION BY b.event_id ORDER BY b.waitlist_revision);
COMMENT ON VIEW reporting_v1.waitlist IS 'One row for each booking that waits, in the order in which places are offered.';
COMMENT ON COLUMN reporting_v1.waitlist.booking_id IS 'The booking.';
COMMENT ON COLUMN reporting_v1.waitlist.event_id IS 'Of which event.';
COMMENT ON COLUMN reporting_v1.waitlist.user_id IS 'Whose it is: an opaque id.';
COMMENT ON COLUMN reporting_v1.waitlist.title IS 'What the event is called.';
COMMENT ON COLUMN reporting_v1.waitlist.resource IS 'The room, court or person the event takes up; null when none was named.';
COMMENT ON COLUMN reporting_v1.waitlist.starts_at IS 'When the event starts.';
COMMENT ON COLUMN reporting_v1.waitlist.place IS 'Its place in the line of its event, from 1.';
COMMENT ON COLUMN reporting_v1.waitlist.seats IS 'For how many seats it waits.';
COMMENT ON COLUMN reporting_v1.waitlist.bookings_ahead IS 'How many bookings are before it.';
COMMENT ON COLUMN reporting_v1.waitlist.seats_ahead IS 'For how many seats those wait.';
COMMENT ON COLUMN reporting_v1.waitlist.waiting_since IS 'Since when it waits.';

CREATE OR REPLACE VIEW reporting_v1.refusals_daily AS
  SELECT (f.refused_at AT TIME ZONE z.zone)::date AS local_date, f.code, count(*) AS refusals,
         coalesce(sum(f.requested), 0)::bigint AS requested_seats
    FROM refusals.facts f
    LEFT JOIN read_model.events e USING (event_id)
    LEFT JOIN projections.zones z USING (time_zone) GROUP BY 1, 2
  UNION ALL
  SELECT (g.from_at AT TIME ZONE CASE WHEN g.event_id IS NULL THEN 'UTC' ELSE z.zone END)::date, 'not-kept',
         sum(g.lost)::bigint, NULL
    FROM refusals.gaps g
    LEFT JOIN read_model.events e USING (event_id)
    LEFT JOIN projections.zones z USING (time_zone) GROUP BY 1;
COMMENT ON VIEW reporting_v1.refusals_daily IS
  'One row for each local date on which requests were refused, and code. Refusals that were not kept one by one are counted under the code not-kept. Days beyond REFUSALS_KEEP_DAYS are gone.';
COMMENT ON COLUMN reporting_v1.refusals_daily.local_date IS
  'The date of the refusal in the time zone of the event. not-kept: the date of the first of them, in UTC when they were of several events. Null while the tables do not know the event, or this server its zone.';
COMMENT ON COLUMN reporting_v1.refusals_daily.code IS
  'Why, as the code of the problem that was answered: sold-out, already-booked, …; or not-kept: given, but too many at once to be kept.';
COMMENT ON COLUMN reporting_v1.refusals_daily.refusals IS 'How many requests were refused. Asked again and refused again is two.';
COMMENT ON COLUMN reporting_v1.refusals_daily.requested_seats IS
  'For how many seats those asked; 0 where seats were not the question, null for not-kept: nobody knows.';

CREATE OR REPLACE VIEW reporting_v1.projection_freshness AS
  SELECT c.projection, c.generation, c.log_id, c.position, c.moved_at, p.head AS log_head, p.head - c.position AS lag,
         CASE WHEN p.head IS NULL THEN NULL WHEN p.head <= c.position THEN 0
              ELSE greatest(round(extract(epoch FROM clock_timestamp() - n.recorded_at), 3), 0) END AS lag_seconds,
         c.halted_at IS NOT NULL AS is_halted, c.halted_at, c.halt_position, c.halt_reason
    FROM projections.checkpoint c
    -- The log in this database is the one that was folded, or it is somewhere else and its end not known here.
    LEFT JOIN (log.identity i CROSS JOIN log.position p) ON i.id = c.log_id
    LEFT JOIN log.events n ON n.position = c.position + 1 AND i.id IS NOT NULL
   WHERE c.live;
COMMENT ON VIEW reporting_v1.projection_freshness IS
  'One row for each projection: up to where the views beside this one have followed the log. Ask it in the same transaction as the figures.';
COMMENT ON COLUMN reporting_v1.projection_freshness.projection IS 'Which set of tables: bookings.';
COMMENT ON COLUMN reporting_v1.projection_freshness.generation IS 'Which copy of that set is shown.';
COMMENT ON COLUMN reporting_v1.projection_freshness.log_id IS 'Which log was folded, eight hex digits; null before the first start.';
COMMENT ON COLUMN reporting_v1.projection_freshness.position IS 'Position in the log of the last domain event that the views contain; 0 when there is none.';
COMMENT ON COLUMN reporting_v1.projection_freshness.moved_at IS
  'When that last changed, by the database''s clock. Long ago also when nothing happened since.';
COMMENT ON COLUMN reporting_v1.projection_freshness.log_head IS
  'Position of the last domain event in the log; null when that log is not in this database.';
COMMENT ON COLUMN reporting_v1.projection_freshness.lag IS
  'How many domain events the views do not contain yet; null when the log is not in this database. Below 0 the log was restored to an older state than the tables.';
COMMENT ON COLUMN reporting_v1.projection_freshness.lag_seconds IS
  'How long the first of those has been in the log, in seconds; 0 when there is none, null when the log is not in this database.';
COMMENT ON COLUMN reporting_v1.projection_freshness.is_halted IS
  'True when it stands before a domain event that it cannot fold: the views will not go on until an operator acts.';
COMMENT ON COLUMN reporting_v1.projection_freshness.halted_at IS 'Since when; null while it runs.';
COMMENT ON COLUMN reporting_v1.projection_freshness.halt_position IS 'Before which position; null while it runs.';
COMMENT ON COLUMN reporting_v1.projection_freshness.halt_reason IS 'Why; null while it runs.';

CREATE OR REPLACE VIEW reporting_v1.data_dictionary AS
  SELECT c.relname::text AS view_name, a.ordinal, a.column_name, a.data_type, d.description
    FROM pg_catalog.pg_class c
   CROSS JOIN LATERAL (
      SELECT 0 AS ordinal, NULL::text AS column_name, NULL::text AS data_type
      UNION ALL
      SELECT attnum::integer, attname::text, pg_catalog.format_type(atttypid, atttypmod)
        FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
    LEFT JOIN pg_catalog.pg_description d
      ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = a.ordinal
   WHERE c.relnamespace = 'reporting_v1'::regnamespace;
COMMENT ON VIEW reporting_v1.data_dictionary IS
  'One row for each view in this schema, and one for each of its columns: what they mean. Kept by the database as comments.';
COMMENT ON COLUMN reporting_v1.data_dictionary.view_name IS 'The view.';
COMMENT ON COLUMN reporting_v1.data_dictionary.ordinal IS 'Place of the column in the view, from 1; 0 for the view itself.';
COMMENT ON COLUMN reporting_v1.data_dictionary.column_name IS 'The column; null for the view itself.';
COMMENT ON COLUMN reporting_v1.data_dictionary.data_type IS 'Its type; null for the view itself.';
COMMENT ON COLUMN reporting_v1.data_dictionary.description IS 'What it means.';

IF is_new THEN
  RETURN projections.open_reporting();
ELSIF readers IS NULL THEN
  RETURN 'nobody but the owner may read reporting_v1: SELECT projections.open_reporting() lets a group in';
END IF;
-- The rights to a view went with it. Who may use the schema gets them back, and who may not is kept out of it.
FOR made IN SELECT oid FROM pg_class WHERE relnamespace = 'reporting_v1'::regnamespace AND oid <> ALL (kept) LOOP
  EXECUTE format('GRANT SELECT ON %s TO %s', made, readers);
END LOOP;
RETURN readers || ' may read reporting_v1';
END
$function$;
COMMENT ON FUNCTION projections.make_reporting() IS
  'Makes the views of reporting_v1, again where they are already, for those who may use that schema. Says who may read them.';

-- Not where a site has taken the schema away.
SELECT projections.make_reporting() WHERE to_regnamespace('reporting_v1') IS NOT NULL;
