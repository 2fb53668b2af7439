-- Public keys that issuers' programs sign their requests with (RFC 9421), and which signatures came.

CREATE TABLE request_keys (
  id         TEXT PRIMARY KEY,     -- thumbprint of the public key (RFC 7638): the signature's keyid
  issuer     TEXT NOT NULL,
  label      TEXT NOT NULL,        -- which program, as who registered it calls it
  public_key BLOB NOT NULL,        -- SubjectPublicKeyInfo, DER
  writes     SMALLINT NOT NULL,    -- whether it may hand files in, or only look
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,               -- it stays, so that nobody registers it again
  used_at    BIGINT                -- when a request signed with it came last
);

CREATE TABLE request_nonces (      -- a signature is good once, in whichever process it comes
  request_key TEXT NOT NULL,
  nonce       BLOB NOT NULL,       -- SHA-256
  expires_at  BIGINT NOT NULL,     -- then the signature itself is too old
  PRIMARY KEY (request_key, nonce)
);
CREATE INDEX request_nonces_expire ON request_nonces (expires_at);
