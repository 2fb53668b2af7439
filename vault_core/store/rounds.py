"""How far the checking of everything stored has come, and what the last whole round found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from vault_core.store.catalog import Catalog, Unit

_NAME = "checking"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a round to go on: a stage, and the id (hexadecimal) it has come to."""

    began_at: int
    """Milliseconds since the epoch."""
    stage: int = 0
    after: str = ""
    left: int = 0
    """Problems found so far in this round that were not repaired."""
    lost: int = 0
    """Blobs among them that are missing or damaged."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A round that looked at everything."""

    began_at: int
    ended_at: int
    left: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """The round that is under way, and the last one that ended."""

    place: Place | None = None
    last: Ended | None = None


async def known(catalog: Catalog) -> Rounds:
    """What is known of both."""
    row = await catalog.point("SELECT value FROM settings WHERE name = ?", (_NAME,))
    if row is None:
        return Rounds()
    value = json.loads(row[0])
    place, last = value["place"], value["last"]
    return Rounds(Place(**place) if place else None, Ended(**last) if last else None)


def note(rounds: Rounds) -> Unit[None]:
    """Remember it, instead of what was known before."""
    yield (
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_NAME, json.dumps(asdict(rounds))),
    )


def ended(rounds: Rounds, last: Ended) -> Rounds:
    """Nothing is under way any more."""
    return replace(rounds, place=None, last=last)
