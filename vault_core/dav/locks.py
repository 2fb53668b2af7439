"""LOCK and UNLOCK (RFC 4918 sections 9.10 and 9.11)."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from multidict import istr

from vault_core.api import Buffer
from vault_core.dav import body, xml_in
from vault_core.dav.call import DEPTH_INFINITY, Call, Limits
from vault_core.dav.clark import dav
from vault_core.dav.errors import XML_FIELDS, RefusedError, error_body
from vault_core.dav.properties import Facts, lock_discovery
from vault_core.dav.put import write_condition
from vault_core.dav.reply import Reply
from vault_core.dav.xml_out import DECLARATION, MULTISTATUS_END, MULTISTATUS_START, response
from vault_core.errors import BadRequest, Conflict, Locked, PreconditionFailed
from vault_core.vault.nodes.node import Lock, Precondition

_TIMEOUT: Final = istr("Timeout")
_LOCK_TOKEN: Final = istr("Lock-Token")
MAX_OWNER: Final = 8192
"""Characters of the owner element that are kept."""


@dataclass(frozen=True, slots=True)
class LockInfo:
    """What a client asks for with DAV:lockinfo (section 14.11)."""

    shared: bool
    owner: str


def lock_info(document: bytes) -> LockInfo:
    """Read a body. Raises BadRequest if it asks for no write lock of a known scope."""
    root = xml_in.parse(document)
    scope, kind = root.child("lockscope"), root.child("locktype")
    if root.name != dav("lockinfo") or scope is None or kind is None:
        raise BadRequest("The body of LOCK is a DAV:lockinfo with its scope and type.")
    exclusive, shared = scope.child("exclusive"), scope.child("shared")
    if (exclusive is None) == (shared is None) or kind.child("write") is None:
        raise BadRequest("A lock is exclusive or shared, and a write lock.")
    owner = root.child("owner")
    text = xml_in.serialise_content(owner).strip() if owner else ""
    if len(text) > MAX_OWNER:
        raise BadRequest(f"DAV:owner may have {MAX_OWNER} characters.")
    return LockInfo(shared is not None, text)


def timeout(field: str | None, limits: Limits) -> int:
    """Seconds a lock will live (section 10.7): the first time named that is understood, bounded."""
    for choice in (field or "").split(","):
        unit, _, number = choice.strip().partition("-")
        if unit.lower() == "infinite":
            return limits.max_lock_seconds
        if unit.lower() == "second" and number.isascii() and number.isdigit():
            return min(max(1, int(number[:12])), limits.max_lock_seconds)
    return limits.lock_seconds


async def lock(call: Call) -> web.StreamResponse:
    """Take a lock, or refresh one if there is no body. An unmapped URL becomes an empty document.

    Raises Locked (423, no-conflicting-lock is in the answer) where another lock excludes it.
    """
    depth = call.depth(DEPTH_INFINITY, ("0", DEPTH_INFINITY))
    seconds = timeout(call.header(_TIMEOUT), call.site.limits)
    document = await body.read(call.request, call.site.limits, xml_in.MAX_BODY)
    if not document:
        return await _refresh(call, seconds)
    info = lock_info(document)
    await write_condition(call)
    await _check_count(call)
    created = await _create_unmapped(call)
    token = uuid.UUID(bytes=call.site.random(16), version=4).urn
    infinite = depth == DEPTH_INFINITY
    try:
        taken = await call.vault.lock(
            call.path,
            token=token,
            shared=info.shared,
            infinite=infinite,
            owner=info.owner,
            seconds=seconds,
            tokens=call.tokens,
        )
    except Locked:
        return await _conflict(call, infinite)
    return await _granted(call, taken, 201 if created else 200, b"Lock-Token: <%b>\r\n")


async def _refresh(call: Call, seconds: int) -> Reply:
    """Section 9.10.2: no body, and the one lock named in the If header."""
    if len(call.tokens) != 1:
        raise BadRequest("To refresh a lock, name its token alone in the If header.")
    (token,) = call.tokens
    return await _granted(call, await call.vault.refresh_lock(token, call.path, seconds), 200, b"")


async def _check_count(call: Call) -> None:
    count = len(await call.vault.locks_under(())) + len(await call.vault.locks_on(()))
    if count >= call.site.limits.max_locks:
        raise RefusedError(403, "Too many locks are held; unlock some, or wait until they expire.")


async def _create_unmapped(call: Call) -> bool:
    """Section 7.3: what is locked before it exists becomes an empty document."""
    if await call.find() is not None:
        return False
    absent = Precondition(must_exist=False)
    try:
        await call.vault.write(call.path, _nothing(), size=0, condition=absent, tokens=call.tokens)
    except PreconditionFailed:  # somebody made it in between: it is there, which is enough
        return False
    return True


async def _nothing() -> AsyncIterator[Buffer]:
    empty: tuple[Buffer, ...] = ()
    for piece in empty:
        yield piece


async def _granted(call: Call, taken: Lock, status: int, header: bytes) -> Reply:
    facts = Facts(call.now, (taken,), roots=await call.lock_roots([taken]))
    text = f'{DECLARATION}<D:prop xmlns:D="DAV:">{lock_discovery(facts.locks, facts)}</D:prop>'
    fields = XML_FIELDS + (header % taken.token.encode() if header else b"")
    return Reply(status, fields, text.encode())


async def _conflict(call: Call, infinite: bool) -> Reply:
    """423 where the node itself is covered; 207 where the lock that excludes it lies below."""
    message = "Another lock excludes this one; wait until it is released."
    on = await call.vault.locks_on(call.path)
    below = await call.vault.locks_under(call.path) if infinite else []
    roots = await call.lock_roots([*on, *below])
    if on or not below:
        hrefs = tuple(dict.fromkeys(roots.values()))
        return Reply(423, XML_FIELDS, error_body(message, "no-conflicting-lock", hrefs))
    parts = [(href, "423 Locked") for href in dict.fromkeys(roots.values())]
    parts.append((call.href(call.path, is_folder=True), "424 Failed Dependency"))
    entries = [response(href, f"<D:status>HTTP/1.1 {what}</D:status>") for href, what in parts]
    text = f"{MULTISTATUS_START}{''.join(entries)}{MULTISTATUS_END}"
    return Reply(207, XML_FIELDS, text.encode())


async def unlock(call: Call) -> web.StreamResponse:
    """Answer 204.

    Raises RefusedError (409) if no lock of that token covers the node, and Forbidden if it was
    taken with another app password.
    """
    token = (call.header(_LOCK_TOKEN) or "").strip()
    if len(token) < 3 or token[0] != "<" or token[-1] != ">":
        raise BadRequest("UNLOCK names the lock in Lock-Token: <token>.")
    try:
        await call.vault.unlock(token[1:-1], call.path)
    except Conflict:
        raise RefusedError(
            409, "No lock of that token covers this.", "lock-token-matches-request-uri"
        ) from None
    return Reply(204)
