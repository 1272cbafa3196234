-- Who is told of what happened, and what became of each telling (docs/webhooks.md). Not a fold of the log: how far a
-- subscriber is, is known here only. What is told is read from the log each time; no row has a copy of it.

CREATE SCHEMA webhooks;
REVOKE ALL ON SCHEMA webhooks FROM PUBLIC;
COMMENT ON SCHEMA webhooks IS 'Who is told of domain events over HTTP, how far each of them is, and the log of deliveries.';

-- Never the same twice, so that a copy of one that was deleted is not taken for another.
CREATE SEQUENCE webhooks.subscription_revision;

CREATE TABLE webhooks.subscriptions (
  webhook_id       uuid PRIMARY KEY,
  url              text NOT NULL,
  types            text[] CHECK (cardinality(types) > 0),
  event_id         text COLLATE "C",
  description      text,
  status           text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
  disabled_reason  text CHECK (disabled_reason IN ('requested', 'gone', 'failing')),
  disabled_at      timestamptz,
  secret           text NOT NULL,
  old_secret       text,
  old_secret_until timestamptz,
  position         bigint NOT NULL CHECK (position >= 0),
  failing_since    timestamptz,
  held_until       timestamptz,
  leased_by        uuid,
  leased_until     timestamptz,
  created_at       timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
  created_by       text COLLATE "C" NOT NULL,
  updated_at       timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
  revision         bigint NOT NULL DEFAULT nextval('webhooks.subscription_revision'),
  CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL AND disabled_at IS NOT NULL)),
  CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX subscriptions_by_age ON webhooks.subscriptions (created_at, webhook_id);

COMMENT ON TABLE webhooks.subscriptions IS 'One row for each receiver, and where it stands in the log.';
COMMENT ON COLUMN webhooks.subscriptions.webhook_id IS 'UUID v7.';
COMMENT ON COLUMN webhooks.subscriptions.url IS 'Where the receiver listens.';
COMMENT ON COLUMN webhooks.subscriptions.types IS 'The types of domain event that it is told; null: all of them.';
COMMENT ON COLUMN webhooks.subscriptions.event_id IS 'The only event that it is told of; null: every event.';
COMMENT ON COLUMN webhooks.subscriptions.description IS 'What whoever made it says of it.';
COMMENT ON COLUMN webhooks.subscriptions.status IS 'Whether it is told anything now.';
COMMENT ON COLUMN webhooks.subscriptions.disabled_reason IS
  'requested: somebody said so; gone: the receiver answered 410; failing: everything failed for too long.';
COMMENT ON COLUMN webhooks.subscriptions.disabled_at IS 'Since when it is told nothing, by the database''s clock.';
COMMENT ON COLUMN webhooks.subscriptions.secret IS
  'A secret that messages are signed with: encrypted under WEBHOOKS_KEY (aes256gcm:…), or, where that is unset, as it is (plain:…).';
COMMENT ON COLUMN webhooks.subscriptions.old_secret IS 'The secret before, which signs too for a while; kept in the same way.';
COMMENT ON COLUMN webhooks.subscriptions.old_secret_until IS 'Until when it signs.';
COMMENT ON COLUMN webhooks.subscriptions.position IS
  'Every record of the log up to here that it should be told has a row in webhooks.deliveries.';
COMMENT ON COLUMN webhooks.subscriptions.failing_since IS 'The first failure since the last success; null after a success.';
COMMENT ON COLUMN webhooks.subscriptions.held_until IS 'The receiver asked to be left alone until then (Retry-After).';
COMMENT ON COLUMN webhooks.subscriptions.leased_by IS 'The process that delivers; null: none.';
COMMENT ON COLUMN webhooks.subscriptions.leased_until IS 'From then on another process may.';
COMMENT ON COLUMN webhooks.subscriptions.created_at IS 'When it was made, by the database''s clock.';
COMMENT ON COLUMN webhooks.subscriptions.created_by IS 'Who made it.';
COMMENT ON COLUMN webhooks.subscriptions.updated_at IS 'When somebody last changed it.';
COMMENT ON COLUMN webhooks.subscriptions.revision IS 'Another one for each change that somebody made; never used again.';

CREATE TABLE webhooks.deliveries (
  webhook_id   uuid NOT NULL REFERENCES webhooks.subscriptions ON DELETE CASCADE,
  position     bigint NOT NULL,
  message_id   uuid NOT NULL,
  event_id     text COLLATE "C" NOT NULL,
  revision     bigint NOT NULL,
  type         text COLLATE "C" NOT NULL,
  status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'given-up')),
  attempts     integer NOT NULL DEFAULT 0,
  replays      integer NOT NULL DEFAULT 0,
  next_at      timestamptz DEFAULT now(),
  first_at     timestamptz,
  attempted_at timestamptz,
  last_status  integer,
  last_error   text,
  duration_ms  integer,
  PRIMARY KEY (webhook_id, position),
  CHECK ((status = 'pending') = (next_at IS NOT NULL))
);
CREATE INDEX deliveries_pending ON webhooks.deliveries (webhook_id, event_id, position) WHERE status = 'pending';
CREATE INDEX deliveries_by_message ON webhooks.deliveries (webhook_id, message_id);
CREATE INDEX deliveries_done ON webhooks.deliveries (attempted_at) WHERE status <> 'pending';

COMMENT ON TABLE webhooks.deliveries IS
  'One row for each message of a subscription: to be sent, or what became of it. Those that ended are kept for a while.';
COMMENT ON COLUMN webhooks.deliveries.webhook_id IS 'The subscription.';
COMMENT ON COLUMN webhooks.deliveries.position IS 'Of the record in the log.';
COMMENT ON COLUMN webhooks.deliveries.message_id IS 'The record''s id, which is the message''s too.';
COMMENT ON COLUMN webhooks.deliveries.event_id IS 'Of which event: messages of one event go out in their order.';
COMMENT ON COLUMN webhooks.deliveries.revision IS 'Of the record in its stream.';
COMMENT ON COLUMN webhooks.deliveries.type IS 'Of the domain event.';
COMMENT ON COLUMN webhooks.deliveries.status IS 'pending: to be sent; delivered: answered with 2xx; given-up: not sent any more.';
COMMENT ON COLUMN webhooks.deliveries.attempts IS 'How often it was sent, since the last replay.';
COMMENT ON COLUMN webhooks.deliveries.replays IS 'How often somebody asked for it again.';
COMMENT ON COLUMN webhooks.deliveries.next_at IS 'When it may be sent; null once it has ended.';
COMMENT ON COLUMN webhooks.deliveries.first_at IS 'The first attempt, since the last replay.';
COMMENT ON COLUMN webhooks.deliveries.attempted_at IS 'The last attempt.';
COMMENT ON COLUMN webhooks.deliveries.last_status IS 'The HTTP status of the last answer; null when there was none.';
COMMENT ON COLUMN webhooks.deliveries.last_error IS 'Why the last attempt failed, as a code; null when it did not.';
COMMENT ON COLUMN webhooks.deliveries.duration_ms IS 'How long the last attempt took.';
