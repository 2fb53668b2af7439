"""The record of what the institution's staff and programs did, for auditors."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from vault_core.spreadsheets import inert
from vault_core.store import roles
from vault_core.store.roles import Recorded
from vault_core.web import formats
from vault_core.web.admin.batches import table
from vault_core.web.admin.office import Duty
from vault_core.web.messages import CATALOGUES

PAGE: Final = 100
EXPORTED: Final = 100_000
_DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Line:
    """One act for people."""

    number: int
    at: int
    what: str
    who: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which acts are wanted: of a kind, between two days (both included, UTC)."""

    verb: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    def address(self) -> str:
        """As parameters of an address."""
        dates = (("since", self.since), ("until", self.until))
        fields = [("verb", self.verb)] if self.verb else []
        return urlencode([*fields, *((name, day.isoformat()) for name, day in dates if day)])


def _who(duty: Duty, names: Mapping[str, str], actor: str) -> str:
    """Whose act it was: of somebody, of a command, or of what is known by its own name."""
    if actor == "command":
        return duty.visit.t("admin.journal.command")
    return names.get(actor, actor)


async def _found(
    duty: Duty, wanted: Filter, before: int | None, limit: int
) -> list[Recorded]:  # fmt: skip
    return await roles.acts(
        duty.office.catalog, [wanted.verb] if wanted.verb else [], before=before,
        since=_milliseconds(wanted.since) if wanted.since else 0,
        until=_milliseconds(wanted.until) + _DAY if wanted.until else 1 << 62, limit=limit,
    )  # fmt: skip


async def _lines(duty: Duty, found: list[Recorded]) -> list[Line]:
    """Acts in the reader's language; who acted is named where that account still exists."""
    staff = {one.actor for one in found if len(one.actor) == 32}
    names: dict[str, str] = {}
    for actor in staff:
        row = await duty.office.catalog.point(
            "SELECT username FROM persons WHERE id = ?", (bytes.fromhex(actor),)
        )
        names[actor] = str(row[0]) if row else actor
    return [
        Line(
            one.number, one.at, said(duty, one.verb), _who(duty, names, one.actor),
            one.username or (one.subject.hex() if one.subject else ""),
            ", ".join(f"{name} {value}" for name, value in one.detail.items()),
        )
        for one in found
    ]  # fmt: skip


def said(duty: Duty, verb: str) -> str:
    """An act's name for people."""
    key = f"act.{verb}"
    return duty.visit.t(key) if key in CATALOGUES[duty.visit.language] else verb


async def page(duty: Duty) -> web.StreamResponse:
    """The newest acts, a page at a time, and whether the chain held when it was followed last."""
    verbs = await roles.verbs_of_acts(duty.office.catalog)
    wanted = _filter(duty, verbs)
    text = duty.visit.query("before")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    found = await _found(duty, wanted, before, PAGE + 1)
    return duty.page(
        "journal.html", "journal", lines=await _lines(duty, found[:PAGE]), wanted=wanted,
        verbs=sorted((said(duty, verb), verb) for verb in verbs),
        verdict=await duty.office.record.verdict(),
        older=found[PAGE - 1].number if len(found) > PAGE else None,
    )  # fmt: skip


async def verify(duty: Duty) -> web.StreamResponse:
    """Follow the whole chain now, beside the pages."""
    await duty.visit.form()
    duty.office.record.begin()
    return duty.visit.go("/admin/journal")


async def export(duty: Duty) -> web.StreamResponse:
    """The acts that are wanted as a table, with what the chain is made of."""
    wanted = _filter(duty, await roles.verbs_of_acts(duty.office.catalog))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["number", "at", "actor", "verb", "subject", "username", "detail"])
    for one in await _found(duty, wanted, None, EXPORTED):
        cells = (
            str(one.number), formats.machine(one.at), one.actor, one.verb,
            one.subject.hex() if one.subject else "", one.username,
            json.dumps(dict(one.detail), sort_keys=True),
        )  # fmt: skip
        writer.writerow([inert(cell) for cell in cells])
    return table(text.getvalue(), "acts.csv")


def _filter(duty: Duty, verbs: list[str]) -> Filter:
    verb = duty.visit.query("verb")
    return Filter(
        verb if verb in verbs else "", _date(duty.visit.query("since")),
        _date(duty.visit.query("until")),
    )  # fmt: skip


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _milliseconds(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp() * 1000)
