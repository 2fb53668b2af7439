"""An identity in several hands: SLIP-39 shares, of which some together give it back.

By Trezor's shamir-mnemonic. A share is some 35 English words with a checksum, made to be read out
and written on paper; fewer than needed say nothing about the identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vault_core.crypto.keys import Identity, identity_of
from vault_core.errors import BadRequest, MalformedAge

_KINDS: Final = {"x25519": b"\0\x01", "mlkem768x25519": b"\0\x02"}
"""Two bytes before the secret, for SLIP-39 takes an even number of bytes."""


def split(identity: Identity, needed: int, count: int) -> list[str]:
    """`count` shares, of which any `needed` give the identity back."""
    from shamir_mnemonic import generate_mnemonics

    secret = _KINDS[identity.kind] + identity.secret
    [shares] = generate_mnemonics(1, [(needed, count)], secret)
    return [str(share) for share in shares]


def combine(shares: Sequence[str]) -> Identity:
    """The identity again. Raises BadRequest if they are too few, damaged, or not of one key."""
    from shamir_mnemonic import MnemonicError, combine_mnemonics

    try:
        secret = combine_mnemonics([" ".join(share.lower().split()) for share in shares])
    except MnemonicError:  # its message quotes words of them
        raise BadRequest(
            "These shares do not go together: they are too few, mistyped, or of different keys."
        ) from None
    for kind, head in _KINDS.items():
        if secret[:2] == head:
            try:
                return identity_of(kind, secret[2:])
            except MalformedAge:
                break
    raise BadRequest("These shares are of something else than an escrow key.")
