-- The hourly round finds what has expired without reading everything that has not.

CREATE INDEX slots_by_expiry ON slots (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX shared_links_by_expiry ON shared_links (expires_at) WHERE expires_at IS NOT NULL;

-- The trash of one vault, without reading everybody's.
CREATE INDEX nodes_in_trash_of_vault ON nodes (vault, trashed_at) WHERE trashed_at IS NOT NULL;
