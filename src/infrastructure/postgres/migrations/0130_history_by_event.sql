-- expands: whoever closes a history by booking alone finds it too, without an index while the generation is bare
-- Keys of bookings are as good as random: each row of the history that is put in writes to another page of its primary key,
-- and once that is larger than the memory for it, each of those is read and written, again and again. A fold needs the key
-- only to find the row that it closes, and finds it as well by the event and the revision, which come in order.

CREATE OR REPLACE FUNCTION projections.strip_generation(n integer) RETURNS void LANGUAGE plpgsql
-- So that every name in a definition comes with its schema.
SET search_path = pg_catalog AS $function$
DECLARE
  part    record;
  history constant text := format('read_model_g%s.booking_history', n);
  by_fact constant text := format('read_model_g%s.booking_history_by_fact', n);
  -- Of a generation that was bare and is emptied.
  already constant integer := (SELECT coalesce(max(number), 0) FROM projections.left_out WHERE generation = n);
BEGIN
  FOR part IN
    WITH tables AS (SELECT oid, oid::regclass AS name FROM pg_class
                    WHERE relnamespace = ('read_model_g' || n)::regnamespace AND relkind = 'r'),
    parts AS (
      SELECT 1 AS kind, indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS makes,
             format('DROP INDEX %s', indexrelid::regclass) AS drops
      FROM pg_index JOIN tables ON indrelid = tables.oid JOIN pg_class indexes ON indexes.oid = indexrelid
      WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        AND indexes.relname NOT IN ('bookings_by_event', 'booking_history_by_fact')
      UNION ALL
      SELECT CASE contype WHEN 'p' THEN 2 ELSE 3 END, conname,
             format('ALTER TABLE %s ADD CONSTRAINT %I %s', tables.name, conname, pg_get_constraintdef(c.oid)),
             format('ALTER TABLE %s DROP CONSTRAINT %I', tables.name, conname)
      FROM pg_constraint c JOIN tables ON conrelid = tables.oid
      WHERE contype = 'f' OR (contype = 'p' AND conrelid = history::regclass))
    SELECT already + row_number() OVER (ORDER BY kind, name, makes) AS number, makes, drops FROM parts
  LOOP
    INSERT INTO projections.left_out (generation, number, statement) VALUES (n, part.number, part.makes);
    EXECUTE part.drops;
  END LOOP;
  IF to_regclass(by_fact) IS NULL THEN
    EXECUTE format('CREATE INDEX booking_history_by_fact ON %s (event_id, revision)', history);
    INSERT INTO projections.left_out (generation, number, statement) VALUES (n, 0, format('DROP INDEX %s', by_fact));
  END IF;
  UPDATE projections.checkpoint SET bare = true WHERE projection = 'bookings' AND generation = n;
END
$function$;
COMMENT ON COLUMN projections.left_out.statement IS 'Makes one index, one key or one foreign key, or drops what stood in for it.';
