"""Persons: the register of whose vaults there are, and what becomes of an account, to its end."""
