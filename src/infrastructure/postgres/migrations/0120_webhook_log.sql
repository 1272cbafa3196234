-- expands: whoever does not know the column goes on as before
-- A place in the log says nothing in another log: after a move, a replay must not compare the two.

ALTER TABLE webhooks.subscriptions ADD COLUMN log_id text;
COMMENT ON COLUMN webhooks.subscriptions.log_id IS
  'The log that the position is of, as far as is known; null: nothing was taken from it since this is kept.';
