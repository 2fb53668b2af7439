"""Issuers' own programs: the tokens and keys by which they are known."""
