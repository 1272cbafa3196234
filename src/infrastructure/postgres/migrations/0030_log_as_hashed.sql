-- The log as it was hashed. `json` keeps the text that it is given, byte for byte; `jsonb` takes it apart and stores
-- another order of members, which costs a third of every append and is put together again at every read
-- (docs/adr/0021-the-log-keeps-the-text-that-was-hashed.md).

-- What is in the log already gets back the text that its hash was made of: RFC 8785, which for these flat objects is the
-- members in the order of their names.
CREATE FUNCTION log.as_hashed(stored jsonb) RETURNS json LANGUAGE sql IMMUTABLE AS $$
  SELECT ('{' || coalesce(string_agg(to_json(m.key)::text || ':' || m.value::text, ',' ORDER BY m.key COLLATE "C"), '') || '}')::json
    FROM jsonb_each(stored) m
$$;
ALTER TABLE log.events
  ALTER data TYPE json USING log.as_hashed(data),
  ALTER metadata TYPE json USING log.as_hashed(metadata),
  -- An id is made of the hash of stream, revision and content: it cannot come twice where (stream, revision) cannot. Its
  -- own index would be one more random page for every record.
  DROP CONSTRAINT events_id_key;
DROP FUNCTION log.as_hashed(jsonb);
COMMENT ON COLUMN log.events.id IS
  'UUID (version 8) of the first 16 bytes of the hash in the metadata, and so as unique as (stream, revision).';
COMMENT ON COLUMN log.events.data IS
  'The facts, as RFC 8785 JSON: the very text that was hashed. Instants are ISO 8601 in UTC with milliseconds.';
COMMENT ON COLUMN log.events.metadata IS
  'Who asked for it, when and why, and the hash chain: hash = SHA-256 of the RFC 8785 JSON of {stream, revision, type, data, metadata without hash}. RFC 8785 JSON itself.';

-- The plans of this function are made when the tables are small and kept while they grow: none may scan a table.
CREATE OR REPLACE FUNCTION log.append(
  names     text[],   -- each stream once
  expected  bigint[], -- revision of each; -1: must not exist
  sizes     integer[], -- records for each
  owners    integer[], -- for each record, which of the names it belongs to, rising
  revisions bigint[],
  ids       uuid[],
  types     text[],
  data      text[],
  metadata  text[],
  waits     boolean   -- whether to wait for a stream that another transaction holds
) RETURNS bigint[] LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  held     CONSTANT bigint := -1;
  advance  CONSTANT bigint := -2;
  created  CONSTANT bigint := -3;
  unlocked CONSTANT bigint := -4;
  past     CONSTANT bigint := -5;
  locked_names     text[];
  locked_revisions bigint[];
  created_names    text[];
  results          bigint[]; -- for each of the names: one of the above, 0 for a conflict, or a position
  ends             bigint[]; -- for each of the names: how many records are written up to and with its own
  total            bigint;
  base             bigint;
BEGIN
  -- Each step is a statement of its own: under READ COMMITTED only then does it see what the one before has waited for.
  IF waits THEN
    SELECT array_agg(l.stream), array_agg(l.revision) INTO locked_names, locked_revisions FROM (
      SELECT s.stream, s.revision FROM log.streams s WHERE s.stream = ANY (names) ORDER BY s.stream FOR UPDATE) l;
  ELSE
    SELECT array_agg(l.stream), array_agg(l.revision) INTO locked_names, locked_revisions FROM (
      SELECT s.stream, s.revision FROM log.streams s WHERE s.stream = ANY (names) ORDER BY s.stream FOR UPDATE SKIP LOCKED) l;
  END IF;

  SELECT array_agg(CASE WHEN l.revision IS NULL THEN unlocked WHEN l.revision = r.expected THEN advance
                        WHEN l.revision > r.expected THEN past ELSE 0 END ORDER BY r.n)
    INTO results
    FROM unnest(names, expected) WITH ORDINALITY r(stream, expected, n)
    LEFT JOIN unnest(locked_names, locked_revisions) l(stream, revision) ON l.stream = r.stream;

  IF unlocked = ANY (results) THEN
    WITH made AS (
      INSERT INTO log.streams (stream, revision)
      SELECT r.stream, r.size - 1 FROM unnest(names, expected, sizes, results) r(stream, expected, size, result)
       WHERE r.result = unlocked AND r.expected = -1 ORDER BY r.stream COLLATE "C"
      ON CONFLICT (stream) DO NOTHING RETURNING stream)
    SELECT array_agg(m.stream) INTO created_names FROM made m;

    -- Who created it in the meantime has to be looked at under its lock, like any stream that is held.
    SELECT array_agg(CASE WHEN r.result <> unlocked THEN r.result WHEN m.stream IS NOT NULL THEN created
                          WHEN s.stream IS NOT NULL THEN held ELSE 0 END ORDER BY r.n)
      INTO results
      FROM unnest(names, results) WITH ORDINALITY r(stream, result, n)
      LEFT JOIN unnest(created_names) m(stream) ON m.stream = r.stream
      LEFT JOIN log.streams s ON s.stream = r.stream AND r.result = unlocked;
  END IF;

  -- A stream that is past the expected revision: by these very records (a re-send, already done), or by others.
  IF past = ANY (results) THEN
    SELECT array_agg(CASE WHEN r.result = past THEN coalesce(p.position, 0) ELSE r.result END ORDER BY r.n)
      INTO results
      FROM unnest(sizes, results) WITH ORDINALITY r(size, result, n)
      LEFT JOIN (
        SELECT w.n, count(*) AS found, max(e.position) AS position
          FROM unnest(names, results) WITH ORDINALITY w(stream, result, n)
          JOIN unnest(owners, revisions, ids) o(owner, revision, id) ON o.owner = w.n
          JOIN log.events e ON e.stream = w.stream AND e.revision = o.revision AND e.id = o.id
         WHERE w.result = past GROUP BY w.n) p ON p.n = r.n AND p.found = r.size;
  END IF;

  SELECT array_agg(w.upto ORDER BY w.n), max(w.upto) INTO ends, total FROM (
    SELECT r.n, coalesce(sum(r.size) FILTER (WHERE r.result IN (advance, created)) OVER (ORDER BY r.n), 0) AS upto
      FROM unnest(sizes, results) WITH ORDINALITY r(size, result, n)) w;
  IF total = 0 THEN
    RETURN results;
  END IF;

  UPDATE log.streams s SET revision = r.expected + r.size
    FROM unnest(names, expected, sizes, results) r(stream, expected, size, result)
   WHERE r.result = advance AND s.stream = r.stream;

  UPDATE log.position SET head = head + total WHERE one RETURNING head - total INTO base;

  -- Subscripts, not joins: a record is copied once, into the table.
  INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
  SELECT base + ends[e.owner] - sizes[e.owner] + e.revision - expected[e.owner],
         names[e.owner], e.revision, e.id, e.type, e.data::json, e.metadata::json
    FROM unnest(owners, revisions, ids, types, data, metadata) e(owner, revision, id, type, data, metadata)
   WHERE results[e.owner] IN (advance, created);

  RETURN (
    SELECT array_agg(CASE WHEN r.result IN (advance, created) THEN base + r.upto ELSE r.result END ORDER BY r.n)
      FROM unnest(results, ends) WITH ORDINALITY r(result, upto, n));
END;
$$;
