"""Documents on their way out: what a browser may show, ranges, and an end that cannot be missed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import hdrs, web

from vault_core.api import Buffer
from vault_core.http.streaming import stream
from vault_core.vault.nodes.media_types import MEDIA_TYPE, kind_of
from vault_core.vault.nodes.node import Node
from vault_core.web import security
from vault_core.web.visit import Visit

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def headers_for(node: Node, *, inline: bool) -> dict[str, str]:
    """Every field that keeps a document from acting as a page of ours."""
    shown = kind_of(node.media_type) if inline else ""
    media_type = node.media_type.partition(";")[0].strip()
    if shown == "text":
        media_type = "text/plain; charset=utf-8"
    elif not MEDIA_TYPE.fullmatch(media_type):
        media_type = "application/octet-stream"
    # A sandbox would keep out the browser's own PDF viewer, whose scripts never see this site.
    policy = "default-src 'none'; frame-ancestors 'self'" if shown == "pdf" else None
    return {
        hdrs.CONTENT_TYPE: media_type,
        hdrs.CONTENT_DISPOSITION: disposition(node.name, inline=bool(shown)),
        hdrs.ETAG: f'"{node.etag}"',
        hdrs.CACHE_CONTROL: "private, no-cache",
        "Content-Security-Policy": policy or security.CONTENT_POLICY,
    }


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition (RFC 6266), whatever characters the name has."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@dataclass(frozen=True, slots=True)
class Part:
    """`length` bytes from `start`."""

    start: int
    length: int


def part_of(request: web.BaseRequest, node: Node) -> Part | None:
    """The one range that is asked for (RFC 9110 section 14); None: all of it.

    Several ranges, and what is malformed, are answered with the whole. Raises
    HTTPRequestRangeNotSatisfiable if it lies beyond the end.
    """
    match = _RANGE.fullmatch(request.headers.get(hdrs.RANGE, "").strip())
    condition = request.headers.get(hdrs.IF_RANGE)
    if match is None or match[0] == "bytes=-" or condition not in (None, f'"{node.etag}"'):
        return None
    if not match[1]:
        start = max(0, node.size - int(match[2]))
        end = node.size
    else:
        start = int(match[1])
        end = min(int(match[2]) + 1, node.size) if match[2] else node.size
    if start >= end:
        raise web.HTTPRequestRangeNotSatisfiable(
            headers={hdrs.CONTENT_RANGE: f"bytes */{node.size}"}
        )
    return Part(start, end - start)


Read = Callable[[Node, int, int | None], AsyncIterator[Buffer]]
"""A document's plaintext from an offset, that many bytes of it (None: to the end)."""


async def send_document(
    visit: Visit, node: Node, *, inline: bool, read: Read | None = None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> web.StreamResponse:  # fmt: skip
    """The document, or the part of it that was asked for; from the reader's vault or by `read`."""
    read = read or visit.vault.read
    headers = headers_for(node, inline=inline) | {hdrs.ACCEPT_RANGES: "bytes"} | dict(more)
    if f'"{node.etag}"' in visit.request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=304, headers=headers)
    part = part_of(visit.request, node)
    if part is None:
        return await send(visit, read(node, 0, None), headers, node.size)
    last = part.start + part.length - 1
    headers[hdrs.CONTENT_RANGE] = f"bytes {part.start}-{last}/{node.size}"
    pieces = read(node, part.start, part.length)
    return await send(visit, pieces, headers, part.length, status=206)


async def send(
    visit: Visit, pieces: AsyncIterator[Buffer], headers: Mapping[str, str], length: int | None,
    *, status: int = 200,
) -> web.StreamResponse:  # fmt: skip
    """Stream the pieces. What fails before the first one is an ordinary error.

    Later the connection is cut, so that what was sent is never taken for the whole.
    """
    return await stream(visit.request, pieces, headers, length, status=status)
