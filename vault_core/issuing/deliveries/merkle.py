"""Merkle trees as RFC 6962 section 2.1 has them: root, inclusion proof, and checking it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """MTH({d}) = SHA-256(0x00 || d)."""
    return hashlib.sha256(b"\x00" + data).digest()


def parent(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by leaves' hashes and forgets them: memory for its height only."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[tuple[int, bytes]] = []  # heights fall from left to right

    def add(self, value: bytes) -> None:
        """The next leaf's hash."""
        height = 0
        while self._full and self._full[-1][0] == height:
            value = parent(self._full.pop()[1], value)
            height += 1
        self._full.append((height, value))
        self.size += 1

    @property
    def root(self) -> bytes:
        """The hash of all leaves so far."""
        if not self._full:
            return EMPTY
        top = self._full[-1][1]
        for _, value in reversed(self._full[:-1]):
            top = parent(value, top)
        return top


def root(leaves: Iterable[bytes]) -> bytes:
    """The tree's hash from its leaves' hashes, in their order."""
    tree = Tree()
    for value in leaves:
        tree.add(value)
    return tree.root


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1: the sisters on the way from leaf `index` to the root."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path(leaves[:split], index), root(leaves[split:])]
    return [*path(leaves[split:], index - split), root(leaves[:split])]


def includes(top: bytes, size: int, index: int, value: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof leads from the leaf's hash to the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last = index, size - 1
    for sister in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            value = parent(sister, value)
            while number & 1 == 0 and number:
                number, last = number >> 1, last >> 1
        else:
            value = parent(value, sister)
        number, last = number >> 1, last >> 1
    return last == 0 and hmac.compare_digest(value, top)
