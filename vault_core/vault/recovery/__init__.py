"""Helping owners back in: by a contact, by the institution, or by a new activation code."""
