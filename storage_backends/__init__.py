"""Blob stores that Parchemin ships: each is one `BlobStore`, registered like any plugin."""
