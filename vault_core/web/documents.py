"""A document's page: shown where a browser can, with its origin, its versions and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from vault_core.errors import IsAFolder, NodeNotFound
from vault_core.issuing.certificates.lifecycle import Standing
from vault_core.vault.nodes.media_types import kind_of
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node, Origin
from vault_core.web.addresses import address
from vault_core.web.listing import PREFIX, Item, crumbs
from vault_core.web.sending import disposition, headers_for, send, send_document
from vault_core.web.visit import Visit

TEXT_SHOWN: Final = 200_000
"""Bytes of a text that its page shows; the rest is downloaded."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """An origin in words."""

    title: str
    issuer: str
    delivered_at: int
    certificate: str


def provenance(visit: Visit, origin: Origin) -> Provenance:
    """The names of type and issuer; their ids if their plugin is not there any more."""
    plugins, language = visit.site.plugins, visit.language
    issuer, kind = plugins.issuers.get(origin.issuer), plugins.document_types.get(origin.type)
    return Provenance(
        kind.title[language] if kind else origin.type,
        issuer.name[language] if issuer else origin.issuer,
        origin.delivered_at,
        origin.certificate,
    )


@dataclass(frozen=True, slots=True)
class Stands:
    """How a certificate stands with its issuer; times are milliseconds since the epoch."""

    state: str = ""
    """valid, expired, replaced, revoked or damaged; "" where the institution does not know it."""
    ended_at: int | None = None
    expires_at: int | None = None


async def standing(visit: Visit, origin: Origin) -> Stands:
    """What the institution's register says; nothing of an issuer that is kept elsewhere."""
    return (await standings(visit, [origin]))[0]


async def standings(visit: Visit, origins: Sequence[Origin]) -> list[Stands]:
    """The same of each of many, asked together."""
    known = await visit.site.register.standings(origin.certificate for origin in origins)
    return [_stands(known.get(origin.certificate)) for origin in origins]


def _stands(known: Standing | None) -> Stands:
    if known is None:
        return Stands()
    return Stands(known.state, _milliseconds(known.ended_at), _milliseconds(known.expires_at))


def _milliseconds(at: dt.datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


async def page(visit: Visit, path: Path, node: Node) -> web.StreamResponse:
    """The page of one document."""
    shown = kind_of(node.media_type) if node.size else ""
    return visit.page(
        "document.html", section="files", path=path, node=node, shown=shown,
        crumbs=crumbs(visit, path), item=Item(node, path),
        origin=provenance(visit, node.origin) if node.origin else None,
        stands=await standing(visit, node.origin) if node.origin else Stands(),
        text=await _text(visit, node) if shown == "text" else "",
        cut=node.size > TEXT_SHOWN, versions=await visit.vault.versions(path),
    )  # fmt: skip


async def _text(visit: Visit, node: Node) -> str:
    parts = [bytes(piece) async for piece in visit.vault.read(node, 0, TEXT_SHOWN)]
    return b"".join(parts).decode("utf-8", "replace")


async def details(visit: Visit) -> web.StreamResponse:
    """What can be done with a folder, and what is known of it."""
    path = visit.path("/details")
    node = await visit.vault.find(path)
    if not path or not node.is_folder:
        return visit.go(address(PREFIX, path))
    return visit.page(
        "folder_details.html", section="files", path=path, node=node,
        crumbs=crumbs(visit, path), item=Item(node, path),
        count=len(await visit.vault.children(node)),
    )  # fmt: skip


async def view(visit: Visit) -> web.StreamResponse:
    """The content, shown by the browser where that can do no harm."""
    return await _content(visit, "/view", inline=True)


async def download(visit: Visit) -> web.StreamResponse:
    """The content, to be saved."""
    return await _content(visit, "/download", inline=False)


async def _content(visit: Visit, prefix: str, *, inline: bool) -> web.StreamResponse:
    node = await visit.vault.find(visit.path(prefix))
    if node.is_folder:
        raise IsAFolder
    return await send_document(visit, node, inline=inline)


async def version(visit: Visit) -> web.StreamResponse:
    """An earlier content, to be saved."""
    path, number = visit.path("/version"), _number(visit.query("number"))
    node = await visit.vault.find(path)
    kept = {version.number: version for version in await visit.vault.versions(path)}
    if number not in kept:
        raise NodeNotFound
    headers = headers_for(kept[number].node, inline=False)
    headers["Content-Disposition"] = disposition(node.name, inline=False)
    pieces = visit.vault.read_version(path, number)
    return await send(visit, pieces, headers, kept[number].size)


async def restore_version(visit: Visit) -> web.StreamResponse:
    """Make an earlier content the present one."""
    path = visit.path("/restore-version")
    fields = await visit.form()
    await visit.vault.restore_version(path, _number(fields.get("number", "")))
    return visit.go(address(PREFIX, path) + "?done=restored-version")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NodeNotFound
    return int(text)
