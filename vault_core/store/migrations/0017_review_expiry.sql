-- Rows that wait for a decision hold what an issuer says of somebody: they do not wait for ever.

ALTER TABLE reviews ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reviews ADD COLUMN warned_at BIGINT;  -- when the institution was told of their end
UPDATE reviews SET created_at = (SELECT b.created_at FROM batches b WHERE b.id = reviews.batch)
  WHERE EXISTS (SELECT 1 FROM batches b WHERE b.id = reviews.batch);
CREATE INDEX reviews_expire ON reviews (created_at) WHERE state = 'open';
