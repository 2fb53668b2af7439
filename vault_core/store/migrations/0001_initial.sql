-- Persons, vaults and what lies in them. Ids are 16 random or time-ordered bytes; times are
-- integers, milliseconds since the epoch; `sealed` is ciphertext only the vault's key opens.

CREATE TABLE settings (            -- facts of the installation: its id, its format version
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE persons (
  id         BLOB PRIMARY KEY,     -- also the id of the person's vault
  username   TEXT NOT NULL UNIQUE, -- normalised: see vault/persons.py
  sealed     BLOB NOT NULL,        -- names, birth date, INE: sealed under the institution's key
  ine_index  BLOB UNIQUE,          -- HMAC of the INE under the institution's key
  name_index BLOB,                 -- HMAC of the normalised names and birth date
  created_at BIGINT NOT NULL
);
CREATE INDEX persons_by_name ON persons (name_index) WHERE name_index IS NOT NULL;

CREATE TABLE vaults (
  id           BLOB PRIMARY KEY,
  recipient    TEXT NOT NULL,      -- the public key that deliveries are sealed to
  quota        BIGINT NOT NULL,    -- bytes
  used         BIGINT NOT NULL,    -- bytes of plaintext: documents, versions and trash
  version      BIGINT NOT NULL,    -- grows with every change of anything in the vault
  guard        BIGINT NOT NULL,    -- version at the last change of a lock, a slot or a folder's place
  journal_head BLOB NOT NULL,      -- hash of the newest journal entry
  journal_size BIGINT NOT NULL,    -- how many entries there are
  created_at   BIGINT NOT NULL
);

CREATE TABLE slots (
  id         BLOB PRIMARY KEY,
  vault      BLOB NOT NULL REFERENCES vaults (id),
  kind       TEXT NOT NULL,
  lookup     BLOB UNIQUE,          -- found by the secret, for random secrets; NULL for passwords
  parameters TEXT NOT NULL,        -- JSON of the key derivation
  wrapped    BLOB NOT NULL,        -- the identity, wrapped
  sealed     BLOB NOT NULL,        -- label, sealed under the vault's key
  created_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX slots_by_vault ON slots (vault, kind);

CREATE TABLE nodes (
  vault       BLOB NOT NULL,
  id          BLOB NOT NULL,
  parent      BLOB NOT NULL,       -- 16 zero bytes: the vault's root
  name_index  BLOB NOT NULL,       -- HMAC of parent and name
  kind        SMALLINT NOT NULL,   -- 0 folder, 1 document
  size        BIGINT NOT NULL,     -- bytes of plaintext
  blob        BLOB,                -- NULL for folders and empty documents
  changed     BIGINT NOT NULL,     -- vaults.version at the last change
  created_at  BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  trashed_at  BIGINT,              -- set on the node that was deleted, not on what it holds
  sealed      BLOB NOT NULL,
  PRIMARY KEY (vault, id)
);
CREATE UNIQUE INDEX nodes_by_name ON nodes (vault, parent, name_index) WHERE trashed_at IS NULL;
CREATE INDEX nodes_by_change ON nodes (vault, changed);
CREATE INDEX nodes_by_blob ON nodes (blob) WHERE blob IS NOT NULL;
CREATE INDEX nodes_in_trash ON nodes (trashed_at) WHERE trashed_at IS NOT NULL;

CREATE TABLE versions (            -- earlier contents of a document
  vault      BLOB NOT NULL,
  node       BLOB NOT NULL,
  number     BIGINT NOT NULL,      -- vaults.version when it was replaced
  size       BIGINT NOT NULL,
  blob       BLOB,
  created_at BIGINT NOT NULL,      -- when it was replaced
  sealed     BLOB NOT NULL,
  PRIMARY KEY (vault, node, number)
);
CREATE INDEX versions_by_blob ON versions (blob) WHERE blob IS NOT NULL;
CREATE INDEX versions_by_age ON versions (created_at);

CREATE TABLE blobs (               -- age files; the small ones here, the others in the blob store
  id         BLOB PRIMARY KEY,
  vault      BLOB NOT NULL,
  size       BIGINT NOT NULL,      -- bytes of ciphertext
  data       BLOB,                 -- NULL: in the blob store
  created_at BIGINT NOT NULL
);

CREATE TABLE locks (               -- RFC 4918 section 6; on nodes, for names are sealed
  token      TEXT PRIMARY KEY,
  vault      BLOB NOT NULL,
  node       BLOB NOT NULL,
  shared     SMALLINT NOT NULL,
  infinite   SMALLINT NOT NULL,    -- depth infinity
  slot       BLOB NOT NULL,        -- the credential that made it
  expires_at BIGINT NOT NULL,
  sealed     BLOB NOT NULL         -- the owner element
);
CREATE INDEX locks_by_vault ON locks (vault);

CREATE TABLE deliveries (
  id          BLOB PRIMARY KEY,
  vault       BLOB NOT NULL,
  issuer      TEXT NOT NULL,
  type        TEXT NOT NULL,
  record_key  BLOB NOT NULL UNIQUE, -- HMAC of issuer, type, record key and content: once only
  size        BIGINT NOT NULL,
  blob        BLOB NOT NULL,
  envelope    BLOB,                -- metadata, an age file to the vault; NULL once it is a node
  created_at  BIGINT NOT NULL,
  accepted_at BIGINT
);
CREATE INDEX deliveries_waiting ON deliveries (vault) WHERE accepted_at IS NULL;
CREATE INDEX deliveries_by_blob ON deliveries (blob);

CREATE TABLE journal (
  vault  BLOB NOT NULL,
  number BIGINT NOT NULL,          -- 1, 2, 3 … without gaps
  at     BIGINT NOT NULL,
  verb   TEXT NOT NULL,
  node   BLOB,
  slot   BLOB,                     -- the credential that acted; NULL: the server or an issuer
  detail TEXT NOT NULL,            -- JSON: counts and ids, never a name
  hash   BLOB NOT NULL,            -- SHA-256 over the previous hash and this entry
  PRIMARY KEY (vault, number)
);
