-- A node that is destroyed leaves no row to tell other processes so: they forget what they know of
-- a vault that purged something after they last looked.

ALTER TABLE vaults ADD COLUMN purged BIGINT NOT NULL DEFAULT 0;  -- version at the last destruction
