"""The journal in plain words: its ids become names here, where the owner has the vault open."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from vault_core.errors import CorruptCiphertext, NodeNotFound
from vault_core.spreadsheets import inert
from vault_core.store.ids import ROOT, NodeId
from vault_core.vault.journal import wanting
from vault_core.vault.keys import keyslots
from vault_core.vault.links import owning
from vault_core.vault.links.link import Link
from vault_core.vault.nodes.node import JournalEntry, Slot
from vault_core.web import formats
from vault_core.web.messages import CATALOGUES
from vault_core.web.visit import Visit

PAGE: Final = 100
EXPORTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry for people."""

    number: int
    at: int
    what: str
    """The sentence, without the name of what it is about."""
    name: str
    who: str
    times: int


class Teller:
    """Turns entries into lines; names are looked up once each."""

    def __init__(self, visit: Visit, slots: list[Slot], links: list[Link]) -> None:
        self._links = {link.id.hex(): link.label for link in links}
        self._visit = visit
        self._slots = {slot.id: slot for slot in slots}
        self._names: dict[NodeId, str] = {}

    async def lines(self, entries: list[JournalEntry]) -> list[Line]:
        """The entries, in their order."""
        return [await self._line(entry) for entry in entries]

    async def _line(self, entry: JournalEntry) -> Line:
        key = f"verb.{entry.verb}"
        known = key in CATALOGUES[self._visit.language]
        what = self._visit.t(key) if known else entry.verb
        kind = entry.detail.get("kind")
        if isinstance(kind, str) and entry.verb.startswith("slot-"):
            what = f"{what} ({self._kind(kind)})"
        times = entry.detail.get("times", 1)
        return Line(
            entry.number, entry.at, what, await self._name(entry.node), self._who(entry),
            times if isinstance(times, int) else 1,
        )  # fmt: skip

    def _kind(self, kind: str) -> str:
        key = f"slot.{kind}"
        return self._visit.t(key) if key in CATALOGUES[self._visit.language] else kind

    def _who(self, entry: JournalEntry) -> str:
        link = str(entry.detail.get("link", ""))
        if entry.slot is None and link in self._links:
            label = self._links[link] or self._visit.t("link.unnamed")
            return self._visit.t("journal.visitor", label=label)
        if entry.slot is None:
            return self._visit.t(
                "journal.somebody" if entry.verb == "refused" else "journal.server"
            )
        slot = self._slots.get(entry.slot)
        if slot is None:
            return self._visit.t("journal.gone")
        return f"{self._kind(slot.kind)} · {slot.label}" if slot.label else self._kind(slot.kind)

    async def _name(self, node: NodeId | None) -> str:
        if node is None:
            return ""
        if node == ROOT:
            return self._visit.t("files.root")
        if node not in self._names:
            self._names[node] = await self._look_up(node)
        return self._names[node]

    async def _look_up(self, node: NodeId) -> str:
        try:
            return "/".join(await self._visit.vault.path_of(node))
        except (NodeNotFound, CorruptCiphertext):
            return self._visit.t("journal.deleted")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted: of a group of verbs, between two days of the server's."""

    about: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def wanted(self) -> wanting.Wanted:
        """As the vault asks its journal."""
        after = self.until + dt.timedelta(days=1) if self.until else None
        return wanting.Wanted(self.about, _midnight(self.since), _midnight(after))

    def address(self) -> str:
        """As parameters of an address."""
        dates = (("since", self.since), ("until", self.until))
        fields = [("about", self.about)] if self.about else []
        return urlencode([*fields, *((name, day.isoformat()) for name, day in dates if day)])


def _midnight(day: dt.date | None) -> int | None:
    """When the day begins here, in milliseconds since the epoch."""
    if day is None or not 1970 < day.year < 9999:
        return None
    return int(dt.datetime.combine(day, dt.time()).timestamp() * 1000)


EVERYTHING: Final = Filter()


def _filter(visit: Visit) -> Filter:
    about = visit.query("about")
    return Filter(
        about if about in wanting.GROUPS else "",
        _date(visit.query("since")),
        _date(visit.query("until")),
    )


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


async def _entries(
    visit: Visit, wanted: Filter, before: int | None, limit: int
) -> list[JournalEntry]:
    """The newest entries that are wanted, before a number."""
    await visit.site.vaults.journal.flush()
    catalog = visit.vault.opened.services.catalog
    return await wanting.entries(catalog, visit.vault.id, wanted.wanted, before, limit)


def _before(visit: Visit) -> int | None:
    text = visit.query("before")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


async def _teller(visit: Visit) -> Teller:
    return Teller(visit, await keyslots.listing(visit.vault), await owning.listing(visit.vault))


async def page(visit: Visit) -> web.StreamResponse:
    """The newest entries, a page at a time."""
    wanted = _filter(visit)
    entries = await _entries(visit, wanted, _before(visit), PAGE + 1)
    lines = await (await _teller(visit)).lines(entries[:PAGE])
    return visit.page(
        "journal.html", section="account", lines=lines, groups=list(wanting.GROUPS), wanted=wanted,
        older=lines[-1].number if len(entries) > PAGE else None,
    )  # fmt: skip


async def _exported(visit: Visit, wanted: Filter) -> list[Line]:
    return await (await _teller(visit)).lines(await _entries(visit, wanted, None, EXPORTED))


async def export(visit: Visit) -> web.StreamResponse:
    """The journal as a table for any spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [visit.t(f"journal.{c}") for c in ("number", "at", "what", "name", "who", "times")]
    )
    for line in await _exported(visit, _filter(visit)):
        row = (line.number, formats.machine(line.at), line.what, line.name, line.who, line.times)
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in row])
    return _file("\ufeff" + text.getvalue(), "text/csv", "journal.csv")


async def export_json(visit: Visit) -> web.StreamResponse:
    """The journal for programs."""
    return _file(await everything(visit, _filter(visit)), "application/json", "journal.json")


async def everything(visit: Visit, wanted: Filter = EVERYTHING) -> str:
    """The journal as JSON, the newest entry first."""
    lines = [
        {**asdict(line), "at": formats.machine(line.at)} for line in await _exported(visit, wanted)
    ]
    return json.dumps(lines, ensure_ascii=False, indent=1) + "\n"


def _file(text: str, media_type: str, name: str) -> web.Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
    }  # fmt: skip
    return web.Response(text=text, content_type=media_type, charset="utf-8", headers=headers)
