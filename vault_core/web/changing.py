"""New folders, renaming, moving, copying and deleting: the folder is in the address, the names
of what lies in it are fields."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from vault_core.errors import BadRequest, NodeNotFound
from vault_core.vault.names import Path, normalise, numbered, under
from vault_core.vault.node import Node
from vault_core.vault.vault import Vault
from vault_core.web.addresses import address, parse_path
from vault_core.web.listing import PREFIX, Item, in_order
from vault_core.web.visit import Visit

MOST: Final = 1000
"""Things that one form changes."""


def back_to(path: Path, done: str, *nodes: Node) -> str:
    """The folder's address, saying what was done and pointing at the first node."""
    anchor = f"#n-{nodes[0].id.hex()}" if nodes else ""
    return f"{address(PREFIX, path, folder=True)}?done={done}{anchor}"


async def _items(visit: Visit, path: Path, names: list[str]) -> list[Item]:
    if not names or len(names) > MOST:
        raise BadRequest
    places = [(*path, normalise(name)) for name in names]
    return [Item(await visit.vault.find(place), place) for place in places]


async def new_folder(visit: Visit) -> web.StreamResponse:
    """Make a folder."""
    path = visit.path("/new-folder")
    fields = await visit.form()
    name = normalise(fields.get("name", "").strip())
    node = await visit.vault.make_folder((*path, name))
    return visit.go(back_to(path, "folder", node))


async def rename_page(visit: Visit) -> web.StreamResponse:
    """The form, with the present name."""
    path = visit.path("/rename")
    items = await _items(visit, path, visit.request.query.getall("item", []))
    return visit.page("rename.html", section="files", path=path, item=items[0])


async def rename(visit: Visit) -> web.StreamResponse:
    """Give one thing another name in the same folder."""
    path = visit.path("/rename")
    fields = await visit.form()
    item = (await _items(visit, path, fields.getall("item", [])))[0]
    name = normalise(fields.get("name", "").strip())
    node = item.node
    if name != node.name:
        node = (await visit.vault.move(item.path, (*path, name), overwrite=False)).node
    return visit.go(back_to(path, "renamed", node))


async def choose(visit: Visit) -> web.StreamResponse:
    """The page on which the folder to move or copy to is looked for."""
    verb = _verb(visit)
    path = visit.path(f"/{verb}")
    items = await _items(visit, path, visit.request.query.getall("item", []))
    to = parse_path(visit.query("to"), "") if "to" in visit.request.query else path
    target = await visit.vault.find(to)
    moving = {item.node.id for item in items}
    inside = [node for node in await visit.vault.children(target) if node.is_folder]
    names = [("item", item.name) for item in items]

    def step(place: Path) -> str:
        return f"{address(f'/{verb}', path)}?{urlencode([*names, ('to', address('', place))])}"

    return visit.page(
        "choose.html", section="files", verb=verb, path=path, items=items, to=to, step=step,
        inside=[n for n in in_order(inside, "name", False) if n.id not in moving],
        here_already=to == path and verb == "move",
    )  # fmt: skip


def _verb(visit: Visit) -> str:
    return "copy" if visit.request.path.startswith("/copy") else "move"


async def place(visit: Visit) -> web.StreamResponse:
    """Move or copy to the folder that was chosen; copies take a free name."""
    verb = _verb(visit)
    path = visit.path(f"/{verb}")
    fields = await visit.form()
    items = await _items(visit, path, fields.getall("item", []))
    to, vault = parse_path(fields.get("to", ""), ""), visit.vault
    nodes = []
    for item in items:
        if verb == "move":
            written = await vault.move(item.path, (*to, item.name), overwrite=False)
        else:
            name = await free_name(vault, to, item.name)
            written = await vault.copy(item.path, (*to, name), overwrite=False)
        nodes.append(written.node)
    return visit.go(back_to(to, "moved" if verb == "move" else "copied", *nodes))


async def free_name(vault: Vault, folder: Path, name: str) -> str:
    """The name, or the first of `name (2)`, `name (3)`, … that nothing in the folder has."""
    free, number = name, 2
    while await _is_taken(vault, (*folder, free)):
        free, number = numbered(name, number), number + 1
    return free


async def _is_taken(vault: Vault, path: Path) -> bool:
    try:
        await vault.find(path)
    except NodeNotFound:
        return False
    return True


async def delete(visit: Visit) -> web.StreamResponse:
    """To the trash, with the way back in the answer."""
    path = visit.path("/delete")
    fields = await visit.form()
    items = await _items(visit, path, fields.getall("item", []))
    outermost = [
        item for item in items
        if not any(other is not item and under(item.path, other.path) for other in items)
    ]  # fmt: skip
    for item in outermost:
        await visit.vault.delete(item.path)
    undo = urlencode([("undo", item.node.id.hex()) for item in outermost[:50]])
    return visit.go(f"{back_to(path, 'deleted')}&{undo}")
