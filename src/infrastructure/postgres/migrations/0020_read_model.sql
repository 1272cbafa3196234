-- The read model: what the log says, as tables. Everything in a generation (schema read_model_g1, …) is a fold of the
-- log and of nothing else: no row is written by hand, and dropping a generation loses nothing.
-- People and tools read the views in schema read_model, which show the live generation.

CREATE SCHEMA projections;
CREATE SCHEMA read_model;

COMMENT ON SCHEMA projections IS 'How far each projection has folded the log, and what makes and shows its tables.';
COMMENT ON SCHEMA read_model IS 'The tables of the live generation, under names that stay.';

CREATE TABLE projections.checkpoint (
  projection     text NOT NULL,
  generation     integer NOT NULL CHECK (generation > 0),
  live           boolean NOT NULL DEFAULT false,
  log_id         text,
  position       bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
  stream         text,
  revision       bigint,
  record_id      uuid,
  moved_at       timestamptz NOT NULL DEFAULT now(),
  halted_at      timestamptz,
  halt_position  bigint,
  halt_stream    text,
  halt_revision  bigint,
  halt_record_id uuid,
  halt_reason    text,
  PRIMARY KEY (projection, generation),
  CHECK (num_nonnulls(stream, revision, record_id) = CASE WHEN position = 0 THEN 0 ELSE 3 END),
  CHECK (num_nonnulls(halted_at, halt_position, halt_stream, halt_revision, halt_record_id, halt_reason) IN (0, 6))
) WITH (fillfactor = 20);
CREATE UNIQUE INDEX checkpoint_live ON projections.checkpoint (projection) WHERE live;

COMMENT ON TABLE projections.checkpoint IS
  'One row for each generation of each projection: the last record of the log that its tables contain.';
COMMENT ON COLUMN projections.checkpoint.projection IS 'Which set of tables: bookings.';
COMMENT ON COLUMN projections.checkpoint.generation IS 'Which copy of that set: 1 is schema read_model_g1.';
COMMENT ON COLUMN projections.checkpoint.live IS 'Whether the views in read_model show this generation.';
COMMENT ON COLUMN projections.checkpoint.log_id IS 'The log that was folded, eight hex digits; null before the first start.';
COMMENT ON COLUMN projections.checkpoint.position IS 'Position in the log of the last record folded; 0 when there is none.';
COMMENT ON COLUMN projections.checkpoint.stream IS 'Stream of the last record folded.';
COMMENT ON COLUMN projections.checkpoint.revision IS 'Revision of the last record folded, within its stream.';
COMMENT ON COLUMN projections.checkpoint.record_id IS
  'Id of the last record folded, made from its hash: a log that has another record there is another log.';
COMMENT ON COLUMN projections.checkpoint.moved_at IS 'When the checkpoint last moved, by the database''s clock.';
COMMENT ON COLUMN projections.checkpoint.halted_at IS
  'Since when the projector stands still before a record it cannot fold; null while it runs.';
COMMENT ON COLUMN projections.checkpoint.halt_position IS 'Position of the record it cannot fold.';
COMMENT ON COLUMN projections.checkpoint.halt_stream IS 'Stream of the record it cannot fold.';
COMMENT ON COLUMN projections.checkpoint.halt_revision IS 'Revision of the record it cannot fold.';
COMMENT ON COLUMN projections.checkpoint.halt_record_id IS 'Id of the record it cannot fold.';
COMMENT ON COLUMN projections.checkpoint.halt_reason IS 'Why it cannot fold it. Resumed with: holdfast projections resume.';

