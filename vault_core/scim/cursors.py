"""Places in the list of accounts, as a client hands them back (RFC 9865).

A place is the username of the last account told: it stays good for ever, whoever came or left. It
is written in the unreserved characters of addresses, and no secret: who asks reads all usernames.
"""

from __future__ import annotations

import base64
from typing import Final

from vault_core.scim.errors import ScimError

_LONGEST: Final = 1000


def after(username: str) -> str:
    """The cursor of what follows that account."""
    return base64.urlsafe_b64encode(username.encode()).decode().rstrip("=")


def opened(cursor: str) -> str:
    """The username that a cursor stands for; "" at the beginning. Raises ScimError."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        padded = cursor + "=" * (-len(cursor) % 4)
        username = base64.b64decode(padded, b"-_", validate=True).decode()
        if "\0" in username:  # PostgreSQL has none in a text
            raise ValueError
    except ValueError:
        raise ScimError(
            "invalidCursor", "Send the nextCursor of the page before, or an empty cursor."
        ) from None
    return username
