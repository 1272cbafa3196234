-- What was refused, and why. Not a fold of the log: a refusal writes no domain event. So these rows are in no generation,
-- no rebuild makes them again, and nothing is decided on them. They are written beside the bookings, as well as it goes.

CREATE SCHEMA refusals;
COMMENT ON SCHEMA refusals IS 'Who was refused what, and which domain event had taken it. Kept for a while; see REFUSALS_KEEP_DAYS.';

CREATE TABLE refusals.facts (
  id             uuid NOT NULL,
  event_id       text COLLATE "C" NOT NULL,
  user_id        text COLLATE "C" NOT NULL,
  actor          text COLLATE "C" NOT NULL,
  command        text COLLATE "C" NOT NULL,
  booking_id     text COLLATE "C",
  code           text COLLATE "C" NOT NULL,
  requested      integer,
  free           integer,
  waiting        integer,
  revision       bigint NOT NULL CHECK (revision >= 0),
  taken_by       bigint CHECK (taken_by BETWEEN 0 AND revision),
  refused_at     timestamptz NOT NULL,
  command_id     uuid NOT NULL,
  correlation_id text COLLATE "C" NOT NULL,
  -- In order of time: new rows and the oldest ones each stand together.
  PRIMARY KEY (refused_at, id)
);
CREATE INDEX facts_by_event ON refusals.facts (event_id, refused_at, id);

COMMENT ON TABLE refusals.facts IS 'One row for each command that was refused. Refusals that could not be kept are counted in refusals.gaps.';
COMMENT ON COLUMN refusals.facts.id IS 'Made with the row, so that writing it twice leaves one.';
COMMENT ON COLUMN refusals.facts.event_id IS 'Which event was asked for.';
COMMENT ON COLUMN refusals.facts.user_id IS 'Whom it concerns: for whom a place was asked, or whose booking it is; else who asked.';
COMMENT ON COLUMN refusals.facts.actor IS 'Who asked.';
COMMENT ON COLUMN refusals.facts.command IS 'What was asked: BookPlace, ConfirmBooking, …';
COMMENT ON COLUMN refusals.facts.booking_id IS 'About which booking; null for a new one, and for the event itself.';
COMMENT ON COLUMN refusals.facts.code IS 'Why, as the code of the problem that was answered: sold-out, already-booked, …';
COMMENT ON COLUMN refusals.facts.requested IS 'How many seats were asked for; null where that is not the question.';
COMMENT ON COLUMN refusals.facts.free IS 'How many seats were free then; null unless the refusal was about that.';
COMMENT ON COLUMN refusals.facts.waiting IS 'How many turns were in the line then; null unless the refusal was about that.';
COMMENT ON COLUMN refusals.facts.revision IS 'Revision of the event''s stream on which it was decided.';
COMMENT ON COLUMN refusals.facts.taken_by IS
  'Revision of the domain event that had taken what was asked for; null where none had. Its record is in the log.';
COMMENT ON COLUMN refusals.facts.refused_at IS 'When it was decided, by the clock of the process that decided.';
COMMENT ON COLUMN refusals.facts.command_id IS 'Of the refused command. Asked again with the same Idempotency-Key it is the same.';
COMMENT ON COLUMN refusals.facts.correlation_id IS 'The request.';

CREATE TABLE refusals.gaps (
  id         uuid NOT NULL,
  event_id   text COLLATE "C",
  lost       bigint NOT NULL CHECK (lost > 0),
  from_at    timestamptz NOT NULL,
  until_at   timestamptz NOT NULL CHECK (until_at >= from_at),
  PRIMARY KEY (from_at, id)
);
CREATE INDEX gaps_by_event ON refusals.gaps (event_id, from_at, id);

COMMENT ON TABLE refusals.gaps IS 'Refusals that were given but not kept, because more came than could be written.';
COMMENT ON COLUMN refusals.gaps.id IS 'Made with the row, so that writing it twice leaves one.';
COMMENT ON COLUMN refusals.gaps.event_id IS 'Of which event; null when there were too many events to count them one by one.';
COMMENT ON COLUMN refusals.gaps.lost IS 'How many.';
COMMENT ON COLUMN refusals.gaps.from_at IS 'When the first of them was decided.';
COMMENT ON COLUMN refusals.gaps.until_at IS 'When the last of them was decided.';
