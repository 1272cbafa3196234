-- Generations beside the live one: made and folded while it serves, compared with it, shown instead of it, and shown no
-- longer. What operators decide about a fold (to pause it, to leave a record out) stands here, outside the generations.

ALTER TABLE projections.checkpoint
  ADD COLUMN shown_at     timestamptz,
  ADD COLUMN paused_at    timestamptz,
  ADD COLUMN paused_by    text,
  ADD COLUMN pause_reason text,
  ADD CONSTRAINT checkpoint_pause CHECK ((paused_at IS NULL) = (paused_by IS NULL) AND (pause_reason IS NULL OR paused_at IS NOT NULL));
UPDATE projections.checkpoint SET shown_at = moved_at WHERE live;

COMMENT ON COLUMN projections.checkpoint.shown_at IS
  'When the views in read_model were last pointed at this generation; null when they never were.';
COMMENT ON COLUMN projections.checkpoint.paused_at IS 'Since when an operator has it stand still; null while it may move.';
COMMENT ON COLUMN projections.checkpoint.paused_by IS 'Who paused it.';
COMMENT ON COLUMN projections.checkpoint.pause_reason IS 'Why; null when nobody said.';

CREATE TABLE projections.skips (
  projection  text NOT NULL,
  record_id   uuid NOT NULL,
  position    bigint NOT NULL,
  stream      text NOT NULL,
  revision    bigint NOT NULL,
  halt_reason text NOT NULL,
  skipped_by  text NOT NULL,
  reason      text NOT NULL,
  skipped_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, record_id)
);
COMMENT ON TABLE projections.skips IS
  'Records that every fold leaves out: only their revision counts. Written by: holdfast projections skip.';
COMMENT ON COLUMN projections.skips.projection IS 'Which set of tables: bookings.';
COMMENT ON COLUMN projections.skips.record_id IS 'The record. Its id stays when the log is moved; positions do not.';
COMMENT ON COLUMN projections.skips.position IS 'Where it stood in the log when it was skipped.';
COMMENT ON COLUMN projections.skips.stream IS 'Its stream.';
COMMENT ON COLUMN projections.skips.revision IS 'Its revision within the stream.';
COMMENT ON COLUMN projections.skips.halt_reason IS 'Why it could not be folded.';
COMMENT ON COLUMN projections.skips.skipped_by IS 'Who decided to leave it out.';
COMMENT ON COLUMN projections.skips.reason IS 'Why, in their words.';
COMMENT ON COLUMN projections.skips.skipped_at IS 'When, by the database''s clock.';

CREATE FUNCTION projections.skips_of(name text) RETURNS integer LANGUAGE sql STABLE AS
  'SELECT count(*)::integer FROM projections.skips WHERE projection = name';
COMMENT ON FUNCTION projections.skips_of(text) IS 'How many records a projection leaves out.';

-- Part of what a batch compares and sets: whoever does not know of the last skip loses, and looks again.
ALTER TABLE projections.checkpoint ADD COLUMN skips integer NOT NULL DEFAULT projections.skips_of('bookings');
COMMENT ON COLUMN projections.checkpoint.skips IS 'How many rows projections.skips has for this projection.';

-- The view of the checkpoint comes first: whatever reads rows with their position asks for it first as well, so nobody who
-- already holds it waits for a view that is replaced here.
CREATE OR REPLACE FUNCTION projections.show_generation(n integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE VIEW read_model.checkpoint AS
       SELECT generation, log_id, position, moved_at, halted_at, halt_reason FROM projections.checkpoint
       WHERE projection = ''bookings'' AND generation = %s', n);
  EXECUTE replace($ddl$
CREATE OR REPLACE VIEW read_model.events AS SELECT * FROM read_model_gN.events;
CREATE OR REPLACE VIEW read_model.bookings AS SELECT * FROM read_model_gN.bookings;
CREATE OR REPLACE VIEW read_model.past_bookings AS SELECT * FROM read_model_gN.past_bookings;
CREATE OR REPLACE VIEW read_model.users AS SELECT * FROM read_model_gN.users;
CREATE OR REPLACE VIEW read_model.booking_history AS SELECT * FROM read_model_gN.booking_history;
$ddl$, 'read_model_gN', 'read_model_g' || n);
  -- Two steps, because at no moment may two generations be live.
  UPDATE projections.checkpoint SET live = false WHERE projection = 'bookings' AND live;
  UPDATE projections.checkpoint SET live = true, shown_at = clock_timestamp()
   WHERE projection = 'bookings' AND generation = n;
END
$function$;

CREATE FUNCTION projections.drop_generation(n integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  -- The checkpoint first, as everybody who writes to the tables.
  DELETE FROM projections.checkpoint WHERE projection = 'bookings' AND generation = n AND NOT live;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'generation % is live, or there is none', n;
  END IF;
  DELETE FROM projections.left_out WHERE generation = n;
  -- Named one by one: what others have made on top of them is not dropped along, but stops this.
  EXECUTE replace($ddl$
DROP TABLE read_model_gN.booking_history, read_model_gN.past_bookings, read_model_gN.bookings, read_model_gN.events,
  read_model_gN.users;
DROP SCHEMA read_model_gN;
$ddl$, 'read_model_gN', 'read_model_g' || n);
END
$function$;
COMMENT ON FUNCTION projections.drop_generation(integer) IS 'Deletes the tables and the checkpoint of a generation that is not live.';

-- Emptied, not dropped, so that the views on top of the tables stay, and whatever others have made on top of the views.
CREATE OR REPLACE FUNCTION projections.start_over(n integer) RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
  other  integer;
  tables constant text := replace('read_model_gN.users, read_model_gN.events, read_model_gN.bookings,
    read_model_gN.past_bookings, read_model_gN.booking_history', 'read_model_gN', 'read_model_g' || n);
BEGIN
  DELETE FROM projections.checkpoint WHERE projection = 'bookings' AND generation = n;
  IF (SELECT count(*) FROM unnest(string_to_array(tables, ',')) name WHERE to_regclass(trim(E' \n' FROM name)) IS NULL) = 0 THEN
    EXECUTE 'TRUNCATE ' || tables;
    INSERT INTO projections.checkpoint (projection, generation) VALUES ('bookings', n);
  ELSE
    DELETE FROM projections.left_out WHERE generation = n;
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', 'read_model_g' || n);
    PERFORM projections.create_generation(n);
  END IF;
  PERFORM projections.strip_generation(n);
  PERFORM projections.show_generation(n);
  -- The others were folded from a log that is no longer the right one, or are wrong like this one was.
  FOR other IN SELECT generation FROM projections.checkpoint WHERE projection = 'bookings' AND generation <> n LOOP
    PERFORM projections.drop_generation(other);
  END LOOP;
END
$function$;
COMMENT ON FUNCTION projections.start_over(integer) IS
  'Empties a generation, shows it and drops all others, so that it is folded from the beginning of the log. For use while no '
  'process runs; to make a generation beside the live one: holdfast projections rebuild.';
