"""Links for programs that hold one: open it, read what it shows, put documents in."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import Field

from vault_core.errors import (
    BadRequest,
    BoxFull,
    Conflict,
    InvalidName,
    LinkClosed,
    LinkNotFound,
    LinkPaused,
    NodeNotFound,
    PinNeeded,
    PinWrong,
    TooManyAttempts,
    VisitOver,
)
from vault_core.http import zips
from vault_core.http.zips import Entry
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.checking.disclosed import verify_disclosed
from vault_core.issuing.checking.disclosed_json import as_json
from vault_core.rest.call import Answer, Call
from vault_core.rest.nodes import READS, archive, send
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output, moment, node_id
from vault_core.vault.links.dropping import Sender, deposit, read_box
from vault_core.vault.links.showing import is_there, proof_text, share_of
from vault_core.vault.links.visiting import VISIT, Visited, Visits
from vault_core.vault.nodes.node import Node

FIELD: Final = "Parchemin-Visit"
_CLOSED: Final = (LinkNotFound, LinkClosed, LinkPaused, PinNeeded, PinWrong, TooManyAttempts)
_OVER: Final = (VisitOver, LinkClosed, NodeNotFound)


class LinkCode(Input):
    """What somebody was sent."""

    code: Annotated[
        str, Field(max_length=500, description="What follows the `#` of the link, or all of it.")
    ]
    pin: Annotated[str, Field(max_length=64, description="If the link asks for one.")] = ""


class Visit(Output):
    """A link that is open for this program."""

    token: Annotated[str, Field(description="To be sent as `Parchemin-Visit`; a secret.")]
    kind: Annotated[Literal["share", "drop", "proof"], Field(description="What the link is.")]
    expires_at: Annotated[dt.datetime, Field(description="Then the link is opened again.")]


class SharedNode(Output):
    """A document or folder that a share shows."""

    id: Annotated[Id, Field(description="By which its content is read in this visit.")]
    kind: Annotated[Literal["document", "folder"], Field(description="Folders have no content.")]
    path: Annotated[list[str], Field(description="Names from what is shared down; empty for that.")]
    name: Annotated[str, Field(description="Its name.")]
    size: Annotated[int, Field(description="Bytes of the content; 0 for folders.")]
    media_type: Annotated[str, Field(description="Of the content; empty for folders.")]
    modified_at: Annotated[dt.datetime, Field(description="When its content last changed.")]


class DropBox(Output):
    """What may be put in."""

    label: Annotated[str, Field(description="What its owner calls it.")]
    document_bytes: Annotated[int, Field(description="Bytes that one document may have.")]
    documents_left: Annotated[int | None, Field(description="How many more it takes.")]
    bytes_left: Annotated[int, Field(description="How many bytes more it takes.")]


class Shown(Output):
    """What a link shows. The member of its kind is there, the others are null."""

    kind: Annotated[Literal["share", "drop", "proof"], Field(description="What the link is.")]
    share: Annotated[
        list[SharedNode] | None, Field(description="What is shared, and all that lies in it.")
    ] = None
    drop: Annotated[DropBox | None, Field(description="What may be put in.")] = None
    proof: Annotated[
        dict[str, Any] | None,
        Field(description="The verdict and the facts that were disclosed, verified just now."),
    ] = None
    sd_jwt: Annotated[
        str | None, Field(description="The proof as its issuer signed it, to be verified anywhere.")
    ] = None
    expires_at: Annotated[dt.datetime | None, Field(description="When the link expires.")] = None


class Deposit(Output):
    """What a deposit became."""

    name: Annotated[str, Field(description="Its name in the box.")]
    size: Annotated[int, Field(description="Bytes.")]
    sha256: Annotated[str, Field(description="Of its content, in hexadecimal: the receipt.")]


class DepositQuery(Input):
    """What is put in, and by whom."""

    name: Annotated[str, Field(min_length=1, max_length=255, description="The document's name.")]
    sender: Annotated[str, Field(max_length=120, description="Who one is.")] = ""
    note: Annotated[str, Field(max_length=2000, description="A word to the owner.")] = ""


class VisitsApi:
    """Links that one was sent."""

    def __init__(self, visits: Visits, trusting: Trusting) -> None:
        self._visits = visits
        self._trusting = trusting

    @operation("POST", "/api/v1/visits", needs="public", status=201, errors=_CLOSED)
    async def open_link(self, call: Call, body: LinkCode) -> Answer[Visit]:
        """Open a link.

        The visit's token stands for the link and its PIN for up to two hours. A proof counts as
        used by being opened, a share by its downloads.
        """
        token, row = await self._visits.open(body.code.strip(), body.pin, call.address)
        end = int(self._visits.services.clock() * 1000) + VISIT
        return Answer(
            Visit(token=token, kind=row.kind, expires_at=moment(min(end, row.expires_at or end)))
        )

    @operation("GET", "/api/v1/visits/shown", needs="public", errors=_OVER, headers=(FIELD,))
    async def show_link(self, call: Call) -> Shown:
        """What the link shows: documents, a drop box, or a proof."""
        visited = await self._visited(call)
        until = visited.row.expires_at
        expires = moment(until) if until else None
        if visited.kind == "drop":
            return Shown(kind="drop", drop=_box(visited), expires_at=expires)
        if visited.kind == "proof":
            text = proof_text(visited)
            now = dt.datetime.fromtimestamp(self._visits.services.clock(), dt.UTC)
            trust = await self._trusting.trust()
            found = await asyncio.to_thread(verify_disclosed, text, trust, now)
            return Shown(kind="proof", proof=as_json(found), sd_jwt=text, expires_at=expires)
        live = await self._visits.live(visited)
        nodes = share_of(visited).nodes.items()
        shown = [_node(node, path) for path, node in nodes if is_there(node, live)]
        return Shown(kind="share", share=shown, expires_at=expires)

    @operation("GET", "/api/v1/visits/documents/{document}", needs="public", tagged=True,
               errors=(*_OVER, Conflict), also=(206, 416), headers=(FIELD, *READS),
               gives=("*/*",))  # fmt: skip
    async def read_shared(self, call: Call, document: Id) -> web.StreamResponse:
        """A shared document, or a range of it; one download however often it is read in a visit."""
        visited = await self._visited(call)
        wanted = node_id(document)
        node = next((n for n in share_of(visited).nodes.values() if n.id == wanted), None)
        if node is None:
            raise NodeNotFound
        await self._take(call, visited, node)
        return await send(call, node, read=self._visits.read)

    @operation("GET", "/api/v1/visits/archive", needs="public", errors=(*_OVER, Conflict),
               headers=(FIELD,), gives=("application/zip",))  # fmt: skip
    async def read_share(self, call: Call) -> web.StreamResponse:
        """All that is shared, as one zip archive, which counts as one download."""
        visited = await self._visited(call)
        share, live = share_of(visited), await self._visits.live(visited)
        await self._take(call, visited, share.top)
        entries = [
            self._member(path or (node.name,), node)
            for path, node in share.nodes.items()
            if is_there(node, live) and (path or not node.is_folder)
        ]
        return await archive(call, entries, share.top.name)

    @operation("POST", "/api/v1/visits/deposits", needs="public", status=201, takes=("*/*",),
               errors=(*_OVER, BadRequest, InvalidName, BoxFull), headers=(FIELD,))  # fmt: skip
    async def deposit_document(self, call: Call, query: DepositQuery) -> Answer[Deposit]:
        """Put a document into a drop box.

        It is sealed to the vault as it arrives, and durable when this answers; nobody but the
        vault's owner reads it.
        """
        visited = await self._visited(call)
        if visited.kind != "drop":
            raise NodeNotFound
        call.refuse_encoded()
        sender = Sender(query.sender.strip(), query.note.strip())
        made = await deposit(self._visits.services, visited, query.name, call.content(), sender)
        return Answer(Deposit(name=made.name, size=made.size, sha256=made.sha256.hex()))

    async def _visited(self, call: Call) -> Visited:
        return await self._visits.visited(call.request.headers.get(FIELD, ""))

    async def _take(self, call: Call, visited: Visited, node: Node) -> None:
        if call.request.method == "HEAD":
            await self._visits.require_live(visited, node)
        else:
            await self._visits.take(visited, node)

    def _member(self, path: tuple[str, ...], node: Node) -> zips.Entry:
        name = "/".join(path)
        if node.is_folder:
            return Entry(f"{name}/", 0, node.modified_at, None)
        return Entry(name, node.size, node.modified_at, lambda: self._visits.read(node))


def _box(visited: Visited) -> DropBox:
    row, box = visited.row, read_box(visited.payload)
    return DropBox(
        label=box.label, document_bytes=box.limit,
        documents_left=None if row.most is None else max(0, row.most - row.used),
        bytes_left=max(0, (row.most_bytes or 0) - row.bytes),
    )  # fmt: skip


def _node(node: Node, path: tuple[str, ...]) -> SharedNode:
    return SharedNode(
        id=node.id.hex(), kind="folder" if node.is_folder else "document", path=list(path),
        name=node.name, size=node.size, media_type=node.media_type,
        modified_at=moment(node.modified_at),
    )  # fmt: skip
