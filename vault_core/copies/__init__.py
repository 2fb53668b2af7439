"""Copies of an institution: backups, what is rebuilt from them, and moves to other engines.

Works on rows and ciphertext only; no person's key is ever needed.
"""
