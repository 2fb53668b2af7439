"""age files, key slots and sealed metadata: pure functions, no I/O, no clock."""
