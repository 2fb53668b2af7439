-- What is looked for by its time, or by its kind, is found without reading all there is.

CREATE INDEX deliveries_by_vault ON deliveries (vault, created_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX once_by_end ON once (expires_at);
CREATE INDEX guesses_by_end ON guesses (until);
CREATE INDEX batches_by_age ON batches (created_at, id);
CREATE INDEX acts_by_verb ON acts (verb, number);
CREATE INDEX outbox_by_age ON outbox (created_at, id);
CREATE INDEX outbox_failed ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX recoveries_waiting ON recoveries (ready_at)
  WHERE stopped_at IS NULL AND done_at IS NULL;
