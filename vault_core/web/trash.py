"""The trash: what was deleted, to be restored or destroyed."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import NodeNotFound
from vault_core.store.ids import NodeId
from vault_core.web.addresses import local
from vault_core.web.changing import back_to
from vault_core.web.listing import Item
from vault_core.web.visit import Visit


async def page(visit: Visit) -> web.StreamResponse:
    """Everything in it, newest first."""
    nodes = await visit.vault.trash()
    return visit.page(
        "trash.html", section="files", items=[Item(node, ()) for node in nodes],
        days=visit.settings.vault.trash_days,
    )  # fmt: skip


def _ids(texts: list[str]) -> list[NodeId]:
    try:
        return [NodeId(bytes.fromhex(text)) for text in texts]
    except ValueError:
        raise NodeNotFound from None


async def restore(visit: Visit) -> web.StreamResponse:
    """Put things back where they were."""
    fields = await visit.form()
    nodes = [await visit.vault.restore(node) for node in _ids(fields.getall("node", []))]
    if not nodes:
        raise NodeNotFound
    if "next" in fields:
        where = local(fields["next"].partition("?")[0], "/files/")
        return visit.go(f"{where}?done=restored&at={nodes[0].id.hex()}#n-{nodes[0].id.hex()}")
    path = await visit.vault.path_of(nodes[0].id)
    return visit.go(back_to(path[:-1], "restored", nodes[0]))


async def purge(visit: Visit) -> web.StreamResponse:
    """Destroy things for good; with `all`, everything."""
    fields = await visit.form()
    nodes = _ids(fields.getall("node", []))
    if fields.get("all"):
        nodes = [node.id for node in await visit.vault.trash()]
    for node in nodes:
        await visit.vault.purge(node)
    return visit.go("/trash?done=purged")
