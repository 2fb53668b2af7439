"""Documents and folders: listed, found, read, written, moved, and their earlier contents."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Literal

from aiohttp import hdrs, web
from pydantic import Field

from vault_core.errors import (
    Conflict,
    Forbidden,
    InvalidName,
    IssuedContent,
    Locked,
    NodeExists,
    NodeNotFound,
    PreconditionFailed,
    QuotaExceeded,
    TooLarge,
)
from vault_core.http import conditions
from vault_core.rest import nodes
from vault_core.rest.call import Answer, Call
from vault_core.rest.nodes import READS, Document, Documents, at, revision, send, shown
from vault_core.rest.operation import operation
from vault_core.rest.paging import by_name, page
from vault_core.rest.shapes import Id, Input, Output, PageQuery, moment
from vault_core.vault.arriving import free_name
from vault_core.vault.nodes.names import Path, normalise
from vault_core.vault.nodes.node import ANY, Node, Precondition
from vault_core.vault.nodes.ordering import place, plain
from vault_core.vault.overview import ordered, overview

ROOT = "0" * 32
Name = Annotated[str, Field(min_length=1, max_length=255, description="Without slashes.")]
Number = Annotated[int, Field(ge=0, lt=2**62)]
_CHANGES = (Conflict, Forbidden, InvalidName, Locked, NodeExists, NodeNotFound, PreconditionFailed)
_WRITES = (*_CHANGES, IssuedContent, QuotaExceeded, TooLarge)
_CONDITIONS = ("If-Match", "If-None-Match")


class ListQuery(PageQuery):
    """Which folder, in which order."""

    folder: Annotated[Id, Field(description="The root where it is not said.")] = ROOT
    sort: Annotated[
        Literal["name", "date", "size", "type"], Field(description="What they are ordered by.")
    ] = "name"
    order: Annotated[
        Literal["up", "down"], Field(description="From the smallest up, or from the greatest down.")
    ] = "up"


class SearchQuery(PageQuery):
    """What to look for."""

    q: Annotated[str, Field(min_length=1, max_length=200, description="Every word is in the name.")]


class PathQuery(Input):
    """A place."""

    path: Annotated[str, Field(max_length=8192, description="Names with slashes, from the root.")]


class NewFolder(Input):
    """A folder to be."""

    name: Name


class Move(Input):
    """What becomes of it; what is not said stays."""

    name: Annotated[Name | None, Field(description="Its new name.")] = None
    folder: Annotated[Id | None, Field(description="The folder that it moves to.")] = None


class Copy(Input):
    """Where the copy goes."""

    folder: Annotated[Id, Field(description="The folder that the copy lies in.")]
    name: Annotated[Name | None, Field(description="A free one where it is not said.")] = None


class Version(Output):
    """An earlier content of a document."""

    number: Annotated[int, Field(description="By which it is read and restored.")]
    size: Annotated[int, Field(description="Bytes of the content.")]
    modified_at: Annotated[dt.datetime, Field(description="When that content was last changed.")]
    replaced_at: Annotated[dt.datetime, Field(description="When the next content came.")]


class Versions(Output):
    """All that are kept, newest first."""

    items: Annotated[list[Version], Field(description="The newest first.")]


class DocumentsApi:
    """Documents and folders."""

    @operation("GET", "/api/v1/documents", needs="documents:read", errors=(NodeNotFound, Conflict))
    async def list_documents(self, call: Call, query: ListQuery) -> Documents:
        """What lies in a folder.

        Folders first, then documents, each in the order that was asked for.
        """
        path, folder = await at(call.vault, query.folder)
        found = await ordered(call.vault, folder, query.sort, query.order == "down")
        part, more = page(
            call, query, found, lambda node: node,
            lambda mark: place(mark, query.sort, query.order == "down"),
        )  # fmt: skip
        return Documents(items=[shown(node, (*path, node.name)) for node in part], next=more)

    @operation("GET", "/api/v1/search", needs="documents:read")
    async def search_documents(self, call: Call, query: SearchQuery) -> Documents:
        """Find documents and folders by words of their names.

        Case and accents do not matter. Folders come first, then documents, each by name.
        """
        words = plain(query.q).split()
        everything = (await overview(call.vault)).everything
        found = [seen for seen in everything if all(word in seen.plain for word in words)]
        found.sort(key=lambda seen: (not seen.node.is_folder, seen.plain, seen.node.id))
        part, more = page(call, query, found, lambda seen: seen.node, by_name)
        return Documents(items=[shown(seen.node, seen.path) for seen in part], next=more)

    @operation("GET", "/api/v1/find", needs="documents:read", errors=(NodeNotFound, InvalidName))
    async def find_document(self, call: Call, query: PathQuery) -> Document:
        """What lies at a path."""
        path = tuple(normalise(name) for name in query.path.split("/") if name)
        return shown(await call.vault.find(path), path)

    @operation("GET", "/api/v1/documents/{document}", needs="documents:read", tagged=True)
    async def get_document(self, call: Call, document: Id) -> Answer[Document]:
        """One document or folder.

        Its ETag changes with its name, its place and its content; the member `etag` with its
        content alone.
        """
        path, node = await at(call.vault, document)
        return Answer(shown(node, path), etag=revision(node, path))

    @operation("GET", "/api/v1/documents/{document}/content", needs="documents:read",
               errors=(PreconditionFailed, Conflict), tagged=True, also=(206, 416), headers=READS,
               gives=("*/*",))  # fmt: skip
    async def read_document(self, call: Call, document: Id) -> web.StreamResponse:
        """The content, or a range of it."""
        _, node = await at(call.vault, document)
        return await send(call, node)

    @operation("PUT", "/api/v1/documents/{document}/content", needs="documents:write",
               errors=_WRITES, takes=("*/*",), headers=_CONDITIONS)  # fmt: skip
    async def replace_document(self, call: Call, document: Id) -> Answer[Document]:
        """Replace the content; the present one becomes a version."""
        path, _ = await at(call.vault, document)
        return await _write(call, path)

    @operation("PUT", "/api/v1/documents/{folder}/children/{name}", needs="documents:write",
               errors=_WRITES, takes=("*/*",), headers=_CONDITIONS, also=(201,))  # fmt: skip
    async def put_document(self, call: Call, folder: Id, name: Name) -> Answer[Document]:
        """Upload a document into a folder under a name, or replace the one that has it.

        The root's id is 32 zeros. With `If-None-Match: *`, only if nothing has that name.
        """
        path, _ = await at(call.vault, folder)
        return await _write(call, (*path, normalise(name)))

    @operation("POST", "/api/v1/documents/{folder}/folders", needs="documents:write", status=201,
               errors=_CHANGES, once=True)  # fmt: skip
    async def create_folder(self, call: Call, folder: Id, body: NewFolder) -> Answer[Document]:
        """Make a folder in a folder.

        The root's id is 32 zeros.
        """
        path, _ = await at(call.vault, folder)
        made = (*path, normalise(body.name))
        return _located(shown(await call.vault.make_folder(made), made))

    @operation("PATCH", "/api/v1/documents/{document}", needs="documents:write",
               errors=_CHANGES, headers=("If-Match",))  # fmt: skip
    async def move_document(self, call: Call, document: Id, body: Move) -> Answer[Document]:
        """Rename or move; nothing is replaced.

        With `If-Match`, only if it is still as its ETag says (of `getDocument`, or of its content).
        """
        path, node = await at(call.vault, document)
        nodes.require(call, node, path)
        folder = path[:-1] if body.folder is None else (await at(call.vault, body.folder))[0]
        target = (*folder, normalise(body.name) if body.name is not None else node.name)
        if target != path:
            node = (await call.vault.move(path, target, overwrite=False)).node
        return Answer(shown(node, target), etag=revision(node, target))

    @operation("POST", "/api/v1/documents/{document}/copy", needs="documents:write", status=201,
               errors=_WRITES, once=True)  # fmt: skip
    async def copy_document(self, call: Call, document: Id, body: Copy) -> Answer[Document]:
        """Copy, with everything below."""
        path, node = await at(call.vault, document)
        folder, _ = await at(call.vault, body.folder)
        if body.name is None:
            name = await free_name(call.vault, folder, node.name)
        else:
            name = normalise(body.name)
        written = await call.vault.copy(path, (*folder, name), overwrite=False)
        return _located(shown(written.node, (*folder, name)))

    @operation("DELETE", "/api/v1/documents/{document}", needs="documents:write", errors=_CHANGES,
               headers=("If-Match",))  # fmt: skip
    async def delete_document(self, call: Call, document: Id) -> None:
        """Put it into the trash.

        With `If-Match`, only if it is still as its ETag says (of `getDocument`, or of its content).
        """
        path, node = await at(call.vault, document)
        nodes.require(call, node, path)
        conditional = hdrs.IF_MATCH in call.request.headers
        condition = Precondition(etags=frozenset([node.etag])) if conditional else ANY
        await call.vault.delete(path, condition=condition)

    @operation("GET", "/api/v1/documents/{document}/versions", needs="documents:read")
    async def list_versions(self, call: Call, document: Id) -> Versions:
        """Earlier contents of a document."""
        path, _ = await at(call.vault, document)
        found = await call.vault.versions(path)
        return Versions(
            items=[
                Version(
                    number=one.number, size=one.size, modified_at=moment(one.modified_at),
                    replaced_at=moment(one.replaced_at),
                )
                for one in found
            ]
        )  # fmt: skip

    @operation("GET", "/api/v1/documents/{document}/versions/{number}", needs="documents:read",
               errors=(PreconditionFailed, Conflict), tagged=True, also=(206, 416), headers=READS,
               gives=("*/*",))  # fmt: skip
    async def read_version(self, call: Call, document: Id, number: Number) -> web.StreamResponse:
        """An earlier content, or a range of it."""
        path, node = await at(call.vault, document)
        for version in await call.vault.versions(path):
            if version.number == number:
                return await send(call, replace(version.node, name=node.name))
        raise NodeNotFound("That version is not kept any more.")

    @operation("POST", "/api/v1/documents/{document}/versions/{number}/restore",
               needs="documents:write", errors=_WRITES)  # fmt: skip
    async def restore_version(self, call: Call, document: Id, number: Number) -> Document:
        """Make an earlier content the present one, which becomes a version."""
        path, _ = await at(call.vault, document)
        return shown(await call.vault.restore_version(path, number), path)


async def _write(call: Call, path: Path) -> Answer[Document]:
    call.refuse_encoded()
    headers, vault = call.request.headers, call.vault
    condition = conditions.precondition(headers, await _present(call, path))
    media_type = headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip()[:200]
    written = await vault.write(
        path, call.content(), size=call.request.content_length,
        media_type="" if media_type == "application/octet-stream" else media_type,
        condition=condition,
    )  # fmt: skip
    document = shown(written.node, path)
    if written.created:
        return replace(_located(document), status=201)
    return Answer(document, etag=document.etag)


async def _present(call: Call, path: Path) -> Node | None:
    try:
        return await call.vault.find(path)
    except NodeNotFound:
        return None


def _located(document: Document) -> Answer[Document]:
    return Answer(document, etag=document.etag, location=f"/api/v1/documents/{document.id}")
