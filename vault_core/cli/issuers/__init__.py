"""Issuers: what they deliver, the keys that seal it, and how their programs come in."""
