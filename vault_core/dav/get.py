"""GET and HEAD of documents: whole, in part, or not at all (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Final

from aiohttp import hdrs, web

from vault_core.api import Buffer
from vault_core.dav.call import Call
from vault_core.dav.errors import error_body
from vault_core.dav.listing import listing
from vault_core.dav.reply import Reply, Stream
from vault_core.http import conditions, ranges
from vault_core.http.ranges import ByteRange
from vault_core.http.times import http_date
from vault_core.vault.nodes.node import Node

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}(; ?charset=[\w-]{1,40})?", re.A)
_SHOWN: Final = frozenset(
    {
        "application/pdf",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
    }
)
"""What a browser may show from here; anything else it can only save."""
_PROTECTION: Final = (
    b"X-Content-Type-Options: nosniff\r\nContent-Security-Policy: sandbox; default-src 'none'\r\n"
    b"Cross-Origin-Resource-Policy: same-origin\r\nCache-Control: private, no-cache\r\n"
    b"Accept-Ranges: bytes\r\n"
)


async def get(call: Call) -> web.StreamResponse:
    """GET and HEAD; of a folder, a page that lists it."""
    node = await call.vault.find(call.path)
    if node.is_folder:
        return await listing(call, node)
    headers = call.request.headers
    fields = validators(node) + _PROTECTION
    if not conditions.check_read(headers, node):
        return Reply(304, fields)
    content_type = representation(node.media_type)
    if call.request.method == "HEAD":
        return Reply(200, fields + content_type, length=node.size)
    wanted = headers.get(hdrs.RANGE)
    if wanted is not None and conditions.range_applies(headers, node):
        found = ranges.parse(wanted, node.size)
        if found is not None:
            return await _partial(call, node, fields, found)
    content = await call.vault.read_small(node)
    if content is not None:
        return Reply(200, fields + content_type, content)
    pieces = call.vault.read(node)
    return await _stream(call, Stream(200, fields + content_type, node.size), pieces)


def validators(node: Node) -> bytes:
    """ETag and Last-Modified (RFC 9110 section 8.8)."""
    return f'ETag: "{node.etag}"\r\nLast-Modified: {http_date(node.modified_at)}\r\n'.encode()


@lru_cache(maxsize=256)
def representation(media_type: str) -> bytes:
    """Content-Type, and Content-Disposition for what a browser shall not show.

    A media type that is none, or could break out of its line, becomes application/octet-stream.
    """
    if not _MEDIA_TYPE.fullmatch(media_type):
        media_type = "application/octet-stream"
    kind = media_type.partition(";")[0].lower()
    shown = kind in _SHOWN or kind.startswith(("audio/", "video/"))
    disposition = "" if shown else "Content-Disposition: attachment\r\n"
    return f"Content-Type: {media_type}\r\n{disposition}".encode()


async def _partial(
    call: Call, node: Node, fields: bytes, found: tuple[ByteRange, ...]
) -> web.StreamResponse:
    if not found:
        fields = b"Content-Range: bytes */%d\r\nContent-Type: application/xml\r\n" % node.size
        return Reply(416, fields, error_body(f"The document has {node.size} bytes."))
    if len(found) > 1:
        return await _multipart(call, node, fields, found)
    part = found[0]
    fields += b"Content-Range: bytes %d-%d/%d\r\n" % (part.start, part.end - 1, node.size)
    fields += representation(node.media_type)
    content = await call.vault.read_part(node, part.start, part.length)
    if content is not None:
        return Reply(206, fields, content)
    pieces = call.vault.read(node, part.start, part.length)
    return await _stream(call, Stream(206, fields, part.length), pieces)


async def _multipart(
    call: Call, node: Node, fields: bytes, found: tuple[ByteRange, ...]
) -> web.StreamResponse:
    """multipart/byteranges (RFC 9110 section 14.6), its length known ahead."""
    boundary = call.site.random(16).hex().encode()
    kind = representation(node.media_type).partition(b"\r\n")[0]
    heads = [
        b"\r\n--%b\r\n%b\r\nContent-Range: bytes %d-%d/%d\r\n\r\n"
        % (boundary, kind, part.start, part.end - 1, node.size)
        for part in found
    ]
    tail = b"\r\n--%b--\r\n" % boundary
    length = sum(map(len, heads)) + sum([part.length for part in found]) + len(tail)

    async def pieces() -> AsyncIterator[Buffer]:
        for head, part in zip(heads, found, strict=True):
            yield head
            async for piece in call.vault.read(node, part.start, part.length):
                yield piece
        yield tail

    fields += b"Content-Type: multipart/byteranges; boundary=%b\r\n" % boundary
    return await _stream(call, Stream(206, fields, length), pieces())


async def _stream(call: Call, stream: Stream, pieces: AsyncIterator[Buffer]) -> web.StreamResponse:
    """Send what is not at hand whole. The first piece comes before the head: it may fail."""
    first = await anext(pieces, b"")
    await stream.send_all(call.request, _resumed(first, pieces))
    return stream


async def _resumed(first: Buffer, rest: AsyncIterator[Buffer]) -> AsyncIterator[Buffer]:
    yield first
    async for piece in rest:
        yield piece
