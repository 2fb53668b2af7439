-- What directories that push accounts call them.

CREATE TABLE provisioned (
  person     BLOB PRIMARY KEY,
  external   BLOB UNIQUE,          -- HMAC of the directory's own id
  sealed     BLOB NOT NULL,        -- that id, under the institution's key
  created_at BIGINT NOT NULL
);
