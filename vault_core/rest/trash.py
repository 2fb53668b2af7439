"""The trash."""

from __future__ import annotations

from vault_core.errors import Conflict, NodeNotFound
from vault_core.rest.call import Call
from vault_core.rest.nodes import Document, Documents, shown
from vault_core.rest.operation import operation
from vault_core.rest.paging import newest_deleted, page
from vault_core.rest.shapes import Id, PageQuery, node_id


class TrashApi:
    """Trash."""

    @operation("GET", "/api/v1/trash", needs="documents:read")
    async def list_trash(self, call: Call, query: PageQuery) -> Documents:
        """What was deleted, newest first."""
        found = await call.vault.trash()
        part, more = page(call, query, found, lambda node: node, newest_deleted)
        return Documents(items=[shown(node, (node.name,)) for node in part], next=more)

    @operation("POST", "/api/v1/trash/{document}/restore", needs="documents:write",
               errors=(NodeNotFound, Conflict))  # fmt: skip
    async def restore_document(self, call: Call, document: Id) -> Document:
        """Put it back where it was, or into the root if its folder is gone, under a free name."""
        node = await call.vault.restore(node_id(document))
        return shown(node, await call.vault.path_of(node.id))

    @operation("DELETE", "/api/v1/trash/{document}", needs="documents:write",
               errors=(NodeNotFound, Conflict))  # fmt: skip
    async def destroy_document(self, call: Call, document: Id) -> None:
        """Destroy it for good, with its versions and everything below."""
        await call.vault.purge(node_id(document))
