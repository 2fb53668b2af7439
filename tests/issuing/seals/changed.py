"""What becomes of a sealed file of which one bit is another."""

from __future__ import annotations

from collections.abc import Iterable

from vault_core.errors import CertificateRefused
from vault_core.issuing.seals.pades import read_seal


def unnoticed(sealed: bytes, places: Iterable[int]) -> list[int]:
    """Those of the places at which a byte may be another one and the seal is still taken."""
    accepted = []
    for at in places:
        changed = bytearray(sealed)
        changed[at] ^= 1
        try:
            read_seal(bytes(changed))
        except CertificateRefused:
            continue
        accepted.append(at)
    return accepted
