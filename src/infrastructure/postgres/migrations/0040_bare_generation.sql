-- A generation that is folded from the beginning of the log needs no second index and no foreign key on the way: keeping
-- them up row by row is a third of what a fold costs the server, making them at the end is a fraction of that. Primary
-- keys, checks and one_active_booking stay throughout.

ALTER TABLE projections.checkpoint ADD COLUMN bare boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN projections.checkpoint.bare IS
  'Whether its tables are still without foreign keys and second indexes: they come when the fold has reached the log''s end.';

CREATE TABLE projections.left_out (
  generation integer NOT NULL,
  number     integer NOT NULL,
  statement  text NOT NULL,
  PRIMARY KEY (generation, number)
);
COMMENT ON TABLE projections.left_out IS 'The statements that complete a bare generation.';
COMMENT ON COLUMN projections.left_out.generation IS 'Which generation.';
COMMENT ON COLUMN projections.left_out.number IS 'In which order.';
COMMENT ON COLUMN projections.left_out.statement IS 'Makes one index or one foreign key.';

CREATE FUNCTION projections.strip_generation(n integer) RETURNS void LANGUAGE plpgsql
-- So that every name in a definition comes with its schema.
SET search_path = pg_catalog AS $function$
DECLARE
  part record;
BEGIN
  FOR part IN
    WITH tables AS (SELECT oid, oid::regclass AS name FROM pg_class
                    WHERE relnamespace = ('read_model_g' || n)::regnamespace AND relkind = 'r'),
    parts AS (
      SELECT 1 AS kind, indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS makes,
             format('DROP INDEX %s', indexrelid::regclass) AS drops
      FROM pg_index JOIN tables ON indrelid = oid
      WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        AND indexrelid <> format('read_model_g%s.bookings_by_event', n)::regclass
      UNION ALL
      SELECT 2, conname, format('ALTER TABLE %s ADD CONSTRAINT %I %s', tables.name, conname, pg_get_constraintdef(c.oid)),
             format('ALTER TABLE %s DROP CONSTRAINT %I', tables.name, conname)
      FROM pg_constraint c JOIN tables ON conrelid = tables.oid WHERE contype = 'f')
    SELECT row_number() OVER (ORDER BY kind, name, makes) AS number, makes, drops FROM parts
  LOOP
    INSERT INTO projections.left_out (generation, number, statement) VALUES (n, part.number, part.makes);
    EXECUTE part.drops;
  END LOOP;
  UPDATE projections.checkpoint SET bare = true WHERE projection = 'bookings' AND generation = n;
END
$function$;
COMMENT ON FUNCTION projections.strip_generation(integer) IS
  'Leaves out what an empty generation can do without while it is folded from the beginning.';

CREATE FUNCTION projections.complete_generation(n integer) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog AS $function$
DECLARE
  part text;
BEGIN
  FOR part IN SELECT statement FROM projections.left_out WHERE generation = n ORDER BY number LOOP
    EXECUTE part;
  END LOOP;
  DELETE FROM projections.left_out WHERE generation = n;
  UPDATE projections.checkpoint SET bare = false WHERE projection = 'bookings' AND generation = n;
END
$function$;
COMMENT ON FUNCTION projections.complete_generation(integer) IS 'Makes what strip_generation left out.';

CREATE OR REPLACE FUNCTION projections.start_over(n integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  DELETE FROM projections.checkpoint WHERE projection = 'bookings' AND generation = n;
  DELETE FROM projections.left_out WHERE generation = n;
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', 'read_model_g' || n);
  PERFORM projections.create_generation(n);
  PERFORM projections.strip_generation(n);
  PERFORM projections.show_generation(n);
END
$function$;
