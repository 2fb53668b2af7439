"""A folder's page: what lies in it, sorted, as a list or a grid, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from vault_core.errors import NodeNotFound
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.vault.nodes.ordering import KEYS
from vault_core.vault.overview import ordered
from vault_core.web import certificates, documents, recovery, undoing
from vault_core.web.listing import PREFIX, crumbs
from vault_core.web.rows import rows
from vault_core.web.visit import NO_STORE, Visit

PAGE: Final = 120
"""Rows of one page: a folder of 10,000 documents opens as fast as a small one."""
CHUNKS: Final = {"list": 30, "grid": 60}
"""Rows that come and go together, by layout: few enough for one frame, and full lines of a grid of
up to six columns."""
NAMES: Final = 10_000
"""Names that are told at once, for picking them: as many as one form changes."""
COOKIE: Final = "view"
YEAR: Final = 365 * 24 * 3600


async def page(visit: Visit) -> web.StreamResponse:
    """The page of whatever lies at the address: a folder or a document."""
    path = visit.path(PREFIX)
    node = await visit.vault.find(path)
    if not node.is_folder:
        return await documents.page(visit, path, node)
    return await _folder(visit, path, node)


async def _folder(visit: Visit, path: Path, node: Node) -> web.StreamResponse:
    by = visit.query("sort") if visit.query("sort") in KEYS else "name"
    descending = visit.query("order") == "down"
    nodes = await ordered(visit.vault, node, by, descending)
    if visit.query("part") == "names":
        return _names(nodes)
    number = _page_number(visit, nodes)
    start, view = (number - 1) * PAGE, _view(visit)
    answer = visit.page(
        "rows.html" if visit.query("part") else "folder.html",
        section="files", path=path, crumbs=crumbs(visit, path),
        name=path[-1] if path else visit.t("files.root"),
        items=rows(visit, path, nodes[start : start + PAGE]),
        total=len(nodes), number=number, pages=max(1, -(-len(nodes) // PAGE)), start=start,
        per_page=PAGE, per_chunk=CHUNKS[view],
        by=by, descending=descending, view=view, quota=await visit.vault.quota(),
        undo=undoing.parse(visit, path),
        unread=0 if path or visit.query("part") else await certificates.unread(visit),
        unrecoverable=not path and not await recovery.exists(visit.vault),
    )  # fmt: skip
    if visit.query("view"):
        answer.set_cookie(COOKIE, view, max_age=YEAR, path="/", secure=visit.secure, samesite="Lax")
    return answer


def _view(visit: Visit) -> str:
    """List or grid: what was just chosen, else what was chosen the last time."""
    for wanted in (visit.query("view"), visit.request.cookies.get(COOKIE, "")):
        if wanted in CHUNKS:
            return wanted
    return "list"


def _names(nodes: Sequence[Node]) -> web.Response:
    """The names alone, in the order of the rows."""
    answer = web.json_response([node.name for node in nodes[:NAMES]])
    answer.headers["Cache-Control"] = NO_STORE
    return answer


def _page_number(visit: Visit, nodes: Sequence[Node]) -> int:
    """The page that was asked for; else that of the node which the address points at."""
    text, at = visit.query("page"), visit.query("at")
    if not text and not at:
        return 1
    if not text:
        index = next((n for n, node in enumerate(nodes) if node.id.hex() == at), 0)
        return 1 + index // PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise NodeNotFound
    return min(max(1, int(text)), max(1, -(-len(nodes) // PAGE)))
