"""Qualified names as one string: `{namespace}local`, after James Clark."""

from __future__ import annotations

from typing import Final

DAV: Final = "DAV:"
MICROSOFT: Final = "urn:schemas-microsoft-com:"


def split(name: str) -> tuple[str, str]:
    """Namespace and local name; the namespace is "" for none."""
    namespace, _, local = name[1:].partition("}")
    return namespace, local


def dav(local: str) -> str:
    """The name of that local part in the namespace `DAV:`."""
    return f"{{{DAV}}}{local}"
