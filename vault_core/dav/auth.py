"""HTTP Basic (RFC 7617) with a username and an app password."""

from __future__ import annotations

import binascii

from vault_core.errors import AccessDenied

_MAX_LENGTH = 1024
"""Of the field; no username with an app password is longer."""


def credentials(field: str | None) -> tuple[str, str]:
    """Username and app password of an Authorization field.

    Raises AccessDenied if there is none, if it is of another scheme, or if it is malformed.
    """
    if field is None or len(field) > _MAX_LENGTH or field[:6].lower() != "basic ":
        raise AccessDenied
    try:
        pair = binascii.a2b_base64(field[6:].strip(), strict_mode=True).decode("utf-8")
    except ValueError:
        raise AccessDenied from None
    username, colon, password = pair.partition(":")
    if not colon or not username or not password:
        raise AccessDenied
    return username, password
