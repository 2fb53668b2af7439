"""Filters (RFC 7644 section 3.4.2.2), as far as one account is looked for: `userName eq "ada"`."""

from __future__ import annotations

import json
import re
from typing import Final, Literal

from vault_core.scim.errors import ScimError
from vault_core.scim.users import USER, is_storable

Attribute = Literal["username", "externalid", "id"]
_EQUALS: Final = re.compile(r'\s*(?P<name>[\w:.]+)\s+(?P<op>\w+)\s+(?P<value>"(?:[^"\\]|\\.)*")\s*')
_NAMES: Final[tuple[Attribute, ...]] = ("username", "externalid", "id")


def parsed(text: str) -> tuple[Attribute, str]:
    """The attribute and the value that it is to equal. Raises ScimError for any other filter."""
    match = _EQUALS.fullmatch(text) if len(text) <= 1000 else None
    if match is not None and match["op"].casefold() == "eq":
        wanted = match["name"].casefold().removeprefix(f"{USER.casefold()}:")
        for name in _NAMES:
            if name == wanted:
                try:
                    value = str(json.loads(match["value"]))
                except ValueError:
                    break
                if is_storable(value):
                    return name, value
    raise ScimError("invalidFilter", 'Only userName, externalId and id are filtered, by eq "…".')
