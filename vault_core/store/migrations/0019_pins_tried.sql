-- PINs of links that are being looked at.

ALTER TABLE shared_links ADD COLUMN trying BIGINT NOT NULL DEFAULT 0;  -- neither right nor wrong yet
