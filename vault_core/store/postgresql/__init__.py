"""The catalog in PostgreSQL: many machines share it."""
