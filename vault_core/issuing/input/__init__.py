"""Issuers' files as they come in: in any encoding and order of columns, or PDFs with an index."""
