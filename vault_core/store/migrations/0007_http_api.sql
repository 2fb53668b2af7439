-- The HTTP API: creations that may be sent twice, and uploads that come in parts.

CREATE TABLE replies (             -- answers to requests that carried an Idempotency-Key
  vault       BLOB NOT NULL,
  request_key BLOB NOT NULL,       -- HMAC of the credential and the key that was sent
  fingerprint BLOB NOT NULL,       -- HMAC of what was asked
  answer      BLOB,                -- sealed under the vault's key; NULL while it is being made
  expires_at  BIGINT NOT NULL,
  PRIMARY KEY (vault, request_key)
);
CREATE INDEX replies_by_age ON replies (expires_at);

CREATE TABLE uploads (             -- documents on their way in, over several requests
  id         BLOB PRIMARY KEY,
  vault      BLOB NOT NULL,
  length     BIGINT NOT NULL,      -- bytes announced; they count as used until it is a document
  received   BIGINT NOT NULL,      -- bytes that are durable
  holder     BLOB NOT NULL,        -- who may append; whoever takes over writes its own
  sealed     BLOB NOT NULL,        -- place, name, type: under the vault's key
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  node       BLOB                  -- the document that it became
);
CREATE INDEX uploads_by_vault ON uploads (vault);
CREATE INDEX uploads_by_age ON uploads (expires_at);

CREATE TABLE upload_parts (        -- what came so far; each part is a blob with a key of its own
  upload BLOB NOT NULL,
  start  BIGINT NOT NULL,          -- offset of its first byte
  vault  BLOB NOT NULL,
  size   BIGINT NOT NULL,          -- bytes of plaintext
  blob   BLOB NOT NULL,
  sealed BLOB NOT NULL,            -- what opens the blob: under the vault's key
  PRIMARY KEY (upload, start)
);
CREATE INDEX upload_parts_by_blob ON upload_parts (blob);
