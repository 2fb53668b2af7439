"""Long lists in parts: a cursor is the place of the last node told, whatever became of it since.

A list has an order in which every node has one place, by what is told of it. The next part begins
after the cursor's place, so that nothing is told twice or left out because other nodes came, went
or moved meanwhile; nor where the last one told is gone itself.

What the place follows from has the node's name, so a cursor is sealed under the vault's key, for
that list and no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from vault_core.errors import BadRequest, CorruptCiphertext
from vault_core.rest.call import Call
from vault_core.rest.shapes import PageQuery
from vault_core.vault.nodes.node import Node
from vault_core.vault.nodes.ordering import plain

T = TypeVar("T")
Place = tuple[Any, ...]
_OWN: Final = frozenset({"cursor", "limit"})
"""Parameters that choose a part of a list, and not the list."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A node as it was when it was told: what its place in any list follows from."""

    id: str
    name: str
    is_folder: bool
    size: int
    media_type: str
    modified_at: int
    origin: int | None
    """When it was delivered; None for its owner's own."""
    trashed_at: int | None


def by_name(mark: Mark) -> Place:
    """Folders first, then by name."""
    return not mark.is_folder, plain(mark.name), mark.id


def newest_delivered(mark: Mark) -> Place:
    """The newest delivery first."""
    return -(mark.origin or 0), plain(mark.name), mark.id


def newest_deleted(mark: Mark) -> Place:
    """What was deleted last, first."""
    return -(mark.trashed_at or 0), mark.id


def page(
    call: Call, query: PageQuery, found: Sequence[T], node_of: Callable[[T], Node],
    place: Callable[[Mark], Place],
) -> tuple[Sequence[T], str | None]:  # fmt: skip
    """Part of a list that is in the order of `place`, and the cursor of the next part.

    Raises BadRequest for a cursor that is none of this list.
    """
    start = 0
    if query.cursor:
        last = place(_opened(call, query.cursor))
        start = bisect_right(found, last, key=lambda one: place(_mark(node_of(one))))
    part = found[start : start + query.limit]
    if not part or start + len(part) >= len(found):
        return part, None
    return part, _sealed(call, _mark(node_of(part[-1])))


def _mark(node: Node) -> Mark:
    return Mark(
        node.id.hex(), node.name, node.is_folder, node.size, node.media_type, node.modified_at,
        node.origin.delivered_at if node.origin else None, node.trashed_at,
    )  # fmt: skip


def _sealed(call: Call, mark: Mark) -> str:
    opened = call.vault.opened
    told = json.dumps(astuple(mark), ensure_ascii=False, separators=(",", ":")).encode()
    sealed = opened.keyring.seal(_list(call), told, opened.services.random)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _opened(call: Call, cursor: str) -> Mark:
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        return Mark(*json.loads(call.vault.opened.keyring.open(_list(call), sealed)))
    except (binascii.Error, ValueError, CorruptCiphertext):
        raise BadRequest("The cursor is none that this server gave for this list.") from None


def _list(call: Call) -> bytes:
    """Which list it is: the address and what was asked for, but for the part."""
    request = call.request
    asked = sorted((name, value) for name, value in request.query.items() if name not in _OWN)
    told = f"{request.path}?{urlencode(asked)}"
    return b"cursor" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
