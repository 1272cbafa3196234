-- How many requests were handed out in the present minute, for limits that hold over all processes. Blocks are taken from
-- here, not single requests. Unlogged: after a crash of the server everybody begins anew, which harms nobody.

CREATE SCHEMA rate_limits;
COMMENT ON SCHEMA rate_limits IS 'Requests handed out to API processes. Nothing here is older than a few minutes.';

CREATE UNLOGGED TABLE rate_limits.windows (
  key      text COLLATE "C" NOT NULL PRIMARY KEY,
  "window" bigint NOT NULL,
  granted  integer NOT NULL CHECK (granted >= 0),
  taken    bigint NOT NULL CHECK (taken >= 0)
) WITH (fillfactor = 70);

COMMENT ON TABLE rate_limits.windows IS 'One row for each caller or address that asked for more than a process lets through by itself.';
COMMENT ON COLUMN rate_limits.windows.key IS 'A digest: neither user ids nor addresses are kept.';
COMMENT ON COLUMN rate_limits.windows."window" IS 'Which one since 1970, by this server''s clock; an older one counts for nothing.';
COMMENT ON COLUMN rate_limits.windows.granted IS 'The block that was handed out last.';
COMMENT ON COLUMN rate_limits.windows.taken IS 'Everything that was handed out in that window, and what processes let through before they asked.';
