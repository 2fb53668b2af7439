"""Visits: a link that somebody without an account has open in their browser or program.

A visit has a token of its own, so that neither the link nor its PIN has to be sent again. It ends
with the link, and after two hours.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from vault_core.api import Buffer
from vault_core.crypto import codes
from vault_core.crypto.links import (
    LinkBinding,
    LinkKind,
    has_pin,
    link_key,
    link_lookup,
    open_payload,
    unwrap_for_visit,
    visit_lookup,
    wrap_for_visit,
)
from vault_core.errors import (
    AccessDenied,
    LinkClosed,
    LinkExpired,
    LinkNotFound,
    LinkPaused,
    LinkRevoked,
    LinkUsedUp,
    NodeNotFound,
    PinNeeded,
    PinWrong,
    ShareChanging,
    TooManyAttempts,
    VisitOver,
)
from vault_core.store import changes, shared_links
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.shared_links import LinkRow, VisitRow
from vault_core.vault.documents import content
from vault_core.vault.documents.opened import Services
from vault_core.vault.keys.keyslots import slowly
from vault_core.vault.keys.throttle import Throttle
from vault_core.vault.links.link import WRONG_PINS
from vault_core.vault.nodes.node import Node

VISIT: Final = 2 * 3_600_000
"""How long a visit lasts, ms."""
MOST_VISITS: Final = 1000
"""Visits of one link at a time."""
_FREE_TRIES: Final = 5
_FIRST_WAIT: Final = 30_000
"""Milliseconds that the next PIN waits after five wrong ones; doubled by every further one."""
_LONGEST_WAIT: Final = 3_600_000
_ACCOUNT: Final = "link"


@dataclass(frozen=True, slots=True)
class Visited:
    """A link that is open for somebody, as it is now."""

    row: LinkRow
    lookup: bytes
    payload: bytes

    @property
    def kind(self) -> LinkKind:
        """Share, drop or proof."""
        return self.row.kind


class Visits:
    """Opens links for whoever holds them."""

    def __init__(self, services: Services, throttle: Throttle) -> None:
        self.services = services
        self.throttle = throttle

    async def open(self, text: str, pin: str = "", address: str = "") -> tuple[str, LinkRow]:
        """Open a link, or its code as somebody typed it: the visit's token, and the link.

        Raises LinkNotFound, LinkExpired, LinkRevoked, LinkUsedUp, LinkPaused, PinNeeded, PinWrong,
        and TooManyAttempts where somebody guesses. A typing error is not counted as a guess.
        """
        attempt = await self.throttle.begin(_ACCOUNT, address)
        try:
            secret = codes.parse_link_code(text)
        except AccessDenied as error:
            raise LinkNotFound(str(error)) from None
        row = await shared_links.by_lookup(self.services.catalog, link_lookup(secret))
        if row is None:
            if await shared_links.is_paused(self.services.catalog, link_lookup(secret)):
                raise LinkPaused
            await self.throttle.failed(attempt)
            raise LinkNotFound
        self._require_open(row)
        key = await self._key(row, secret, pin)
        return await self._enter(row, key), row

    async def _key(self, row: LinkRow, secret: bytes, pin: str) -> bytes:
        if not has_pin(row.parameters):
            key = link_key(_binding(row), secret, "")
            open_payload(key, _binding(row), row.payload)
            return key
        if not pin:
            raise PinNeeded
        at = self._now()
        if not await self.services.catalog.commit(shared_links.try_pin, row.id, at, WRONG_PINS):
            wait = max(1, (row.wait_until - at) // 1000 + 1)
            raise TooManyAttempts(retry_after=wait)
        try:
            key = await slowly(link_key, _binding(row), secret, pin[:64])
            open_payload(key, _binding(row), row.payload)
        except AccessDenied:
            await self.services.catalog.commit(_wrong, row, self._now())
            raise PinWrong from None
        await self.services.catalog.commit(shared_links.pin_was_right, row.id)
        return key

    async def _enter(self, row: LinkRow, key: bytes) -> str:
        token = codes.new_session_token(self.services.random)
        secret, at = codes.parse_session_token(token), self._now()
        expires = min(at + VISIT, row.expires_at or at + VISIT)
        wrapped = wrap_for_visit(key, row.id, secret)
        visit = VisitRow(visit_lookup(secret), row.id, wrapped, expires)
        await self.services.catalog.commit(_enter, row, visit, at)
        return token

    async def visited(self, token: str) -> Visited:
        """The link of a visit, as it is now.

        Raises VisitOver for a token that finds none or whose owner is suspended, LinkExpired,
        LinkRevoked.
        """
        try:
            secret = codes.parse_session_token(token)
        except AccessDenied:
            raise VisitOver from None
        catalog = self.services.catalog
        visit = await shared_links.visit(catalog, visit_lookup(secret))
        if visit is None or visit.expires_at <= self._now():
            raise VisitOver
        row = await shared_links.by_id(catalog, visit.link)
        if row is None:
            raise VisitOver
        self._require_open(row, spent=True)
        try:
            key = unwrap_for_visit(visit.wrapped, row.id, secret)
            payload = open_payload(key, _binding(row), row.payload)
        except AccessDenied:
            raise VisitOver from None
        return Visited(row, visit.lookup, payload)

    async def take(self, visited: Visited, node: Node) -> None:
        """Count a download; the same thing in the same visit is counted once.

        Raises LinkUsedUp; NodeNotFound if it is not there any more; ShareChanging if it has
        changed since the share was last made anew.
        """
        await self.require_live(visited, node)
        await self.services.catalog.commit(_take, visited, node, self._now())

    async def live(self, visited: Visited) -> dict[bytes, bytes]:
        """What is still there of a share: the ids of its nodes, and of their blobs (or b"").

        Raises NodeNotFound if its top is not.
        """
        row, catalog = visited.row, self.services.catalog
        if await shared_links.lies_under(catalog, row.vault, row.node, row.node) is None:
            raise NodeNotFound
        return await shared_links.live_under(catalog, row.vault, row.node)

    async def require_live(self, visited: Visited, node: Node) -> None:
        """Raises NodeNotFound, ShareChanging: what was deleted or moved away is not shown."""
        row = visited.row
        blob = await shared_links.lies_under(self.services.catalog, row.vault, node.id, row.node)
        if blob is None:
            raise NodeNotFound
        if not node.is_folder and blob != (node.content.blob if node.content else b""):
            raise ShareChanging

    def read(self, node: Node, offset: int = 0, length: int | None = None) -> AsyncIterator[Buffer]:
        """A shared document's plaintext, as `Vault.read` gives it."""
        return content.read(self.services, node, offset, length)

    def _require_open(self, row: LinkRow, *, spent: bool = False) -> None:
        if row.ended_at is not None:
            raise LinkRevoked
        if row.expires_at is not None and row.expires_at <= self._now():
            raise LinkExpired
        if not spent and row.most is not None and row.used >= row.most:
            raise LinkUsedUp

    def _now(self) -> int:
        return int(self.services.clock() * 1000)


