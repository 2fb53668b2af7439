"""The catalog in SQLite: one file, one writing thread that groups changes."""
