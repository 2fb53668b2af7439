"""Documents and folders as the API shows them, and how they are named and sent."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final, Literal
from urllib.parse import quote

from aiohttp import hdrs, web
from pydantic import Field

from vault_core.api import Buffer
from vault_core.errors import IsAFolder, PreconditionFailed
from vault_core.http import conditions, ranges, zips
from vault_core.http.streaming import stream
from vault_core.http.zips import Entry
from vault_core.rest.call import Call
from vault_core.rest.shapes import Id, Output, moment, node_id
from vault_core.vault.nodes.media_types import MEDIA_TYPE
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.vault.vault import Vault

READS: Final = ("Range", "If-Range", "If-None-Match", "If-Match")


class Origin(Output):
    """Who issued a document; its content cannot be altered."""

    issuer: Annotated[str, Field(description="The issuer's id, as `listIssuers` has it.")]
    type: Annotated[str, Field(description="The id of the document type.")]
    certificate: Annotated[str, Field(description="The certificate's own id, a UUID.")]
    delivered_at: Annotated[dt.datetime, Field(description="When it arrived in the vault.")]


class Document(Output):
    """A document or a folder."""

    id: Annotated[Id, Field(description="Stays when it is renamed, moved or changed.")]
    kind: Annotated[Literal["document", "folder"], Field(description="Folders have no content.")]
    name: Annotated[str, Field(description="Empty for the root.")]
    path: Annotated[list[str], Field(description="Names from the root down, its own last.")]
    folder: Annotated[Id, Field(description="What it lies in; the root lies in itself.")]
    size: Annotated[int, Field(description="Bytes of the content; 0 for folders.")]
    media_type: Annotated[str, Field(description="Of the content; empty for folders.")]
    etag: Annotated[str, Field(description="Of the content; for If-Match.")]
    sha256: Annotated[
        str | None, Field(description="Of the content, in hexadecimal; null for folders.")
    ]
    created_at: Annotated[dt.datetime, Field(description="When it came into the vault.")]
    modified_at: Annotated[
        dt.datetime, Field(description="When its content last changed, as its owner's device says.")
    ]
    origin: Annotated[
        Origin | None, Field(description="Who issued it; null for the owner's own documents.")
    ] = None


class Documents(Output):
    """A page of a list."""

    items: Annotated[list[Document], Field(description="In the order that was asked for.")]
    next: Annotated[str | None, Field(description="`cursor` of the next page.")] = None


def shown(node: Node, path: Path) -> Document:
    """A node for its owner."""
    origin = node.origin
    return Document(
        id=node.id.hex(),
        kind="folder" if node.is_folder else "document",
        name=node.name,
        path=list(path),
        folder=node.parent.hex(),
        size=node.size,
        media_type=node.media_type,
        etag=node.etag,
        sha256=node.sha256.hex() if node.sha256 else None,
        created_at=moment(node.created_at),
        modified_at=moment(node.modified_at),
        origin=None if origin is None else Origin(
            issuer=origin.issuer, type=origin.type, certificate=origin.certificate,
            delivered_at=moment(origin.delivered_at),
        ),
    )  # fmt: skip


async def at(vault: Vault, node: str) -> tuple[Path, Node]:
    """Path and node of an id. Raises NodeNotFound."""
    path = await vault.path_of(node_id(node))
    return path, await vault.find(path)


def revision(node: Node, path: Path) -> str:
    """The entity tag of all that is told about a node; its content's changes with that alone."""
    told = f"{node.changed}\0{node.etag}\0" + "\0".join(path)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def require(call: Call, node: Node, path: Path) -> None:
    """Raises PreconditionFailed unless If-Match names the node as it is told or its content."""
    field = call.request.headers.get(hdrs.IF_MATCH)
    tags = None if field is None else conditions.entity_tags(field)
    if tags is not None and not tags & {f'"{revision(node, path)}"', f'"{node.etag}"'}:
        raise PreconditionFailed("It was changed meanwhile (If-Match); read it again.")


Reading = Callable[[Node, int, int | None], AsyncIterator[Buffer]]
"""Gives a document's content from an offset on, of a length (None: to its end)."""


async def send(
    call: Call, node: Node, name: str = "", read: Reading | None = None
) -> web.StreamResponse:
    """The content, or the one range of it that was asked for (RFC 9110)."""
    if node.is_folder:
        raise IsAFolder
    reading = read or call.vault.read
    media_type = node.media_type.partition(";")[0].strip()
    called = quote(name or node.name, safe="")
    headers = {
        hdrs.CONTENT_TYPE: media_type if MEDIA_TYPE.fullmatch(media_type) else _UNKNOWN,
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{called}",
        hdrs.ETAG: f'"{node.etag}"',
        hdrs.CACHE_CONTROL: "private, no-cache",
        hdrs.ACCEPT_RANGES: "bytes",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    }
    asked = call.request.headers
    if not conditions.check_read(asked, node):
        return web.Response(status=304, headers=headers)
    wanted = asked.get(hdrs.RANGE)
    if wanted is not None and conditions.range_applies(asked, node):
        found = ranges.parse(wanted, node.size)
        if found is not None and not found:
            raise web.HTTPRequestRangeNotSatisfiable(
                headers={hdrs.CONTENT_RANGE: f"bytes */{node.size}"}
            )
        if found is not None and len(found) == 1:  # several are answered with the whole
            part = found[0]
            headers[hdrs.CONTENT_RANGE] = f"bytes {part.start}-{part.end - 1}/{node.size}"
            pieces = reading(node, part.start, part.length)
            return await stream(call.request, pieces, headers, part.length, status=206)
    return await stream(call.request, reading(node, 0, None), headers, node.size)


async def archive(call: Call, entries: list[Entry], name: str) -> web.StreamResponse:
    """A zip archive of these, streamed; `name` is without its ending."""
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: "application/zip",
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(name, safe='')}.zip",
        hdrs.CACHE_CONTROL: "no-store",
    }
    return await stream(call.request, zips.archive(entries), headers, zips.length(entries))


_UNKNOWN: Final = "application/octet-stream"
