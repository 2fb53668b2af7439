"""Where a certificate's status will stand: a free place, at random, in its issuer's newest list."""

from __future__ import annotations

from vault_core.api import Random
from vault_core.issuing.register import Desk
from vault_core.issuing.status import LENGTH, StatusPlace
from vault_core.store import certificates
from vault_core.store.catalog import Catalog

FULL = LENGTH * 3 // 4
"""A list takes no more then: beyond, finding a free place at random takes too long."""
_CANDIDATES = 16


def lists_url(public_url: str, issuer: str, number: int) -> str:
    """Base address of an issuer's lists of that number."""
    return f"{public_url}/status/{issuer}/{number}"


async def free_place(catalog: Catalog, desk: Desk, random: Random) -> tuple[int, StatusPlace]:
    """Number of the list, and the place. It is taken only once the certificate is stored."""
    issuer = desk.issuer.id
    known = await certificates.lists(catalog, issuer)
    number = 1
    if known:
        number = known[-1].number + (known[-1].used >= FULL)
    while True:
        drawn = random(4 * _CANDIDATES)
        candidates = [
            int.from_bytes(drawn[at : at + 4], "big") % LENGTH for at in range(0, len(drawn), 4)
        ]
        place = await certificates.free_place(catalog, issuer, number, candidates)
        if place is not None:
            return number, StatusPlace(lists_url(desk.public_url, issuer, number), place)
