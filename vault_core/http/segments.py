"""Segments of a URL's path, decoded once and strictly."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from vault_core.errors import BadRequest

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})").search


def decoded(segment: str) -> str:
    """The text of one segment. Raises BadRequest for a broken escape, or what is not UTF-8."""
    if _BROKEN_ESCAPE(segment):
        raise BadRequest("The address has a '%' that two hexadecimal digits do not follow.")
    try:
        return unquote_to_bytes(segment.encode("utf-8", "surrogateescape")).decode("utf-8")
    except UnicodeError:
        raise BadRequest("The address is not percent-encoded UTF-8.") from None
