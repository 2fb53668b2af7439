"""Parchemin: an encrypted vault for each person, into which issuers deliver."""

__version__ = "0.1.0"
