-- Batches: an issuer's file on its way into vaults, as parts that any process may take. What the
-- file says is sealed under the institution's key, and removed part by part as it is delivered.

CREATE TABLE batches (
  id         BLOB PRIMARY KEY,
  issuer     TEXT NOT NULL,
  way        TEXT NOT NULL,        -- how it came in: command, folder, api, page
  state      TEXT NOT NULL,        -- held, open, paused, cancelled, done
  digest     BLOB NOT NULL,        -- HMAC of the type and the input's SHA-256: a repeated file
  request    BLOB UNIQUE,          -- HMAC of the issuer and its idempotency key
  sealed     BLOB NOT NULL,        -- type, file name, SHA-256, warnings
  read_until BIGINT,               -- while somebody reads the input: when to take them for dead
  read_at    BIGINT,               -- when all of it was read
  lines      BIGINT NOT NULL,      -- rows read so far
  delivered  BIGINT NOT NULL,
  corrected  BIGINT NOT NULL,
  already    BIGINT NOT NULL,      -- delivered before, by this batch or another one
  review     BIGINT NOT NULL,      -- a person has to say whom they are about
  refused    BIGINT NOT NULL,
  opened     BIGINT NOT NULL,      -- vaults that were made for it
  created_at BIGINT NOT NULL,
  ended_at   BIGINT                -- when it was done or cancelled
);
CREATE INDEX batches_by_digest ON batches (digest);
CREATE INDEX batches_unfinished ON batches (created_at) WHERE ended_at IS NULL;

CREATE TABLE batch_parts (
  batch  BLOB NOT NULL,
  number BIGINT NOT NULL,
  sealed BLOB NOT NULL,            -- rows of the input; empty once they are delivered
  owner  BLOB,                     -- machine and process that work on it
  until  BIGINT,                   -- when to take them for dead
  done   SMALLINT NOT NULL,
  PRIMARY KEY (batch, number)
);
CREATE INDEX batch_parts_left ON batch_parts (batch, number) WHERE done = 0;

CREATE TABLE batch_receipts (      -- who was delivered what, without content
  batch       BLOB NOT NULL,
  line        BIGINT NOT NULL,     -- of the input, from 1
  fate        TEXT NOT NULL,       -- delivered, corrected
  certificate BLOB NOT NULL,
  vault       BLOB NOT NULL,
  hash        BLOB NOT NULL,       -- SHA-256 of the document
  at          BIGINT NOT NULL,
  PRIMARY KEY (batch, line)
);
CREATE INDEX batch_receipts_by_certificate ON batch_receipts (certificate);

CREATE TABLE batch_faults (        -- rows that were refused
  batch  BLOB NOT NULL,
  line   BIGINT NOT NULL,
  sealed BLOB NOT NULL,            -- the reasons, which quote the row
  PRIMARY KEY (batch, line)
);

CREATE TABLE reviews (             -- rows about somebody doubtful or unknown
  batch      BLOB NOT NULL,
  line       BIGINT NOT NULL,
  verdict    TEXT NOT NULL,        -- doubtful, unknown
  sealed     BLOB NOT NULL,        -- the row, the candidates and the reasons; empty once decided
  state      TEXT NOT NULL,        -- open, accepted, refused
  decided_by TEXT,
  decided_at BIGINT,
  PRIMARY KEY (batch, line)
);
CREATE INDEX reviews_open ON reviews (batch, line) WHERE state = 'open';

CREATE TABLE person_keys (         -- HMACs under the institution's key that find who may be meant
  person BLOB NOT NULL,
  key    BLOB NOT NULL,
  PRIMARY KEY (person, key)
);
CREATE INDEX person_keys_by_key ON person_keys (key);

CREATE TABLE letters (             -- activation codes that wait to be printed
  person     BLOB PRIMARY KEY,
  batch      BLOB NOT NULL,
  sealed     BLOB NOT NULL,        -- an age file to the office's own recipient
  created_at BIGINT NOT NULL
);
CREATE INDEX letters_by_batch ON letters (batch);

ALTER TABLE certificates ADD COLUMN lost_at BIGINT;  -- its vault was emptied: nobody can open it
