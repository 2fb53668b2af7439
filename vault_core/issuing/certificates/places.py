"""Where a certificate's status will stand: a free place, at random, in its issuer's newest list."""

from __future__ import annotations

from vault_core.api import Random
from vault_core.issuing.certificates.register import Desk
from vault_core.issuing.credentials.status import LENGTH, StatusPlace
from vault_core.store import certificates
from vault_core.store.catalog import Catalog

FULL = LENGTH * 3 // 4
"""A list takes no more then: beyond, finding a free place at random takes too long."""
_SPARE = 4
"""Candidates for each place: in a list that is three quarters full one in four is free."""


def lists_url(public_url: str, issuer: str, number: int) -> str:
    """Base address of an issuer's lists of that number."""
    return f"{public_url}/status/{issuer}/{number}"


async def free_places(
    catalog: Catalog, desk: Desk, random: Random, count: int
) -> list[tuple[int, StatusPlace]]:
    """`count` different places, each with its list's number.

    A place is taken only once its certificate is stored.
    """
    issuer = desk.issuer.id
    known = await certificates.lists(catalog, issuer)
    number = 1
    if known:
        number = known[-1].number + (known[-1].used >= FULL)
    url = lists_url(desk.public_url, issuer, number)
    found: dict[int, None] = {}
    while len(found) < count:
        wanted = (count - len(found)) * _SPARE
        drawn = random(4 * wanted)
        candidates = [
            int.from_bytes(drawn[at : at + 4], "big") % LENGTH for at in range(0, len(drawn), 4)
        ]
        free = await certificates.free_places(catalog, issuer, number, candidates)
        found.update(dict.fromkeys(free))
    return [(number, StatusPlace(url, place)) for place in list(found)[:count]]
