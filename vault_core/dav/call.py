"""One request on its way through: the opened vault, the path, and the server's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from aiohttp import web
from multidict import istr

from vault_core.api import Clock, Random
from vault_core.dav import paths
from vault_core.dav.if_header import IfHeader, ResourceState
from vault_core.errors import BadRequest, NodeNotFound
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Lock, Node
from vault_core.vault.vault import Vault

_DEPTH: Final = istr("Depth")
DEPTH_INFINITY: Final = "infinity"


def peer_address(request: web.BaseRequest) -> str:
    """The address of whoever holds the other end of the connection."""
    return request.remote or ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for."""

    max_nodes: int = 20_000
    """Nodes a PROPFIND with depth infinity lists; beyond, it is refused."""
    body_idle: float = 30.0
    """Seconds in which at least `body_progress` bytes of a body must come."""
    body_progress: int = 1024
    lock_seconds: int = 3600
    """How long a lock lives when its client names no time."""
    max_lock_seconds: int = 24 * 3600
    max_locks: int = 1000
    """Locks of one vault at a time."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all requests share: where the vault is mounted, and what is allowed."""

    clock: Clock
    random: Random
    prefix: str = "/dav"
    hosts: Callable[[], frozenset[str]] = frozenset
    """Names of this server besides the one a request's Host gives, for Destination."""
    address: Callable[[web.BaseRequest], str] = peer_address
    """The client's address, which failed attempts are counted by."""
    limits: Limits = Limits()


class Call(NamedTuple):
    """One authenticated request."""

    request: web.BaseRequest
    vault: Vault
    path: Path
    site: Site
    if_header: IfHeader | None
    """None if there is no If field; otherwise it holds."""

    @property
    def tokens(self) -> frozenset[str]:
        """The lock tokens that the client submitted."""
        return self.if_header.tokens if self.if_header else frozenset()

    def header(self, name: str) -> str | None:
        """A field of the request, None if it is not there."""
        return self.request.headers.get(name)

    def href(self, path: Path, is_folder: bool) -> str:
        """The URL path of a node."""
        return paths.href(path, is_folder, self.site.prefix)

    @property
    def now(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.site.clock() * 1000)

    def depth(self, default: str, allowed: tuple[str, ...] = ("0", "1", "infinity")) -> str:
        """The Depth field (RFC 4918 section 10.2). Raises BadRequest if it is none of those."""
        field = self.request.headers.get(_DEPTH)
        if field is None:
            return default
        depth = field.strip().lower()
        if depth not in allowed:
            raise BadRequest(f"The Depth of this request can be {' or '.join(allowed)}.")
        return depth

    async def find(self) -> Node | None:
        """The request's own node, None if there is none."""
        return await find(self.vault, self.path)

    async def lock_roots(self, locks: Iterable[Lock]) -> dict[str, str]:
        """URL paths of what is locked, by lock token."""
        roots: dict[str, str] = {}
        for lock in locks:
            node = await find(self.vault, lock.path)
            roots[lock.token] = self.href(lock.path, node is not None and node.is_folder)
        return roots


async def find(vault: Vault, path: Path) -> Node | None:
    """The node at a path, None if there is none."""
    try:
        return await vault.find(path)
    except NodeNotFound:
        return None


async def state_of(vault: Vault, path: Path) -> ResourceState:
    """What an If header's conditions on that path are compared with."""
    node = await find(vault, path)
    etag = "" if node is None or node.is_folder else f'"{node.etag}"'
    return ResourceState(etag, frozenset([lock.token for lock in await vault.locks_on(path)]))
