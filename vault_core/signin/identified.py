"""Whom a directory says somebody is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identified:
    """What every kind of directory gives."""

    provider: str
    """oidc, cas or ldap."""
    subject: str
    """The directory and a stable claim of it: what is linked, never an e-mail address."""
    sid: str
    """The directory's session, "" if it names none."""
    ine: str
