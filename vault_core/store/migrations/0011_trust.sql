-- Vaults entrusted to other persons, and who of them asked to help an owner back in.

CREATE TABLE trusted (
  slot       BLOB PRIMARY KEY,     -- the key slot, an age file to the other person's vault
  vault      BLOB NOT NULL,
  person     BLOB NOT NULL,        -- who opens it
  kind       TEXT NOT NULL,        -- contact, guardian
  until      BIGINT,               -- when a guardian's part ends
  created_at BIGINT NOT NULL
);
CREATE INDEX trusted_by_vault ON trusted (vault);
CREATE INDEX trusted_by_person ON trusted (person);
CREATE INDEX trusted_by_end ON trusted (until) WHERE until IS NOT NULL;

ALTER TABLE recoveries ADD COLUMN asker BLOB;  -- the contact who asked; NULL: the institution
