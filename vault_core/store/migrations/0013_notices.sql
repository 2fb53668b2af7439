-- Telling persons and the institution's programs that something happened. Nothing here says what a
-- document is, nor what it is called.

CREATE TABLE contacts (            -- where somebody wants to be told that something arrived
  person       BLOB PRIMARY KEY,
  sealed       BLOB NOT NULL,      -- the address, under the institution's key
  language     TEXT NOT NULL,
  confirmed_at BIGINT,             -- until then only the question whether it is theirs goes there
  stopped_at   BIGINT,             -- its owner wants no mail
  mailed_at    BIGINT NOT NULL     -- when the last notice was sent: the next one waits a day
);

CREATE TABLE notices (             -- what somebody with a contact is still to be told
  person    BLOB NOT NULL,
  issuer    TEXT NOT NULL,
  documents BIGINT NOT NULL,
  since     BIGINT NOT NULL,       -- when the first of them arrived
  PRIMARY KEY (person, issuer)
);
CREATE INDEX notices_by_age ON notices (since);

CREATE TABLE webhooks (            -- the institution's programs that are told of events
  id         BLOB PRIMARY KEY,
  sealed     BLOB NOT NULL,        -- address and secret, under the institution's key
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE events (              -- what webhooks are still to be told
  id      TEXT PRIMARY KEY,        -- the same for the same event, so that it is told once
  kind    TEXT NOT NULL,
  subject BLOB NOT NULL,           -- the batch
  at      BIGINT NOT NULL
);

CREATE TABLE outbox (              -- mails and calls on their way, until their receiver took them
  id         BLOB PRIMARY KEY,
  way        TEXT NOT NULL,        -- mail, webhook
  target     BLOB NOT NULL,        -- the person or the webhook
  sealed     BLOB NOT NULL,        -- what is sent, under the institution's key
  tries      BIGINT NOT NULL,
  next_at    BIGINT NOT NULL,
  until      BIGINT,               -- while somebody sends it: when to take them for dead
  failed_at  BIGINT,               -- when it was given up
  reason     TEXT NOT NULL,        -- why the last try failed
  created_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (next_at) WHERE failed_at IS NULL;
CREATE INDEX outbox_by_target ON outbox (target);

CREATE TABLE feeds (               -- a person's Atom feed: issuers and counts
  person     BLOB PRIMARY KEY,
  lookup     BLOB NOT NULL UNIQUE, -- SHA-256 of the token in its address
  created_at BIGINT NOT NULL
);
