-- Tokens of issuers' programs: they hand files in and follow them, and open no vault.

CREATE TABLE issuer_tokens (
  id         BLOB PRIMARY KEY,
  issuer     TEXT NOT NULL,
  label      TEXT NOT NULL,        -- which program, as who made it calls it
  lookup     BLOB NOT NULL UNIQUE, -- SHA-256 of the token
  writes     SMALLINT NOT NULL,    -- whether it may hand files in, or only look
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
