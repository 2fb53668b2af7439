"""What a server does beside its requests, for ever: letting old things go, sums, figures."""

from __future__ import annotations

import asyncio
import logging

from vault_core.app.institution import Institution
from vault_core.errors import ParcheminError
from vault_core.store import sums
from vault_core.vault.recovery import contacts
from vault_core.watching.figures import Figures

log = logging.getLogger(__name__)
COUNTING = 5.0
"""Seconds between two counts of what is open and what waits."""
HOUSEKEEPING = 3600.0
"""Seconds between two rounds of letting old things go."""
SUMMING = 60.0
"""Seconds between two looks whether the institution's sums have to be counted again."""


async def keep_house(institution: Institution) -> None:
    """Let go of what is kept for a time only. Ends when it is cancelled, as all of these."""
    while True:
        try:
            await institution.maintenance.expire(institution.retention)
            await institution.entrance.forget_old()
            await institution.review_expiry.expire(institution.settings.issuing.review_days)
            now = int(institution.vaults.services.clock() * 1000)
            await contacts.hand_over(institution.catalog, now)
        except ParcheminError as error:
            log.warning("housekeeping waits: %s", error)
        await asyncio.sleep(HOUSEKEEPING)


async def keep_sums(institution: Institution) -> None:
    """Have the sums over everything that pages show counted again while they are old."""
    while True:
        try:
            now = int(institution.vaults.services.clock() * 1000)
            await sums.keep(institution.catalog, now)
        except ParcheminError as error:
            log.warning("the institution's sums wait: %s", error)
        await asyncio.sleep(SUMMING)


async def count(institution: Institution, figures: Figures) -> None:
    """Put into the figures what is open and what waits."""
    while True:
        figures.opened.set(institution.vaults.opened_count)
        figures.waiting.set(getattr(institution.catalog, "waiting", 0))
        figures.catalog_undone(getattr(institution.catalog, "undone", 0))
        await asyncio.sleep(COUNTING)
