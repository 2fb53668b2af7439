"""Certificates: what was issued, and checking them."""
