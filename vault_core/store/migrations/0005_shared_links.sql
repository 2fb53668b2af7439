-- Links for people without an account: shares, drop boxes, proofs of certificates. A link's secret
-- and PIN are not stored; what it opens is sealed under them, and under nothing else.

CREATE TABLE shared_links (
  id         BLOB PRIMARY KEY,
  vault      BLOB NOT NULL,
  kind       TEXT NOT NULL,        -- share, drop, proof
  node       BLOB NOT NULL,        -- what is shared or proved, or the folder for deposits
  lookup     BLOB NOT NULL UNIQUE, -- found by the secret
  parameters TEXT NOT NULL,        -- JSON of the key derivation; tells whether there is a PIN
  payload    BLOB NOT NULL,        -- what it opens, sealed under the link's key; empty once it ended
  sealed     BLOB NOT NULL,        -- secret, key and label for its owner, under the vault's key
  shown      BIGINT NOT NULL,      -- vaults.version that the payload shows
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  ended_at   BIGINT,               -- revoked, or guessed at too often
  most       BIGINT,               -- downloads, checks or deposits allowed; NULL: any number
  used       BIGINT NOT NULL,
  most_bytes BIGINT,               -- of all deposits together
  bytes      BIGINT NOT NULL,
  failures   BIGINT NOT NULL,      -- wrong PINs
  wait_until BIGINT NOT NULL       -- no PIN is looked at before
);
CREATE INDEX shared_links_by_vault ON shared_links (vault, created_at);

CREATE TABLE link_visits (         -- a link open in one browser for a while
  lookup     BLOB PRIMARY KEY,     -- found by the visit's token, which is not stored
  link       BLOB NOT NULL,
  wrapped    BLOB NOT NULL,        -- the link's key, under the token
  expires_at BIGINT NOT NULL
);
CREATE INDEX link_visits_by_link ON link_visits (link);
CREATE INDEX link_visits_by_age ON link_visits (expires_at);

CREATE TABLE link_uses (           -- what a visit took: taking it again is not counted again
  visit BLOB NOT NULL,
  what  BLOB NOT NULL,             -- a node's id
  PRIMARY KEY (visit, what)
);
