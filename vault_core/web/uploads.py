"""Uploads: streamed into the vault, by a plain form or file by file from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.multipart import MultipartReader

from vault_core.api import Buffer
from vault_core.errors import BadRequest, TooLarge
from vault_core.http import forms
from vault_core.http.forms import MALFORMED
from vault_core.http.pace import Pace
from vault_core.vault.arriving import folders, free_name
from vault_core.vault.nodes.names import Path, normalise
from vault_core.vault.nodes.node import Node, Precondition
from vault_core.web import security
from vault_core.web.addresses import parse_path
from vault_core.web.changing import back_to
from vault_core.web.visit import Visit

STEP = 256 * 1024
_FREE = Precondition(must_exist=False)


async def upload(visit: Visit) -> web.StreamResponse:
    """Store what is sent under free names; an existing document is never replaced."""
    visit.check_origin()
    path = visit.path("/upload")
    if visit.request.content_type == "multipart/form-data":
        return await _form(visit, path)
    visit.check_token(visit.request.headers.get(security.CSRF_HEADER, ""))
    below = parse_path(visit.query("path"), "")
    if not below:
        raise BadRequest
    folder = await folders(visit.vault, path, below[:-1])
    announced = visit.request.content_length
    node = await _store(visit, folder, below[-1], _body(visit), announced)
    return web.json_response({"name": node.name, "size": node.size}, status=201)


async def _form(visit: Visit, path: Path) -> web.StreamResponse:
    """The fields as they come: the token stands before the files, or nothing is stored."""
    nodes: list[Node] = []
    checked = False
    try:
        reader = await visit.request.multipart()
        while (part := await next_part(visit, reader)) is not None:
            if part.name == security.CSRF_FIELD:
                visit.check_token(await word(visit, part))
                checked = True
            elif part.filename:
                if not checked:
                    raise security.FormExpired
                name = part.filename.replace("\\", "/").rpartition("/")[2]
                nodes.append(
                    await _store(visit, path, normalise(name), part_content(visit, part), None)
                )
    except (*MALFORMED, TimeoutError):
        raise BadRequest from None
    if not nodes:
        raise BadRequest
    return visit.go(back_to(path, "uploaded", *nodes))


async def next_part(visit: Visit, reader: MultipartReader) -> BodyPartReader | None:
    """The form's next field; None at its end. Raises BadRequest, TimeoutError."""
    async with asyncio.timeout(visit.settings.server.body_timeout):
        return await forms.next_part(reader)


async def word(visit: Visit, part: BodyPartReader, most: int = 256) -> str:
    """A short field, as far as `most` bytes of it. Raises TimeoutError."""
    data = bytearray()
    async with asyncio.timeout(visit.settings.server.body_timeout):
        while len(data) < most and (piece := await part.read_chunk(most)):
            data += piece
    return data[:most].decode("utf-8", "replace")


async def _store(
    visit: Visit, folder: Path, name: str, chunks: AsyncIterator[Buffer], size: int | None
) -> Node:
    limit = visit.settings.server.max_document
    if size is not None and size > limit:
        raise TooLarge
    path = (*folder, await free_name(visit.vault, folder, name))
    written = await visit.vault.write(path, _limited(chunks, limit), size=size, condition=_FREE)
    return written.node


async def _limited(chunks: AsyncIterator[Buffer], limit: int) -> AsyncIterator[Buffer]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooLarge
        yield chunk


async def _body(visit: Visit) -> AsyncIterator[Buffer]:
    content, pace = visit.request.content, Pace(visit.settings.server.body_timeout)
    try:
        while not content.at_eof():
            if piece := await pace.next(content.readany):
                yield piece
    except TimeoutError:
        raise BadRequest("The content came too slowly; send it again.") from None
    except web.RequestPayloadError:
        raise BadRequest("The content is not framed as HTTP asks for.") from None


async def part_content(visit: Visit, part: BodyPartReader) -> AsyncIterator[Buffer]:
    """A field's bytes as they come. Raises BadRequest if they come too slowly, or malformed."""
    pace = Pace(visit.settings.server.body_timeout)
    try:
        while not part.at_eof():
            if piece := await pace.next(lambda: part.read_chunk(STEP)):
                yield piece
    except TimeoutError:
        raise BadRequest("The content came too slowly; send it again.") from None
    except MALFORMED:
        raise BadRequest from None
