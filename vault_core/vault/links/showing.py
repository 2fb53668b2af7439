"""What an open link shows: of a share the nodes that are still there, of a proof its text."""

from __future__ import annotations

import json

from vault_core.errors import NodeNotFound
from vault_core.vault.links.sharing import Share, read_share
from vault_core.vault.links.visiting import Visited
from vault_core.vault.nodes.node import Node


def share_of(visited: Visited) -> Share:
    """What a share shows. Raises NodeNotFound for another kind of link."""
    if visited.kind != "share":
        raise NodeNotFound
    return read_share(visited.payload)


def is_there(node: Node, live: dict[bytes, bytes]) -> bool:
    """Whether it is still in the folder, with the content that the link can open."""
    if node.is_folder:
        return node.id in live
    return live.get(node.id) == (node.content.blob if node.content else b"")


def proof_text(visited: Visited) -> str:
    """The SD-JWT of a proof. Raises NodeNotFound for another kind of link."""
    if visited.kind != "proof":
        raise NodeNotFound
    return str(json.loads(visited.payload)["sd"])
