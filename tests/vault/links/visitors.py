"""Somebody who has a link and no account."""

from __future__ import annotations

from tests.vault.workers import Worker
from vault_core.vault.keys.throttle import Throttle
from vault_core.vault.links.link import Terms
from vault_core.vault.links.sharing import Share, read_share
from vault_core.vault.links.visiting import Visited, Visits
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node

NO_PIN = Terms(label="a link")


def visits_of(worker: Worker) -> Visits:
    """The service of one process."""
    return Visits(worker.vaults.services, Throttle(worker.catalog, worker.clock))


async def shared(visits: Visits, token: str) -> Share:
    """What a visit shows now."""
    return read_share((await visits.visited(token)).payload)


async def taken(visits: Visits, token: str, path: Path) -> bytes:
    """A download."""
    visited = await visits.visited(token)
    return await read(visits, visited, read_share(visited.payload).find(path))


async def read(visits: Visits, visited: Visited, node: Node) -> bytes:
    """A download of a node."""
    await visits.take(visited, node)
    return b"".join([bytes(piece) async for piece in visits.read(node)])
