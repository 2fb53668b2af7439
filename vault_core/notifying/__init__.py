"""Telling persons by mail and feed, and the institution's programs by webhooks. Never content."""
