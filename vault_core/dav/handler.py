"""The way in: who asks, for what, and what the answer to a refusal is.

For aiohttp's low-level server: `web.Server(DavHandler(…), **SERVER_OPTIONS)`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from aiohttp import hdrs, web
from multidict import istr

from vault_core.api import Clock, Random
from vault_core.dav import auth, body, collections, copymove, get, if_header, locks, paths
from vault_core.dav import propfind as propfinding
from vault_core.dav import proppatch as proppatching
from vault_core.dav import put as putting
from vault_core.dav.call import Call, Limits, Site, peer_address, state_of
from vault_core.dav.errors import ALLOWED, RefusedError, refusal
from vault_core.dav.if_header import IfHeader, ResourceState
from vault_core.dav.reply import Reply
from vault_core.errors import BadRequest, InvalidName, Locked, ParcheminError, PreconditionFailed
from vault_core.vault.nodes.names import Path
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults

SERVER_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "access_log": None,
        "auto_decompress": False,  # or a few bytes of gzip would be a full disk
        "keepalive_timeout": 30.0,  # also cuts a head that is never finished
        "lingering_time": 5.0,
        "read_bufsize": 64 * 1024,  # smaller is no slower, and less at its peak
        "tcp_keepalive": True,
    }
)
"""Keyword arguments for `aiohttp.web.Server`."""

Verb = Callable[[Call], Awaitable[web.StreamResponse]]
_IF: Final = istr("If")
_METHODS_OF_HTTP: Final = frozenset({"POST", "PATCH", "TRACE", "CONNECT"})
_OPTIONS_FIELDS: Final = (
    b"DAV: 1, 2, 3\r\nMS-Author-Via: DAV\r\nAllow: " + ALLOWED + b"\r\nAccept-Ranges: bytes\r\n"
)
_NOWHERE: Final = ResourceState("", frozenset())


async def options(call: Call) -> web.StreamResponse:
    """The compliance classes (RFC 4918 section 18), and the field by which Explorer knows DAV."""
    return Reply(200, _OPTIONS_FIELDS)


VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "GET": get.get,
        "HEAD": get.get,
        "PUT": putting.put,
        "PROPFIND": propfinding.propfind,
        "PROPPATCH": proppatching.proppatch,
        "MKCOL": collections.mkcol,
        "DELETE": collections.delete,
        "COPY": copymove.copy,
        "MOVE": copymove.move,
        "LOCK": locks.lock,
        "UNLOCK": locks.unlock,
        "OPTIONS": options,
    }
)


class DavHandler:
    """Answers one request after another; holds no state of its own between them."""

    def __init__(
        self,
        vaults: Vaults,
        *,
        clock: Clock,
        random: Random,
        prefix: str = "/dav",
        hosts: Callable[[], frozenset[str]] = frozenset,
        address: Callable[[web.BaseRequest], str] = peer_address,
        limits: Limits | None = None,
    ) -> None:
        self._vaults = vaults
        self._site = Site(clock, random, prefix, hosts, address, limits or Limits())

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer; refusals and lost connections do not raise."""
        try:
            verb = VERBS.get(request.method)
            if verb is None:
                raise _unknown(request.method)
            username, token = auth.credentials(request.headers.get(hdrs.AUTHORIZATION))
            address = self._site.address(request)
            vault = await self._vaults.open_app_password(username, token, address)
            await vault.refresh()
            path = paths.parse(request.raw_path, self._site.prefix)
            condition = None
            field = request.headers.get(_IF)
            if field is not None:
                condition = await self._holding(field, vault, path)
            return await _performed(verb, Call(request, vault, path, self._site, condition))
        except ParcheminError as error:
            return refusal(error, close=_must_close(request))
        except ConnectionError:
            return Reply(400, close=True)

    async def _holding(self, field: str, vault: Vault, path: Path) -> IfHeader:
        """The If header, if it holds. Raises PreconditionFailed if it does not."""
        header = if_header.parse(field)
        states = {tag: await self._state(tag, vault, path) for tag in header.resources}
        if not header.holds(states):
            raise PreconditionFailed("No list of the If header holds; nothing was changed.")
        return header

    async def _state(self, tag: str | None, vault: Vault, path: Path) -> ResourceState:
        if tag is None:
            return await state_of(vault, path)
        try:
            return await state_of(vault, paths.parse(tag, self._site.prefix))
        except (BadRequest, InvalidName):  # nothing of ours: no lock, no entity tag
            return _NOWHERE


async def _performed(verb: Verb, call: Call) -> web.StreamResponse:
    try:
        return await verb(call)
    except Locked as error:
        return refusal(error, await _locked_hrefs(call), close=_must_close(call.request))


async def _locked_hrefs(call: Call) -> tuple[str, ...]:
    """URL paths of the locks that stand in the way: those whose token was not submitted."""
    involved = [call.path]
    if call.request.method in ("COPY", "MOVE"):
        involved.append(copymove.destination(call))
    found = {}
    for path in involved:
        for lock in (
            *await call.vault.locks_on(path),
            *await call.vault.locks_on(path[:-1]),
            *await call.vault.locks_under(path),
        ):
            found[lock.token] = lock
    standing = [lock for token, lock in found.items() if token not in call.tokens]
    roots = await call.lock_roots(standing or found.values())
    return tuple(dict.fromkeys(roots.values()))


def _unknown(method: str) -> RefusedError:
    if method in _METHODS_OF_HTTP:
        return RefusedError(405, f"{method} is not allowed here.")
    return RefusedError(501, "This method is not known.")


def _must_close(request: web.BaseRequest) -> bool:
    """After a refusal the client may or may not send the body it held back: only a new connection
    tells its next request from it."""
    return body.waits_for_continue(request) and not request.content.at_eof()
