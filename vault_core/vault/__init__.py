"""One person's vault: open, list, read, write, move, versions, trash, quota, locks, journal."""
