"""Documents and folders as the API shows them, and how they are named and sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import quote

from aiohttp import hdrs, web
from pydantic import Field

from vault_core.errors import BadRequest, IsAFolder
from vault_core.http import conditions, ranges
from vault_core.http.streaming import stream
from vault_core.rest.call import Call
from vault_core.rest.shapes import Id, Output, moment, node_id
from vault_core.vault.media_types import MEDIA_TYPE
from vault_core.vault.names import Path
from vault_core.vault.node import Node
from vault_core.vault.vault import Vault

T = TypeVar("T")
READS: Final = ("Range", "If-Range", "If-None-Match", "If-Match")


class Origin(Output):
    """Who issued a document; its content cannot be altered."""

    issuer: str
    type: str
    certificate: str
    delivered_at: dt.datetime


class Document(Output):
    """A document or a folder."""

    id: Id
    kind: Literal["document", "folder"]
    name: Annotated[str, Field(description="Empty for the root.")]
    path: Annotated[list[str], Field(description="Names from the root down, its own last.")]
    folder: Annotated[Id, Field(description="What it lies in; the root lies in itself.")]
    size: int
    media_type: str
    etag: Annotated[str, Field(description="Of the content; for If-Match.")]
    sha256: str | None
    created_at: dt.datetime
    modified_at: dt.datetime
    origin: Origin | None = None


class Documents(Output):
    """A page of a list."""

    items: list[Document]
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


def page(found: Sequence[T], limit: int, cursor: str) -> tuple[Sequence[T], str | None]:
    """Part of a list, and the cursor of the next. Raises BadRequest for a cursor that is none."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise BadRequest("The cursor is none that this server gave.")
    start = int(cursor or 0)
    end = start + limit
    return found[start:end], str(end) if end < len(found) else None


async def send(call: Call, node: Node, name: str = "") -> web.StreamResponse:
    """The content, or the one range of it that was asked for (RFC 9110)."""
    if node.is_folder:
        raise IsAFolder
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
            pieces = call.vault.read(node, part.start, part.length)
            return await stream(call.request, pieces, headers, part.length, status=206)
    return await stream(call.request, call.vault.read(node), headers, node.size)


_UNKNOWN: Final = "application/octet-stream"
