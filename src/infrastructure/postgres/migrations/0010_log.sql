-- The log: what happened, in order. The only tables of the service that cannot be made again from others.
-- Everything is written by log.append. Lock order, everywhere: rows of log.streams in the order of their names, then the
-- one row of log.position, then nothing else.

CREATE SCHEMA log;
COMMENT ON SCHEMA log IS 'Every domain event that ever happened, in order. Append-only.';

CREATE TABLE log.events (
  position    bigint NOT NULL PRIMARY KEY CHECK (position > 0),
  stream      text COLLATE "C" NOT NULL,
  revision    bigint NOT NULL CHECK (revision >= 0),
  id          uuid NOT NULL UNIQUE,
  type        text NOT NULL,
  data        jsonb NOT NULL,
  metadata    jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (stream, revision)
);
COMMENT ON TABLE log.events IS 'One row for each domain event. Rows are added and never changed.';
COMMENT ON COLUMN log.events.position IS 'Place in the whole log: 1, 2, 3 … without gaps, in the order of the commits.';
COMMENT ON COLUMN log.events.stream IS 'What it happened to: one stream for each event that can be booked.';
COMMENT ON COLUMN log.events.revision IS 'Place in the stream: 0, 1, 2 … without gaps.';
COMMENT ON COLUMN log.events.id IS 'UUID (version 8) of the first 16 bytes of the hash in the metadata.';
COMMENT ON COLUMN log.events.type IS 'What happened: the name of the domain event.';
COMMENT ON COLUMN log.events.data IS 'The facts. Instants are ISO 8601 in UTC with milliseconds.';
COMMENT ON COLUMN log.events.metadata IS
  'Who asked for it, when and why, and the hash chain: hash = SHA-256 of the RFC 8785 JSON of {stream, revision, type, data, metadata without hash}.';
COMMENT ON COLUMN log.events.recorded_at IS 'The database''s clock at the insert. Outside the hash chain.';

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'log.events is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

CREATE TABLE log.streams (
  stream   text COLLATE "C" NOT NULL PRIMARY KEY,
  revision bigint NOT NULL CHECK (revision >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE log.streams IS 'One row for each stream: what a writer locks.';
COMMENT ON COLUMN log.streams.stream IS 'Name of the stream.';
COMMENT ON COLUMN log.streams.revision IS 'Of the last row of the stream in log.events.';

CREATE TABLE log.position (
  one  boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
  head bigint NOT NULL DEFAULT 0 CHECK (head >= 0)
) WITH (fillfactor = 20);
COMMENT ON TABLE log.position IS
  'One row, locked by every writer until its commit: so that positions have no gaps and no reader can be overtaken.';
COMMENT ON COLUMN log.position.head IS 'Position of the last row in log.events; 0 for an empty log.';
INSERT INTO log.position DEFAULT VALUES;

CREATE TABLE log.identity (
  one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
  id  text NOT NULL CHECK (id ~ '^[0-9a-f]{8}$')
);
COMMENT ON TABLE log.identity IS 'One row: tells this log from every other, a restored copy of itself included.';
COMMENT ON COLUMN log.identity.id IS 'Eight hex digits, made once by chance. Part of every position that a client sees.';
INSERT INTO log.identity (id) VALUES (left(gen_random_uuid()::text, 8));

-- The plans of this function are made when the tables are small and kept while they grow: none may scan a table.
CREATE FUNCTION log.append(
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

  SELECT coalesce(sum(r.size), 0) INTO total FROM unnest(sizes, results) r(size, result) WHERE r.result IN (advance, created);
  IF total = 0 THEN
    RETURN results;
  END IF;

  UPDATE log.streams s SET revision = r.expected + r.size
    FROM unnest(names, expected, sizes, results) r(stream, expected, size, result)
   WHERE r.result = advance AND s.stream = r.stream;

  UPDATE log.position SET head = head + total WHERE one RETURNING head - total INTO base;

  INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
  SELECT base + row_number() OVER (ORDER BY e.n), r.stream, e.revision, e.id, e.type, e.data::jsonb, e.metadata::jsonb
    FROM unnest(owners, revisions, ids, types, data, metadata) WITH ORDINALITY e(owner, revision, id, type, data, metadata, n)
    JOIN unnest(names, results) WITH ORDINALITY r(stream, result, n) ON r.n = e.owner
   WHERE r.result IN (advance, created);

  RETURN (
    SELECT array_agg(CASE WHEN r.result IN (advance, created) THEN base + r.upto ELSE r.result END ORDER BY r.n)
      FROM (SELECT w.n, w.result, sum(w.size) FILTER (WHERE w.result IN (advance, created)) OVER (ORDER BY w.n) AS upto
              FROM unnest(sizes, results) WITH ORDINALITY w(size, result, n)) r);
END;
$$;
COMMENT ON FUNCTION log.append IS
  'Appends records to streams, each stream all or nothing. Answers for each: the position of its last record (also when exactly these were there already), 0 when the stream is not at the expected revision, -1 when another transaction holds it.';
