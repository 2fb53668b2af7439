"""What HTTP says, for all who speak it here: conditions, dates, ranges, streams."""
