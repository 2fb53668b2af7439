"""What every kind of age key can do, and the kinds a vault may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from vault_core.api import Random
from vault_core.crypto import bech32, hybrid, x25519
from vault_core.crypto.header import Stanza
from vault_core.errors import MalformedAge

IdentityKind = Literal["mlkem768x25519", "x25519"]
SECRET_SIZE: Final = 32


class Recipient(Protocol):
    """A public key that files are encrypted to."""

    @property
    def kind(self) -> str:
        """`mlkem768x25519` or `x25519`."""
        ...

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The stanza that carries `file_key` (16 bytes) to this recipient, fresh every time."""
        ...

    def __str__(self) -> str:
        """`age1…` or `age1pq1…`, which `parse_recipient` reads."""
        ...


class Opener(Protocol):
    """What can open a header: an identity, or a passphrase."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if no stanza is for this one.

        Raises MalformedAge if a stanza of its own kind is malformed.
        """
        ...


class Identity(Opener, Protocol):
    """A private key. It never shows its secret in `repr`."""

    @property
    def kind(self) -> str:
        """`mlkem768x25519` or `x25519`."""
        ...

    @property
    def secret(self) -> bytes:
        """32 bytes."""
        ...

    @property
    def recipient(self) -> Recipient:
        """The public half."""
        ...

    def __str__(self) -> str:
        """`AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`, which `parse_identity` reads."""
        ...


def identity_of(kind: str, secret: bytes) -> Identity:
    """The identity of that kind and secret. Raises MalformedAge if there is no such one."""
    if kind == hybrid.KIND:
        return hybrid.parse_identity(secret)
    if kind == x25519.KIND:
        return x25519.parse_identity(secret)
    raise MalformedAge("The key is of an unknown kind.")


def generate_identity(kind: IdentityKind, random: Random) -> Identity:
    """A new identity from 32 bytes of `random`."""
    return identity_of(kind, random(SECRET_SIZE))


def parse_identity(text: str) -> Identity:
    """The identity written as text. Raises MalformedAge; the message never quotes the text."""
    prefix, data = bech32.decode(text)
    if prefix == hybrid.IDENTITY_PREFIX:
        return hybrid.parse_identity(data)
    if prefix == x25519.IDENTITY_PREFIX:
        return x25519.parse_identity(data)
    raise MalformedAge("The text is not an age identity (AGE-SECRET-KEY-…).")


def parse_recipient(text: str) -> Recipient:
    """The recipient written as text. Raises MalformedAge."""
    prefix, data = bech32.decode(text)
    if prefix == hybrid.RECIPIENT_PREFIX:
        return hybrid.parse_recipient(data)
    if prefix == x25519.RECIPIENT_PREFIX:
        return x25519.parse_recipient(data)
    if prefix.startswith("age1"):  # of a plugin, or tagged for a key in hardware
        raise MalformedAge(
            f"The text is an age recipient of the kind {prefix}1…, which is not known here: give"
            " one of the kind age1pq1…, or a plain age1…."
        )
    raise MalformedAge("The text is not an age recipient (age1…).")
