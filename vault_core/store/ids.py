"""Identifiers of rows: 16 bytes, the first six a time, so that new rows lie side by side."""

from __future__ import annotations

from typing import NewType

from vault_core.api import Random

VaultId = NewType("VaultId", bytes)
NodeId = NewType("NodeId", bytes)
SlotId = NewType("SlotId", bytes)
BlobId = NewType("BlobId", bytes)

ROOT = NodeId(bytes(16))


def new_id(now: float, random: Random) -> bytes:
    """16 bytes: `now` (epoch s) in milliseconds, 48 bits big-endian, then 80 random bits."""
    return int(now * 1000).to_bytes(6, "big") + random(10)


def milliseconds(now: float) -> int:
    """Epoch seconds as the catalog stores times."""
    return int(now * 1000)
