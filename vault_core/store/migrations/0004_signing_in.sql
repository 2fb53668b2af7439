-- Signing in: roles, second factors, sessions, directories, and ways back. Secrets that must be
-- checked before a vault is open are sealed under the institution's key; none of them opens a vault.

ALTER TABLE persons ADD COLUMN suspended_at BIGINT;  -- no slot opens while this is set
ALTER TABLE persons ADD COLUMN left_at BIGINT;       -- left the institution; the vault is kept a while

CREATE TABLE roles (
  person     BLOB NOT NULL,
  role       TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (person, role)
);

CREATE TABLE acts (                -- what the institution's staff and programs did, chained by hash
  number  BIGINT PRIMARY KEY,      -- 1, 2, 3 … without gaps
  at      BIGINT NOT NULL,
  actor   TEXT NOT NULL,           -- the id of a person, or what acted: command, scim:<id>, server
  verb    TEXT NOT NULL,
  subject BLOB,                    -- the person it was done to
  detail  TEXT NOT NULL,           -- JSON: ids and counts, never a name
  hash    BLOB NOT NULL
);
CREATE INDEX acts_by_subject ON acts (subject);

CREATE TABLE factors (             -- what a person proves beside a password
  id         BLOB PRIMARY KEY,
  person     BLOB NOT NULL,
  kind       TEXT NOT NULL,        -- totp, passkey
  lookup     BLOB UNIQUE,          -- HMAC of a passkey's credential id
  sealed     BLOB NOT NULL,        -- secret or public key, and label
  counter    BIGINT NOT NULL,      -- last time step used, or the passkey's signature counter
  slot       BLOB,                 -- the key slot that a passkey opens
  created_at BIGINT NOT NULL,
  used_at    BIGINT
);
CREATE INDEX factors_by_person ON factors (person, kind);

CREATE TABLE sessions (            -- how a session slot came to be
  slot       BLOB PRIMARY KEY,
  vault      BLOB NOT NULL,
  way        TEXT NOT NULL,        -- password, code, passkey, or the provider's name
  proved_at  BIGINT NOT NULL,      -- when its owner last proved a secret of their own
  provider   TEXT,
  subject    BLOB,                 -- HMAC of issuer and sub, for back-channel logout
  sid        BLOB,                 -- HMAC of issuer and sid
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_vault ON sessions (vault);
CREATE INDEX sessions_by_subject ON sessions (subject) WHERE subject IS NOT NULL;

CREATE TABLE links (               -- whom a directory's identity stands for
  provider   TEXT NOT NULL,
  subject    BLOB NOT NULL,        -- HMAC of the stable claim
  person     BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  used_at    BIGINT,
  PRIMARY KEY (provider, subject)
);
CREATE INDEX links_by_person ON links (person);

CREATE TABLE once (                -- tickets that were used: none is accepted twice
  id         BLOB PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

CREATE TABLE guesses (             -- failed attempts at an account, whatever the address
  account BLOB PRIMARY KEY,        -- HMAC of what was typed as username
  until   BIGINT NOT NULL          -- when all of them are forgotten, ms
);

CREATE TABLE recoveries (          -- opening a vault for its owner by the institution's escrow
  id         BLOB PRIMARY KEY,
  vault      BLOB NOT NULL,
  way        TEXT NOT NULL,        -- escrow, contact
  asked_at   BIGINT NOT NULL,
  ready_at   BIGINT NOT NULL,      -- until then its owner can stop it
  stopped_at BIGINT,
  done_at    BIGINT
);
CREATE INDEX recoveries_by_vault ON recoveries (vault);

CREATE TABLE provisioners (        -- directories that may push accounts
  id         BLOB PRIMARY KEY,
  label      TEXT NOT NULL,
  lookup     BLOB NOT NULL UNIQUE, -- hash of the bearer token
  created_at BIGINT NOT NULL
);