def _binding(row: LinkRow) -> LinkBinding:
    return LinkBinding(row.vault, row.id, row.kind, row.parameters)


def told(row: LinkRow, verb: str, at: int, **detail: object) -> Unit[None]:
    """Part of a unit: an entry in the owner's journal."""
    entry = Entry(verb, row.node, {"link": row.id.hex(), **detail})
    yield from changes.record(Actor(row.vault, None, at), [entry])


def _enter(row: LinkRow, visit: VisitRow, at: int) -> Unit[None]:
    """A proof is used by being looked at; shares and drop boxes by what is taken or given."""
    uses = 1 if row.kind == "proof" else 0
    if not (yield from shared_links.spend(row.id, at, uses, 0)):
        raise LinkUsedUp if uses else LinkClosed
    counted = yield (
        "SELECT COUNT(*) FROM link_visits WHERE link = ? AND expires_at > ?",
        (row.id, at),
    )
    if counted[0][0] >= MOST_VISITS:
        raise TooManyAttempts("Too many have this link open: try again later.")
    yield from shared_links.insert_visit(visit)
    yield from told(row, "link-check" if uses else "link-open", at)


def _take(visited: Visited, node: Node, at: int) -> Unit[None]:
    if not (yield from shared_links.use_once(visited.lookup, node.id)):
        return
    if not (yield from shared_links.spend(visited.row.id, at, 1, 0)):
        raise LinkUsedUp
    entry = Entry("link-take", node.id, {"link": visited.row.id.hex()})
    yield from changes.record(Actor(visited.row.vault, None, at), [entry])


def _wrong(row: LinkRow, at: int) -> Unit[None]:
    failed = yield from shared_links.pin_was_wrong(row.id)
    if failed >= _FREE_TRIES:
        wait = min(_FIRST_WAIT << min(failed - _FREE_TRIES, 10), _LONGEST_WAIT)
        yield from shared_links.let_wait(row.id, at + wait)
    yield from told(row, "link-refused", at)
    if failed >= WRONG_PINS:
        yield from shared_links.end(row.vault, row.id, at)
        yield from told(row, "link-guessed", at)
