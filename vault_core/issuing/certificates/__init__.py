"""Certificates of this institution: made, registered, revoked, and checked for whoever asks."""
