"""What a row must hold before anybody goes by it: disks alter bits, and no database notices.

What is sealed or chained is proved where it is opened; this is about plain words and times.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from vault_core.errors import CorruptCiphertext
from vault_core.store.catalog import Row

T = TypeVar("T")

LATEST: Final = 253_402_214_400_000
"""The last day of the year 9999, in milliseconds since the epoch: no calendar goes further."""

DAMAGED: Final = "damaged"
"""The verb of a line of a journal that nobody can read any more."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row by which nobody may go: all that is known of it is its key."""

    key: Row

    @property
    def made_at(self) -> int:
        """When it was made (ms since the epoch), as the id says that its key begins with."""
        return min(int.from_bytes(self.key[0][:6], "big"), LATEST - 1)


def each(make: Callable[..., T], rows: Iterable[Row], key: int = 1) -> list[T | Damaged]:
    """What `make` makes of each row; a damaged one is marked alone, and keeps no other back.

    The first `key` columns are the row's key.
    """
    return [_one(make, row, key) for row in rows]


def _one(make: Callable[..., T], row: Row, key: int) -> T | Damaged:
    try:
        return make(*row)
    except CorruptCiphertext:
        return Damaged(row[:key])


def words(given: Mapping[str, tuple[str, ...]]) -> None:
    """Raises CorruptCiphertext unless each key is one of its words."""
    if not all(word in known for word, known in given.items()):
        raise _altered()


def times(*given: int | None) -> None:
    """Raises CorruptCiphertext unless all are None or times of a calendar."""
    if not all(at is None or 0 <= at < LATEST for at in given):
        raise _altered()


def moment(milliseconds: int) -> dt.datetime:
    """A time of the catalog; what a damaged row has of one beyond the calendar is its last day."""
    return dt.datetime.fromtimestamp(min(max(milliseconds, 0), LATEST) / 1000, dt.UTC)


def places(end: int, *given: int) -> None:
    """Raises CorruptCiphertext unless all are from 0 to before `end`."""
    if not all(0 <= place < end for place in given):
        raise _altered()


def members(text: str) -> dict[str, Any]:
    """The members of an object in JSON. Raises CorruptCiphertext if it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        raise _altered() from None
    if not isinstance(found, dict):
        raise _altered()
    return found


def _altered() -> CorruptCiphertext:
    return CorruptCiphertext(
        "A row of the catalog was altered: run 'parchemin check', then restore a backup."
    )
