"""What all backends share: the check of a key, and of the options of `[storage.<name>]`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from vault_core.errors import SettingsError

_KEY = re.compile(r"[0-9a-f]{32}")
_SECRET = re.compile("secret|password")
"""Options whose value no message repeats."""


def is_key(name: str) -> bool:
    """Whether the name is 32 lower-case hexadecimal digits."""
    return _KEY.fullmatch(name) is not None


def checked_key(key: str) -> str:
    """The key itself. Raises ValueError if it is not one: then it could be a path."""
    if not is_key(key):
        raise ValueError("A blob's key is 32 lower-case hexadecimal digits.")
    return key


def refuse_unknown(section: str, options: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises SettingsError, naming the first option that is not in `known`."""
    for name in options:
        if name not in known:
            raise SettingsError(
                f"storage.{section}.{name} is not a setting; known are {', '.join(sorted(known))}."
            )


def text(section: str, options: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text option. Raises SettingsError if it is missing without a default, or no text."""
    value = options.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        shown = "" if _SECRET.search(name) else f" is {value!r};"
        raise SettingsError(f"storage.{section}.{name}{shown or ':'} it must be a text.")
    return value


def number(section: str, options: Mapping[str, Any], name: str, default: float) -> float:
    """A positive number. Raises SettingsError if it is none."""
    value = options.get(name, default)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise SettingsError(
            f"storage.{section}.{name} is {options.get(name)!r}; it must be a number above 0."
        )
    return float(value)
