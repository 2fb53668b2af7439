"""Much at once: archives of many documents, and the whole vault with its key."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from vault_core.errors import NodeNotFound
from vault_core.http import archives
from vault_core.rest.call import Call
from vault_core.rest.nodes import archive, at
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input

ZIP = ("application/zip",)


class Picked(Input):
    """What goes into an archive."""

    documents: Annotated[
        list[Id],
        Field(min_length=1, max_length=1000, description="Ids of documents and folders."),
    ]


class TakingApi:
    """Archives and export."""

    @operation("POST", "/api/v1/archives", needs="documents:read", errors=(NodeNotFound,),
               gives=ZIP)  # fmt: skip
    async def archive_documents(self, call: Call, body: Picked) -> web.StreamResponse:
        """Many documents and folders, with everything below, as one zip archive.

        Each lies in it under its own name; of two with the same name, the second under its whole
        path. Its length is known ahead; the answer is cut where a document is damaged.
        """
        entries, taken = [], set()
        for document in dict.fromkeys(body.documents):
            path, node = await at(call.vault, document)
            base = path[:-1] if node.name not in taken else ()
            taken.add(node.name)
            entries += await archives.below(call.vault, [path], base)
        return await archive(call, entries, "parchemin")

    @operation("GET", "/api/v1/export", needs="documents:read", gives=ZIP)
    async def export_documents(self, call: Call) -> web.StreamResponse:
        """All documents as they are, in their folders, and `index.json` about them."""
        return await archive(call, await archives.plain(call.vault), "parchemin")

    @operation("POST", "/api/v1/export", needs="session", gives=ZIP)
    async def export_vault(self, call: Call) -> web.StreamResponse:
        """The whole vault as the stock `age` program reads it, with the key that opens it.

        Each document as one age file, `index.json` about them, and `identity.txt`: whoever has
        this archive reads everything.
        """
        return await archive(call, await archives.sealed(call.vault), "parchemin-sealed")

    @operation("POST", "/api/v1/identity", needs="session", gives=("text/plain",))
    async def export_identity(self, call: Call) -> web.Response:
        """The vault's key alone, as an age identity file: whoever has it reads everything."""
        headers = {"Cache-Control": "no-store"}
        text = archives.identity(call.vault)
        return web.Response(text=text, content_type="text/plain", charset="utf-8", headers=headers)
