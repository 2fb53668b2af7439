"""PDF files of the kind that is issued here: read safely, and written on by incremental updates."""