-- The text below is the one definition of the tables; read_model_gN stands for the generation that is being made.
-- Keys compare by bytes (COLLATE "C"), so that their order is the same on every server.
CREATE FUNCTION projections.create_generation(n integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  EXECUTE replace($ddl$
CREATE SCHEMA read_model_gN;

CREATE TABLE read_model_gN.users (
  user_id text COLLATE "C" PRIMARY KEY
);

CREATE TABLE read_model_gN.events (
  event_id             text COLLATE "C" PRIMARY KEY,
  title                text NOT NULL,
  starts_at            timestamptz NOT NULL,
  ends_at              timestamptz,
  time_zone            text NOT NULL,
  resource             text COLLATE "C",
  capacity             integer NOT NULL CHECK (capacity > 0),
  seats_taken          integer NOT NULL,
  seats_held           integer NOT NULL,
  waiting              integer NOT NULL CHECK (waiting >= 0),
  is_booked            boolean NOT NULL,
  status               text NOT NULL CHECK (status IN ('scheduled', 'cancelled')),
  hold_seconds         integer NOT NULL,
  offer_seconds        integer NOT NULL,
  sales_open_at        timestamptz,
  sales_close_at       timestamptz,
  cancel_until         timestamptz,
  max_seats_per_booking integer NOT NULL,
  waitlist_limit       integer NOT NULL,
  sales_end_at         timestamptz NOT NULL GENERATED ALWAYS AS (least(sales_close_at, starts_at)) STORED,
  scheduled_at         timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  revision             bigint NOT NULL,
  CONSTRAINT never_oversold CHECK (0 <= seats_taken AND seats_taken <= capacity),
  CONSTRAINT held_is_taken CHECK (0 <= seats_held AND seats_held <= seats_taken),
  CONSTRAINT booked_is_full CHECK (is_booked = (seats_taken = capacity)),
  CONSTRAINT cancelled_is_empty CHECK (status = 'scheduled' OR (seats_taken = 0 AND waiting = 0))
) WITH (fillfactor = 70);
CREATE INDEX events_by_start ON read_model_gN.events (starts_at, event_id);
CREATE INDEX events_by_resource ON read_model_gN.events (resource, starts_at, event_id) WHERE resource IS NOT NULL;
CREATE INDEX events_with_open_claims ON read_model_gN.events (sales_end_at) WHERE seats_held > 0 OR waiting > 0;

CREATE TABLE read_model_gN.bookings (
  booking_id        text COLLATE "C" PRIMARY KEY,
  user_id           text COLLATE "C" NOT NULL REFERENCES read_model_gN.users,
  event_id          text COLLATE "C" NOT NULL REFERENCES read_model_gN.events,
  seats             integer NOT NULL CHECK (seats > 0),
  status            text NOT NULL CHECK (status IN ('waitlisted', 'held', 'confirmed')),
  reference         text COLLATE "C",
  offer             boolean NOT NULL,
  booking_time      timestamptz NOT NULL DEFAULT now(),
  expires_at        timestamptz CHECK ((status = 'held') = (expires_at IS NOT NULL)),
  waitlist_revision bigint CHECK ((status = 'waitlisted') = (waitlist_revision IS NOT NULL)),
  updated_at        timestamptz NOT NULL,
  revision          bigint NOT NULL,
  CONSTRAINT one_active_booking UNIQUE (user_id, event_id)
);
-- Lists are walked in the order of booking_time; the few rows of one instant are put in order of their ids on the way.
-- A user's active bookings need no such index: they are few, and found by one_active_booking.
CREATE INDEX bookings_by_time ON read_model_gN.bookings (booking_time);
CREATE INDEX bookings_by_event ON read_model_gN.bookings (event_id, booking_time);
CREATE INDEX bookings_by_reference ON read_model_gN.bookings (reference, booking_time)
  WHERE reference IS NOT NULL;
CREATE INDEX bookings_held ON read_model_gN.bookings (expires_at, event_id) WHERE status = 'held';
CREATE INDEX bookings_line ON read_model_gN.bookings (event_id, waitlist_revision) INCLUDE (seats)
  WHERE status = 'waitlisted';
CREATE INDEX bookings_line_by_seats ON read_model_gN.bookings (event_id, seats) WHERE status = 'waitlisted';

CREATE TABLE read_model_gN.past_bookings (
  booking_id        text COLLATE "C" PRIMARY KEY,
  user_id           text COLLATE "C" NOT NULL REFERENCES read_model_gN.users,
  event_id          text COLLATE "C" NOT NULL REFERENCES read_model_gN.events,
  seats             integer NOT NULL CHECK (seats > 0),
  status            text NOT NULL CHECK (status IN ('cancelled', 'expired')),
  reference         text COLLATE "C",
  offer             boolean NOT NULL,
  booking_time      timestamptz NOT NULL,
  expires_at        timestamptz CHECK (expires_at IS NULL),
  waitlist_revision bigint CHECK (waitlist_revision IS NULL),
  updated_at        timestamptz NOT NULL,
  revision          bigint NOT NULL,
  ended_at          timestamptz NOT NULL,
  ended_reason      text NOT NULL
);
CREATE INDEX past_bookings_by_time ON read_model_gN.past_bookings (booking_time);
CREATE INDEX past_bookings_by_user ON read_model_gN.past_bookings (user_id, booking_time);
CREATE INDEX past_bookings_by_event ON read_model_gN.past_bookings (event_id, booking_time);
CREATE INDEX past_bookings_by_reference ON read_model_gN.past_bookings (reference, booking_time)
  WHERE reference IS NOT NULL;

CREATE TABLE read_model_gN.booking_history (
  booking_id   text COLLATE "C" NOT NULL,
  revision     bigint NOT NULL,
  event_id     text COLLATE "C" NOT NULL,
  user_id      text COLLATE "C" NOT NULL,
  change       text NOT NULL,
  seats        integer NOT NULL,
  status       text NOT NULL CHECK (status IN ('waitlisted', 'held', 'confirmed', 'cancelled', 'expired')),
  reference    text COLLATE "C",
  offer        boolean NOT NULL,
  expires_at   timestamptz,
  ended_reason text,
  actor        text COLLATE "C" NOT NULL,
  valid_from   timestamptz NOT NULL,
  valid_to     timestamptz CHECK (valid_to >= valid_from),
  PRIMARY KEY (booking_id, revision)
) WITH (fillfactor = 90);

COMMENT ON SCHEMA read_model_gN IS 'One generation of the read model: a fold of the log. Read the views in read_model.';
COMMENT ON TABLE read_model_gN.users IS 'Everybody who ever had a booking. Names and addresses are not kept here.';
COMMENT ON COLUMN read_model_gN.users.user_id IS 'The opaque id under which the user books.';

COMMENT ON TABLE read_model_gN.events IS 'What can be booked: one row for each event that was ever scheduled.';
COMMENT ON COLUMN read_model_gN.events.event_id IS 'The event.';
COMMENT ON COLUMN read_model_gN.events.title IS 'What it is called.';
COMMENT ON COLUMN read_model_gN.events.starts_at IS 'When it starts.';
COMMENT ON COLUMN read_model_gN.events.ends_at IS 'When it ends; null when that is open.';
COMMENT ON COLUMN read_model_gN.events.time_zone IS 'IANA time zone in which its times are meant to be shown.';
COMMENT ON COLUMN read_model_gN.events.resource IS 'The room, court or person it takes up; null when none was named.';
COMMENT ON COLUMN read_model_gN.events.capacity IS 'How many seats there are.';
COMMENT ON COLUMN read_model_gN.events.seats_taken IS 'Seats of held and confirmed bookings. Never more than capacity.';
COMMENT ON COLUMN read_model_gN.events.seats_held IS 'Seats of held bookings, a part of seats_taken.';
COMMENT ON COLUMN read_model_gN.events.waiting IS 'How many bookings are waitlisted.';
COMMENT ON COLUMN read_model_gN.events.is_booked IS 'True when no seat is free.';
COMMENT ON COLUMN read_model_gN.events.status IS 'scheduled or cancelled.';
COMMENT ON COLUMN read_model_gN.events.hold_seconds IS 'How long a hold lasts when the caller does not say, in seconds.';
COMMENT ON COLUMN read_model_gN.events.offer_seconds IS 'How long an offer from the waitlist lasts, in seconds.';
COMMENT ON COLUMN read_model_gN.events.sales_open_at IS 'No booking before; null when there is no such bound.';
COMMENT ON COLUMN read_model_gN.events.sales_close_at IS 'No booking from then on; null: until the start.';
COMMENT ON COLUMN read_model_gN.events.cancel_until IS 'Until when users may cancel; null: until the start.';
COMMENT ON COLUMN read_model_gN.events.max_seats_per_booking IS 'The most seats one booking may take.';
COMMENT ON COLUMN read_model_gN.events.waitlist_limit IS 'How many bookings may be waitlisted at once.';
COMMENT ON COLUMN read_model_gN.events.sales_end_at IS 'The earlier of sales_close_at and starts_at: holds end and offers stop.';
COMMENT ON COLUMN read_model_gN.events.scheduled_at IS 'When it was scheduled.';
COMMENT ON COLUMN read_model_gN.events.updated_at IS 'When anything about it, its bookings included, last changed.';
COMMENT ON COLUMN read_model_gN.events.revision IS 'Revision of the last fact about it or one of its bookings.';

COMMENT ON TABLE read_model_gN.bookings IS 'Active bookings: waitlisted, held or confirmed. At most one for each user and event.';
COMMENT ON COLUMN read_model_gN.bookings.booking_id IS 'The booking.';
COMMENT ON COLUMN read_model_gN.bookings.user_id IS 'Whose it is.';
COMMENT ON COLUMN read_model_gN.bookings.event_id IS 'Of which event.';
COMMENT ON COLUMN read_model_gN.bookings.seats IS 'For how many seats.';
COMMENT ON COLUMN read_model_gN.bookings.status IS 'waitlisted, held or confirmed.';
COMMENT ON COLUMN read_model_gN.bookings.reference IS 'The caller''s own reference; null when there is none.';
COMMENT ON COLUMN read_model_gN.bookings.offer IS 'True when its hold came from the waitlist.';
COMMENT ON COLUMN read_model_gN.bookings.booking_time IS 'When it was made. Always from the log; the default is for rows written by hand.';
COMMENT ON COLUMN read_model_gN.bookings.expires_at IS
  'While held: when the seats fall back, or at the event''s sales_end_at if that is earlier. Else null.';
COMMENT ON COLUMN read_model_gN.bookings.waitlist_revision IS
  'While waitlisted: its turn, lower first, among the bookings of the same event. Else null.';
COMMENT ON COLUMN read_model_gN.bookings.updated_at IS 'When it last changed.';
COMMENT ON COLUMN read_model_gN.bookings.revision IS 'Revision of the last fact about it, within its event.';

COMMENT ON TABLE read_model_gN.past_bookings IS 'Bookings that ended: cancelled or expired. The columns of bookings and two more.';
COMMENT ON COLUMN read_model_gN.past_bookings.booking_id IS 'The booking.';
COMMENT ON COLUMN read_model_gN.past_bookings.user_id IS 'Whose it was.';
COMMENT ON COLUMN read_model_gN.past_bookings.event_id IS 'Of which event.';
COMMENT ON COLUMN read_model_gN.past_bookings.seats IS 'For how many seats.';
COMMENT ON COLUMN read_model_gN.past_bookings.status IS 'cancelled or expired.';
COMMENT ON COLUMN read_model_gN.past_bookings.reference IS 'The caller''s own reference; null when there is none.';
COMMENT ON COLUMN read_model_gN.past_bookings.offer IS 'True when its hold came from the waitlist.';
COMMENT ON COLUMN read_model_gN.past_bookings.booking_time IS 'When it was made.';
COMMENT ON COLUMN read_model_gN.past_bookings.expires_at IS 'Always null: it holds nothing any more.';
COMMENT ON COLUMN read_model_gN.past_bookings.waitlist_revision IS 'Always null: it waits no more.';
COMMENT ON COLUMN read_model_gN.past_bookings.updated_at IS 'When it last changed, which is when it ended.';
COMMENT ON COLUMN read_model_gN.past_bookings.revision IS 'Revision of the fact that ended it, within its event.';
COMMENT ON COLUMN read_model_gN.past_bookings.ended_at IS 'When it ended.';
COMMENT ON COLUMN read_model_gN.past_bookings.ended_reason IS
  'Why: the code given by who cancelled it, or cancelled, expired, event-cancelled, event-started, sales-closed, no-longer-fits.';

COMMENT ON TABLE read_model_gN.booking_history IS
  'Every state that every booking was ever in, ordered by revision. The last row of a booking has no valid_to.';
COMMENT ON COLUMN read_model_gN.booking_history.booking_id IS 'The booking.';
COMMENT ON COLUMN read_model_gN.booking_history.revision IS 'Revision of the fact that brought this state, within its event.';
COMMENT ON COLUMN read_model_gN.booking_history.event_id IS 'Of which event.';
COMMENT ON COLUMN read_model_gN.booking_history.user_id IS 'Whose it was.';
COMMENT ON COLUMN read_model_gN.booking_history.change IS 'The type of that fact: BookingConfirmed, HoldExpired, …';
COMMENT ON COLUMN read_model_gN.booking_history.seats IS 'For how many seats.';
COMMENT ON COLUMN read_model_gN.booking_history.status IS 'waitlisted, held, confirmed, cancelled or expired.';
COMMENT ON COLUMN read_model_gN.booking_history.reference IS 'The caller''s own reference; null when there was none.';
COMMENT ON COLUMN read_model_gN.booking_history.offer IS 'True when its hold came from the waitlist.';
COMMENT ON COLUMN read_model_gN.booking_history.expires_at IS 'While held: when the seats were to fall back. Else null.';
COMMENT ON COLUMN read_model_gN.booking_history.ended_reason IS 'Once ended: why. Else null.';
COMMENT ON COLUMN read_model_gN.booking_history.actor IS 'Who brought this state about; system:settle is the service itself.';
COMMENT ON COLUMN read_model_gN.booking_history.valid_from IS 'Since when it was so.';
COMMENT ON COLUMN read_model_gN.booking_history.valid_to IS 'Until when, not included; null while it is so.';
$ddl$, 'read_model_gN', 'read_model_g' || n);
  INSERT INTO projections.checkpoint (projection, generation) VALUES ('bookings', n);
END
$function$;
COMMENT ON FUNCTION projections.create_generation(integer) IS 'Makes the empty tables of a generation and its checkpoint.';

CREATE FUNCTION projections.show_generation(n integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  EXECUTE replace($ddl$
CREATE OR REPLACE VIEW read_model.users AS SELECT * FROM read_model_gN.users;
CREATE OR REPLACE VIEW read_model.events AS SELECT * FROM read_model_gN.events;
CREATE OR REPLACE VIEW read_model.bookings AS SELECT * FROM read_model_gN.bookings;
CREATE OR REPLACE VIEW read_model.past_bookings AS SELECT * FROM read_model_gN.past_bookings;
CREATE OR REPLACE VIEW read_model.booking_history AS SELECT * FROM read_model_gN.booking_history;
$ddl$, 'read_model_gN', 'read_model_g' || n);
  EXECUTE format(
    'CREATE OR REPLACE VIEW read_model.checkpoint AS
       SELECT generation, log_id, position, moved_at, halted_at, halt_reason FROM projections.checkpoint
       WHERE projection = ''bookings'' AND generation = %s', n);
  COMMENT ON VIEW read_model.users IS 'Everybody who ever had a booking.';
  COMMENT ON VIEW read_model.events IS 'What can be booked: one row for each event that was ever scheduled.';
  COMMENT ON VIEW read_model.bookings IS 'Active bookings: waitlisted, held or confirmed.';
  COMMENT ON VIEW read_model.past_bookings IS 'Bookings that ended: cancelled or expired.';
  COMMENT ON VIEW read_model.booking_history IS 'Every state that every booking was ever in, ordered by revision.';
  COMMENT ON VIEW read_model.checkpoint IS 'How far the views beside this one have followed the log.';
  -- Two steps, because at no moment may two generations be live.
  UPDATE projections.checkpoint SET live = false WHERE projection = 'bookings' AND live;
  UPDATE projections.checkpoint SET live = true WHERE projection = 'bookings' AND generation = n;
END
$function$;
COMMENT ON FUNCTION projections.show_generation(integer) IS 'Points the views in read_model at a generation.';

CREATE FUNCTION projections.start_over(n integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  DELETE FROM projections.checkpoint WHERE projection = 'bookings' AND generation = n;
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', 'read_model_g' || n);
  PERFORM projections.create_generation(n);
  PERFORM projections.show_generation(n);
END
$function$;
COMMENT ON FUNCTION projections.start_over(integer) IS
  'Empties a generation, so that it is folded again from the beginning of the log. For use while no process runs.';

SELECT projections.create_generation(1);
SELECT projections.show_generation(1);
