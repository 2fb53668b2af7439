"""New folders, renaming, moving, copying and deleting: the folder is in the address, the names
of what lies in it are fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from vault_core.errors import (
    BadRequest,
    InvalidName,
    NodeExists,
    ParcheminError,
    PreconditionFailed,
)
from vault_core.vault.arriving import free_name, is_taken
from vault_core.vault.nodes.names import Path, normalise, under
from vault_core.vault.nodes.node import Node
from vault_core.vault.nodes.ordering import in_order
from vault_core.web import undoing
from vault_core.web.addresses import address, parse_path
from vault_core.web.listing import PREFIX, Item
from vault_core.web.serving import sentence_of
from vault_core.web.visit import Visit

MOST: Final = 10_000
"""Things that one form changes."""


def back_to(path: Path, done: str, *nodes: Node, more: str = "") -> str:
    """The folder's address, saying what was done and pointing at the first node."""
    at = nodes[0].id.hex() if nodes else ""
    anchor = f"&at={at}{more}#n-{at}" if nodes else more
    return f"{address(PREFIX, path, folder=True)}?done={done}{anchor}"


async def _items(visit: Visit, path: Path, names: list[str]) -> list[Item]:
    if not names or len(names) > MOST:
        raise BadRequest
    places = [(*path, normalise(name)) for name in names]
    return [Item(await visit.vault.find(place), place) for place in places]


async def new_folder_page(visit: Visit) -> web.StreamResponse:
    """The form."""
    path = visit.path("/new-folder")
    await visit.vault.find(path)
    return visit.page("new_folder.html", section="files", path=path, name="", problem="")


async def new_folder(visit: Visit) -> web.StreamResponse:
    """Make a folder."""
    path = visit.path("/new-folder")
    fields = await visit.form()
    wanted = fields.get("name", "").strip()
    try:
        node = await visit.vault.make_folder((*path, normalise(wanted)))
    except (InvalidName, NodeExists) as error:
        return visit.page(
            "new_folder.html", section="files", status=409, path=path, name=wanted,
            problem=sentence_of(visit, error),
        )  # fmt: skip
    return visit.go(back_to(path, "folder", node))


async def rename_page(visit: Visit) -> web.StreamResponse:
    """The form, with the present name."""
    path = visit.path("/rename")
    items = await _items(visit, path, visit.request.query.getall("item", []))
    return _rename_form(visit, path, items[0])


def _rename_form(
    visit: Visit, path: Path, item: Item, name: str = "", error: ParcheminError | None = None
) -> web.Response:
    """The form; again with the name that was refused, and why, beside it."""
    problem = sentence_of(visit, error) if error else ""
    return visit.page(
        "rename.html", section="files", status=error.status if error else 200, path=path,
        item=item, name=name or item.name, problem=problem,
    )  # fmt: skip


async def rename(visit: Visit) -> web.StreamResponse:
    """Give one thing another name in the same folder."""
    path = visit.path("/rename")
    fields = await visit.form()
    item = (await _items(visit, path, fields.getall("item", [])))[0]
    wanted = fields.get("name", "").strip()
    try:
        name = normalise(wanted)
        if name == item.name:
            return visit.go(back_to(path, "", item.node))
        node = (await visit.vault.move(item.path, (*path, name), overwrite=False)).node
    except (InvalidName, PreconditionFailed) as error:
        return _rename_form(visit, path, item, wanted, error)
    return visit.go(back_to(path, "renamed", node, more=undoing.renamed(item.name, node)))


async def choose(visit: Visit) -> web.StreamResponse:
    """The page on which the folder to move or copy to is looked for."""
    path = visit.path(f"/{_verb(visit)}")
    items = await _items(visit, path, visit.request.query.getall("item", []))
    to = parse_path(visit.query("to"), "") if "to" in visit.request.query else path
    return await _chooser(visit, path, items, to)


async def _chooser(
    visit: Visit, path: Path, items: list[Item], to: Path, problem: str = ""
) -> web.Response:
    verb, moving = _verb(visit), {item.node.id for item in items}
    target = await visit.vault.find(to)
    inside = [node for node in await visit.vault.children(target) if node.is_folder]
    return visit.page(
        "choose.html", section="files", status=409 if problem else 200, verb=verb, path=path,
        items=items, to=to, problem=problem,
        inside=[n for n in in_order(inside, "name", False) if n.id not in moving],
        here_already=to == path and verb == "move",
    )  # fmt: skip


def _verb(visit: Visit) -> str:
    return "copy" if visit.request.path.startswith("/copy") else "move"


def _step(fields: Mapping[str, str], path: Path) -> Path:
    """The folder to look into: names are fields, for no address holds thousands of them."""
    return parse_path(fields["step"], "") if "step" in fields else path


async def place(visit: Visit) -> web.StreamResponse:
    """Move or copy to the folder that was chosen, or look into another; copies take a free name."""
    verb = _verb(visit)
    path = visit.path(f"/{verb}")
    fields = await visit.form()
    items = await _items(visit, path, fields.getall("item", []))
    if "step" in fields or "to" not in fields:
        return await _chooser(visit, path, items, _step(fields, path))
    to, vault = parse_path(fields["to"], ""), visit.vault
    taken = [i.name for i in items if verb == "move" and await is_taken(vault, (*to, i.name))]
    if taken:
        return await _chooser(visit, path, items, to, visit.t("choose.taken", name=taken[0]))
    nodes = []
    for item in items:
        if verb == "move":
            written = await vault.move(item.path, (*to, item.name), overwrite=False)
        else:
            name = await free_name(vault, to, item.name)
            written = await vault.copy(item.path, (*to, name), overwrite=False)
        nodes.append(written.node)
    if verb == "copy":
        return visit.go(back_to(to, "copied", *nodes))
    return visit.go(back_to(to, "moved", *nodes, more=undoing.moved(path, nodes)))


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
    undo = undoing.deleted([item.node for item in outermost])
    return visit.go(back_to(path, "deleted", more=undo))
