-- Vaults whose owners asked to close them for good; until then nothing changes for them.

CREATE TABLE closings (
  vault    BLOB PRIMARY KEY,
  asked_at BIGINT NOT NULL,
  ends_at  BIGINT NOT NULL         -- from then on, maintenance destroys everything
);
CREATE INDEX closings_by_end ON closings (ends_at);
