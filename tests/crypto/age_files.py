"""Material for the tests of age: fixed keys, a deterministic `random`, one fault at a time."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from itertools import count

from vault_core.crypto import bech32
from vault_core.crypto.header import Stanza, encode_base64
from vault_core.crypto.hybrid import HybridIdentity
from vault_core.crypto.x25519 import X25519Identity

CLASSIC = X25519Identity(bytes(range(32)))
HYBRID = HybridIdentity(bytes(range(32, 64)))
TAGGED = bech32.encode(
    "age1tag", bytes.fromhex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
)
"""A recipient of age 1.3 for a P-256 key in hardware: here, the curve's generator."""
FILE_KEY = bytes(range(16))
CHUNK = 64 * 1024


def seeded(seed: int) -> Callable[[int], bytes]:
    """A `random` that gives the same bytes for the same seed."""
    number = count()

    def random(size: int) -> bytes:
        return hashlib.shake_256(f"{seed}/{next(number)}".encode()).digest(size)

    return random


def text_of(size: int) -> bytes:
    """`size` bytes in which no two chunks are alike."""
    return hashlib.shake_256(b"content").digest(size)


def grease(body: bytes, *arguments: str) -> Stanza:
    """A stanza of a kind that nobody knows."""
    return Stanza(arguments or ("grease",), body)


def loose_bits(text: str) -> str:
    """Unpadded base64 of the same bytes that is not canonical: unused bits are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    changed = text[:-1] + alphabet[alphabet.index(text[-1]) | 1]
    assert changed != text
    padding = "=" * (-len(text) % 4)
    assert base64.b64decode(changed + padding) == base64.b64decode(text + padding)
    return changed


def share(size: int = 32) -> str:
    """A usable X25519 share, or one of another size."""
    return encode_base64(CLASSIC.recipient.public.ljust(size, b"\x07")[:size])
