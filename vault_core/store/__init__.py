"""Rows and ciphertext: the catalog (SQL) and the blob stores. Never plaintext."""
