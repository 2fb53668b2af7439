-- What the institution's staff does to accounts.

ALTER TABLE closings ADD COLUMN asked_by TEXT;  -- who of the institution asked; NULL: the owner
