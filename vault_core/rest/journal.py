"""The journal: what happened with the vault, for its owner."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import Field

from vault_core.errors import CorruptCiphertext, NodeNotFound
from vault_core.rest.call import Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Limit, Output, moment
from vault_core.store.ids import NodeId
from vault_core.vault import journal
from vault_core.vault.access import AccessLog
from vault_core.vault.vault import Vault


class JournalQuery(Input):
    """Which entries."""

    limit: Limit = 100
    before: Annotated[
        int | None, Field(ge=1, lt=2**62, description="`next` of the page before.")
    ] = None


class Entry(Output):
    """One thing that happened."""

    number: int
    at: dt.datetime
    verb: str
    document: Id | None
    path: Annotated[list[str] | None, Field(description="Where it is now; null if it is gone.")]
    credential: Annotated[Id | None, Field(description="Null: the server or an issuer.")]
    detail: dict[str, Any]


class Entries(Output):
    """A page of the journal, newest first."""

    items: list[Entry]
    next: Annotated[int | None, Field(description="`before` of the next page.")] = None


class JournalApi:
    """Journal."""

    def __init__(self, accesses: AccessLog) -> None:
        self._accesses = accesses

    @operation("GET", "/api/v1/journal", needs="journal:read")
    async def list_journal(self, call: Call, query: JournalQuery) -> Entries:
        """Every access, change and delivery, newest first."""
        await self._accesses.flush()
        vault = call.vault
        found = await journal.entries(
            vault.opened.services.catalog, vault.id, before=query.before, limit=query.limit + 1
        )
        items = [
            Entry(
                number=one.number, at=moment(one.at), verb=one.verb,
                document=one.node.hex() if one.node else None,
                path=await _path(vault, one.node),
                credential=one.slot.hex() if one.slot else None, detail=dict(one.detail),
            )
            for one in found[: query.limit]
        ]  # fmt: skip
        return Entries(items=items, next=items[-1].number if len(found) > query.limit else None)


async def _path(vault: Vault, node: NodeId | None) -> list[str] | None:
    if node is None:
        return None
    try:
        return list(await vault.path_of(node))
    except (NodeNotFound, CorruptCiphertext):
        return None
