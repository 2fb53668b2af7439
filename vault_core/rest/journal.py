"""The journal: what happened with the vault, for its owner."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import Field

from vault_core.errors import CorruptCiphertext, NodeNotFound
from vault_core.rest.call import Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Limit, Output, moment
from vault_core.spreadsheets import inert
from vault_core.store.ids import NodeId
from vault_core.vault.journal import wanting
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.journal.wanting import Wanted
from vault_core.vault.nodes.node import JournalEntry as Noted
from vault_core.vault.vault import Vault

EXPORTED: Final = 100_000
"""Entries of one table."""


class Wish(Input):
    """Which entries."""

    about: Annotated[
        Literal["", "reading", "changing", "keys", "institution", "deliveries", "links"],
        Field(description="What they are about; everything where it is not said."),
    ] = ""
    since: Annotated[dt.datetime | None, Field(description="From this moment on.")] = None
    until: Annotated[dt.datetime | None, Field(description="Before this moment.")] = None

    @property
    def wanted(self) -> Wanted:
        """As the vault asks its journal."""
        return Wanted(self.about, _milliseconds(self.since), _milliseconds(self.until))


class JournalQuery(Wish):
    """Which entries, and which part of them."""

    limit: Limit = 100
    before: Annotated[
        int | None, Field(ge=1, lt=2**62, description="`next` of the page before.")
    ] = None


class JournalEntry(Output):
    """One thing that happened."""

    number: Annotated[int, Field(description="Counts from 1, without a gap.")]
    at: Annotated[dt.datetime, Field(description="When it happened.")]
    verb: Annotated[str, Field(description="What happened.")]
    document: Annotated[Id | None, Field(description="What it happened to; null: the vault.")]
    path: Annotated[list[str] | None, Field(description="Where it is now; null if it is gone.")]
    credential: Annotated[Id | None, Field(description="Null: the server or an issuer.")]
    detail: Annotated[dict[str, Any], Field(description="More about it: ids and counts, no names.")]


class JournalPage(Output):
    """A page of the journal."""

    items: Annotated[list[JournalEntry], Field(description="The newest first.")]
    next: Annotated[int | None, Field(description="`before` of the next page.")] = None


class JournalApi:
    """Journal of accesses."""

    def __init__(self, accesses: AccessLog) -> None:
        self._accesses = accesses

    @operation("GET", "/api/v1/journal", needs="journal:read")
    async def list_journal(self, call: Call, query: JournalQuery) -> JournalPage:
        """Every access, change and delivery, newest first; or those that are wanted."""
        found = await self._entries(call, query.wanted, query.before, query.limit + 1)
        items = [await _shown(call.vault, one) for one in found[: query.limit]]
        return JournalPage(items=items, next=items[-1].number if len(found) > query.limit else None)

    @operation("GET", "/api/v1/journal/export", needs="journal:read", gives=("text/csv",))
    async def export_journal(self, call: Call, query: Wish) -> web.Response:
        """The journal as a table for any spreadsheet, the newest 100,000 entries of it.

        Values that a spreadsheet would take for a formula begin with an apostrophe.
        """
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(("number", "at", "verb", "document", "path", "credential", "detail"))
        for one in await self._entries(call, query.wanted, None, EXPORTED):
            entry = await _shown(call.vault, one)
            path = inert("/".join(entry.path)) if entry.path is not None else ""
            writer.writerow(
                (entry.number, entry.at.isoformat(), entry.verb, entry.document or "", path,
                 entry.credential or "", json.dumps(entry.detail))
            )  # fmt: skip
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="journal.csv"',
        }
        return web.Response(
            text=text.getvalue(), content_type="text/csv", charset="utf-8", headers=headers
        )

    async def _entries(
        self, call: Call, wanted: Wanted, before: int | None, limit: int
    ) -> list[Noted]:
        await self._accesses.flush()
        catalog = call.vault.opened.services.catalog
        return await wanting.entries(catalog, call.vault.id, wanted, before, limit)


async def _shown(vault: Vault, one: Noted) -> JournalEntry:
    return JournalEntry(
        number=one.number, at=moment(one.at), verb=one.verb,
        document=one.node.hex() if one.node else None, path=await _path(vault, one.node),
        credential=one.slot.hex() if one.slot else None, detail=dict(one.detail),
    )  # fmt: skip


def _milliseconds(at: dt.datetime | None) -> int | None:
    """Since the epoch; what says no time zone is UTC."""
    if at is None:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp() * 1000)


async def _path(vault: Vault, node: NodeId | None) -> list[str] | None:
    if node is None:
        return None
    try:
        return list(await vault.path_of(node))
    except (NodeNotFound, CorruptCiphertext):
        return None
