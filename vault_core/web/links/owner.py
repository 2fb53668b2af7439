"""Links for their owner: share a document or folder, take documents in, see use, revoke."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from multidict import MultiDict

from vault_core.errors import BadRequest, CorruptCiphertext, Forbidden, NodeNotFound
from vault_core.issuing.symbols.barcodes import qr
from vault_core.store.ids import ROOT, NodeId
from vault_core.store.shared_links import LinkId
from vault_core.vault.journal import journal
from vault_core.vault.links import owning
from vault_core.vault.links.dropping import drop_box
from vault_core.vault.links.link import DAY, LABEL_LENGTH, Link, State, Terms
from vault_core.vault.links.sharing import share
from vault_core.vault.nodes.names import Path
from vault_core.web.telling import Line, Teller
from vault_core.web.visit import Visit

DAYS: Final = (1, 7, 30, 365, 0)
"""Lives of a link that a form offers; 0: until it is revoked."""
MEGABYTE: Final = 1_000_000
_TOLD: Final = 2000
"""Entries of the journal that are looked through for what happened to a link."""


@dataclass(frozen=True, slots=True)
class Row:
    """A link in a list."""

    link: Link
    state: State


def address_of(visit: Visit, link: Link) -> str:
    """What is handed on: the secret stands in the fragment, which no server is sent."""
    return f"{visit.server_url}/open#{link.code}"


async def page(visit: Visit) -> web.StreamResponse:
    """All links, newest first."""
    now = visit.vault.actor().at
    rows = [Row(link, link.state(now)) for link in await owning.listing(visit.vault)]
    rows.sort(key=lambda row: row.state != "open")
    return visit.page("links.html", section="account", rows=rows)


async def _place(visit: Visit, node: NodeId) -> Path | None:
    """Where what it opens lies; None where that was deleted."""
    if node == ROOT:
        return ()
    try:
        return await visit.vault.path_of(node)
    except (NodeNotFound, CorruptCiphertext):
        return None


async def one(visit: Visit) -> web.StreamResponse:
    """One link: its address, its QR code, and what was done with it."""
    link = await owning.find(visit.vault, _id(visit))
    address = address_of(visit, link)
    return visit.page(
        "link.html", section="account", link=link, address=address,
        state=link.state(visit.vault.actor().at), place=await _place(visit, link.node),
        qr=b64encode(qr(address).png).decode(), events=await _events(visit, link),
    )  # fmt: skip


async def _events(visit: Visit, link: Link) -> list[Line]:
    catalog, wanted = visit.vault.opened.services.catalog, link.id.hex()
    entries = await journal.entries(catalog, visit.vault.id, limit=_TOLD)
    about = [entry for entry in entries if entry.detail.get("link") == wanted][:100]
    return await Teller(visit, [], []).lines(about)


def _id(visit: Visit) -> LinkId:
    try:
        return LinkId(bytes.fromhex(visit.request.match_info["link"]))
    except ValueError:
        raise NodeNotFound from None


async def revoke(visit: Visit) -> web.StreamResponse:
    """It opens nothing from now on."""
    await visit.form()
    await owning.revoke(visit.vault, _id(visit))
    return visit.go("/links?done=link-revoked")


async def share_page(visit: Visit) -> web.StreamResponse:
    """The form for a share."""
    path = visit.path("/share")
    if not path:
        raise Forbidden
    node = await visit.vault.find(path)
    return visit.page("share.html", section="files", path=path, node=node, days=DAYS)


async def make_share(visit: Visit) -> web.StreamResponse:
    """A new share."""
    path = visit.path("/share")
    link = await share(visit.vault, path, terms_of(visit, await visit.form()))
    return made(visit, link)


async def drop_page(visit: Visit) -> web.StreamResponse:
    """The form for a drop box."""
    path = visit.path("/drop-box")
    node = await visit.vault.find(path)
    return visit.page("drop_box.html", section="files", path=path, node=node, days=DAYS)


async def make_drop(visit: Visit) -> web.StreamResponse:
    """A new drop box."""
    path, fields = visit.path("/drop-box"), await visit.form()
    size = _number(fields.get("megabytes", "")) or 0
    limit = min(size * MEGABYTE, visit.settings.server.max_document)
    link = await drop_box(visit.vault, path, terms_of(visit, fields), limit)
    return made(visit, link)


def terms_of(visit: Visit, fields: MultiDict[str]) -> Terms:
    """The terms that a form states. Raises BadRequest."""
    now, days = visit.vault.actor().at, _number(fields.get("days", ""))
    total = _number(fields.get("total", ""))
    return Terms(
        " ".join(fields.get("label", "").split())[:LABEL_LENGTH],
        fields.get("pin", "").strip(),
        now + days * DAY if days else None,
        _number(fields.get("most", "")),
        total * MEGABYTE if total is not None else None,
    )


def _number(text: str) -> int | None:
    """A whole number of a form's field; None where it was left empty."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest
    return int(text)


def made(visit: Visit, link: Link) -> web.Response:
    return visit.go(f"/links/{link.id.hex()}?done=linked")
