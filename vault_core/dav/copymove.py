"""COPY and MOVE (RFC 4918 sections 9.8 and 9.9)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from multidict import istr

from vault_core.dav import paths
from vault_core.dav.call import DEPTH_INFINITY, Call
from vault_core.dav.errors import RefusedError
from vault_core.dav.put import write_condition
from vault_core.dav.reply import Reply
from vault_core.errors import BadRequest, Forbidden
from vault_core.vault.nodes.names import Path, under

_OVERWRITE: Final = istr("Overwrite")
_DEFAULT_PORTS: Final = (":80", ":443")


async def copy(call: Call) -> web.StreamResponse:
    """Answer 201, or 204 where something was replaced. Depth 0 copies a folder without content."""
    depth = call.depth(DEPTH_INFINITY, ("0", DEPTH_INFINITY))
    target = destination(call)
    condition = await write_condition(call)
    recursive = depth == DEPTH_INFINITY
    if recursive and under(target, call.path):
        raise Forbidden("A folder cannot be copied into itself.")
    written = await call.vault.copy(
        call.path, target, overwrite=_overwrite(call), recursive=recursive,
        condition=condition, tokens=call.tokens,
    )  # fmt: skip
    return Reply(201 if written.created else 204)


async def move(call: Call) -> web.StreamResponse:
    """Answer 201, or 204 where something was replaced."""
    call.depth(DEPTH_INFINITY, (DEPTH_INFINITY,))
    target = destination(call)
    condition = await write_condition(call)
    written = await call.vault.move(
        call.path, target, overwrite=_overwrite(call), condition=condition, tokens=call.tokens
    )
    return Reply(201 if written.created else 204)


def _overwrite(call: Call) -> bool:
    """The Overwrite field (section 10.6)."""
    value = call.request.headers.get(_OVERWRITE, "T").strip().upper()
    if value not in ("T", "F"):
        raise BadRequest("Overwrite is T or F.")
    return value == "T"


def destination(call: Call) -> Path:
    """The Destination field (section 10.3): a URL of this server, or an absolute path on it.

    The scheme is not compared, for the server may stand behind a proxy that ends TLS.
    Raises BadRequest if it is missing or malformed, and RefusedError (502) if it is elsewhere.
    """
    field = (call.request.headers.get(hdrs.DESTINATION) or "").strip()
    scheme, separator, rest = field.partition("://")
    if not field.startswith("/"):
        if not separator or scheme.lower() not in ("http", "https"):
            raise BadRequest("Destination is the URL of where it shall be.")
        host = _host(rest.partition("/")[0])
        if host != _host(call.request.headers.get(hdrs.HOST, "")) and host not in call.site.hosts():
            raise RefusedError(502, "The destination is on another server; copy it there yourself.")
    target = paths.origin_form(field)
    if target != call.site.prefix and not target.startswith(call.site.prefix + "/"):
        raise RefusedError(502, "The destination is outside of the vault.")
    return paths.parse(target, call.site.prefix)


def hosts_of(*urls: str) -> frozenset[str]:
    """The names by which a server of these addresses is known, as Destination is compared."""
    return frozenset([_host(urlsplit(url).netloc) for url in urls if url])


def _host(authority: str) -> str:
    """Host and port, lower case, without a default port."""
    host = authority.lower()
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    return host
