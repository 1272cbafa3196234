-- What is known of people: beside the log and beside the generations, so that it can be erased (docs/people.md).
-- There is no constraint here that what was sent could break: an error would quote the row in the server's own log.

CREATE SCHEMA people;
REVOKE ALL ON SCHEMA people FROM PUBLIC;

-- Never the same twice, so that a copy from before an erasure is not taken for one from after it.
CREATE SEQUENCE people.profile_revision;

CREATE TABLE people.profiles (
  user_id    text COLLATE "C" PRIMARY KEY,
  name       text NOT NULL,
  email      text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision   bigint NOT NULL DEFAULT nextval('people.profile_revision')
);
-- The planner keeps samples of the values of a column, also of rows that are gone.
ALTER TABLE people.profiles ALTER name SET STATISTICS 0, ALTER email SET STATISTICS 0;

CREATE TABLE people.erasures (
  erasure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    text COLLATE "C" NOT NULL,
  erased_at  timestamptz NOT NULL DEFAULT now(),
  erased_by  text COLLATE "C" NOT NULL
);
CREATE INDEX erasures_of_user ON people.erasures (user_id, erasure_id);

COMMENT ON SCHEMA people IS
  'Names and e-mail addresses, and that they were erased. The only place for them: no log, no generation has any.';
COMMENT ON TABLE people.profiles IS 'One row for each person who is known by more than a user id. Personal data.';
COMMENT ON COLUMN people.profiles.user_id IS 'The opaque id under which the log knows this person.';
COMMENT ON COLUMN people.profiles.name IS 'What the person is called. Personal data.';
COMMENT ON COLUMN people.profiles.email IS 'Where the person can be reached; null when not known. Personal data.';
COMMENT ON COLUMN people.profiles.created_at IS 'When there first was a profile, since the last erasure, by the database''s clock.';
COMMENT ON COLUMN people.profiles.updated_at IS 'When name or e-mail last became another one, by the database''s clock.';
COMMENT ON COLUMN people.profiles.revision IS 'Another one for each change of any profile; never used again.';
COMMENT ON TABLE people.erasures IS 'One row for each profile that was erased: that it was, not what was in it.';
COMMENT ON COLUMN people.erasures.erasure_id IS 'In the order of erasures.';
COMMENT ON COLUMN people.erasures.user_id IS 'Whose profile was erased: the opaque id that stays in the log.';
COMMENT ON COLUMN people.erasures.erased_at IS 'When it was erased, by the database''s clock.';
COMMENT ON COLUMN people.erasures.erased_by IS 'Who erased it: a user id, or system:cli.';
