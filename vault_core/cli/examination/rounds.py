"""What `parchemin doctor` finds of the checks of everything stored."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from vault_core.api import Reason
from vault_core.cli.examination.findings import Finding
from vault_core.settings import Settings
from vault_core.store import sound
from vault_core.store.rounds import Ended, Rounds

SELDOM = dt.timedelta(days=45)
"""Blobs that rot are found by nothing else, and backups that still have them grow old."""
_EVERY_NIGHT = Reason(
    "parchemin check --for 2h, chaque nuit", "parchemin check --for 2h, every night"
)


def _checks(data: Path, settings: Settings) -> Finding:
    """When everything that is stored was last looked at, and what was found."""
    known = asyncio.run(_ask(data, settings))
    return verdict(known, dt.datetime.now(dt.UTC))


async def _ask(data: Path, settings: Settings) -> Rounds:
    from vault_core.app.stores import catalog_path, open_catalog
    from vault_core.store.rounds import known

    if not settings.catalog.url.get_secret_value() and not catalog_path(data, settings).exists():
        return Rounds()  # opening would make one
    catalog = await open_catalog(data, settings)
    try:
        return await known(catalog)
    finally:
        await catalog.close()


def verdict(known: Rounds, now: dt.datetime) -> Finding:
    """The finding for what is known at that moment."""
    if known.place is not None and known.place.left:
        left = known.place.left
        told = Reason(
            f"celui en cours a trouvé {left} problèmes : parchemin check",
            f"the one under way has found {left} problems: parchemin check",
        )
        return Finding("checks", "bad", told)
    if known.last is None:
        under_way = known.place is not None
        french = ", mais c'est en cours" if under_way else ""
        begun = ", though one is under way" if under_way else ""
        told = Reason(
            f"rien n'a jamais été examiné en entier{french} : {_EVERY_NIGHT.fr}",
            f"nothing was ever looked at as a whole{begun}: {_EVERY_NIGHT}",
        )
        return Finding("checks", "warning", told)
    return _of_last(known.last, now)


def _of_last(last: Ended, now: dt.datetime) -> Finding:
    began = sound.moment(last.began_at)
    ended = sound.moment(last.ended_at)
    french = f"tout a été examiné du {began:%Y-%m-%d} au {ended:%Y-%m-%d}"
    told = f"everything was looked at from {began:%Y-%m-%d} to {ended:%Y-%m-%d}"
    if last.left:
        bad = Reason(
            f"{french}, et {last.left} problèmes trouvés : parchemin check",
            f"{told}, and {last.left} problems found: parchemin check",
        )
        return Finding("checks", "bad", bad)
    if now - began > SELDOM:
        again = Reason(
            f"{french} : recommencez, {_EVERY_NIGHT.fr}", f"{told}: do it again, {_EVERY_NIGHT}"
        )
        return Finding("checks", "warning", again)
    return Finding(
        "checks", "good", Reason(f"{french}, et tout est sain", f"{told}, and all was sound")
    )


LOOKS = (_checks,)
