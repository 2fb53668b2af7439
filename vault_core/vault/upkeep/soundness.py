"""What can be said of a vault's tree and its blobs without opening anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vault_core.api import Buffer
from vault_core.crypto.header import parse_header
from vault_core.crypto.stream import PAYLOAD_NONCE_SIZE, plain_size
from vault_core.errors import CorruptCiphertext, MalformedAge
from vault_core.store.ids import ROOT, NodeId


def blob_fault(start: Buffer, size: int) -> str | None:
    """What is wrong with an age file of `size` bytes that begins like this; None if nothing."""
    try:
        _plain(start, size)
    except MalformedAge:
        return "is no age file: its header was altered"
    except CorruptCiphertext:
        return f"was cut: no age file with this header has {size} bytes"
    return None


def plain_bytes(start: Buffer, size: int) -> int | None:
    """How many bytes of plaintext such an age file holds; None if it is none."""
    try:
        return _plain(start, size)
    except (MalformedAge, CorruptCiphertext):
        return None


def _plain(start: Buffer, size: int) -> int:
    return plain_size(size - parse_header(start).size - PAYLOAD_NONCE_SIZE)


def circling(parents: Mapping[NodeId, NodeId]) -> list[NodeId]:
    """Nodes from which the way up, node to parent, never ends: no listing shows them."""
    ends: dict[NodeId, bool] = {ROOT: True}
    for start in parents:
        way: dict[NodeId, None] = {}
        current: NodeId | None = start
        while current is not None and current not in ends and current not in way:
            way[current] = None
            current = parents.get(current)
        fine = current not in way and (current is None or ends.get(current, True))
        ends.update(dict.fromkeys(way, fine))
    return sorted(node for node, fine in ends.items() if not fine)


def short(ids: Iterable[bytes], most: int = 3) -> str:
    """A few ids for a sentence, and how many more there are."""
    all_ = list(ids)
    named = ", ".join(one.hex() for one in all_[:most])
    return f"{named} and {len(all_) - most} more" if len(all_) > most else named
