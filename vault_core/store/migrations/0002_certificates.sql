-- Certificates, as far as their issuer keeps them. What they say is sealed under the verification
-- code, which is not stored; their type under the institution's key. Ids are UUIDs of 16 bytes.

CREATE TABLE institution_secrets (  -- such as the key of the test authority
  name   TEXT PRIMARY KEY,
  sealed BLOB NOT NULL              -- under the institution's key
);

CREATE TABLE issuer_keys (
  issuer TEXT PRIMARY KEY,
  sealed BLOB NOT NULL,             -- all generations, under the institution's key
  urls   TEXT NOT NULL              -- public addresses it ever had, one a line, the present one last
);

CREATE TABLE status_lists (
  issuer  TEXT NOT NULL,
  number  BIGINT NOT NULL,
  used    BIGINT NOT NULL,          -- places handed out
  version BIGINT NOT NULL,          -- grows with every change of a state
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, number)
);

CREATE TABLE certificates (
  id            BLOB PRIMARY KEY,
  issuer        TEXT NOT NULL,
  vault         BLOB NOT NULL,
  list          BIGINT NOT NULL,
  place         BIGINT NOT NULL,    -- random, so that neighbours say nothing of one another
  record_index  BLOB NOT NULL,      -- HMAC of issuer, type and record key: finds the predecessor
  content_index BLOB NOT NULL,      -- HMAC of the whole record: tells a correction from a repetition
  code_index    BLOB NOT NULL UNIQUE,
  about         BLOB NOT NULL,      -- the type, sealed under the institution's key
  sealed        BLOB NOT NULL,      -- the credential, sealed under the code
  state         TEXT NOT NULL,      -- valid, replaced, revoked
  created_at    BIGINT NOT NULL,
  ended_at      BIGINT,             -- when it was replaced or revoked
  reason        TEXT,               -- why it was revoked: a code word
  replaced_by   BLOB,
  UNIQUE (issuer, list, place)
);
CREATE UNIQUE INDEX certificates_newest ON certificates (record_index) WHERE replaced_by IS NULL;
CREATE INDEX certificates_ended ON certificates (issuer, list) WHERE state <> 'valid';
CREATE INDEX certificates_by_vault ON certificates (vault, created_at);

CREATE TABLE certificate_checks (   -- who looked is not kept: only when, how and how often
  certificate BLOB NOT NULL,
  day         BIGINT NOT NULL,      -- days since the epoch
  way         TEXT NOT NULL,        -- code or file
  times       BIGINT NOT NULL,
  last_at     BIGINT NOT NULL,
  PRIMARY KEY (certificate, day, way)
);

-- Which kind of document somebody received is nobody's business but theirs: it is in the envelope.
ALTER TABLE deliveries DROP COLUMN type;
