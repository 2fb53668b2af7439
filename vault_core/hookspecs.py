"""The hooks of Parchemin: what a plugin can add, one function each.

A hook returns plain objects of `vault_core.api`; it does no I/O and is called once, when the
server or a command starts. Raising is an error of the plugin and stops the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pluggy

from vault_core.api import BlobStoreFactory, DocumentType, Issuer

hookspec = pluggy.HookspecMarker("parchemin")
hookimpl = pluggy.HookimplMarker("parchemin")


@hookspec
def parchemin_issuers() -> Iterable[Issuer]:  # type: ignore[empty-body]
    """The authorities in whose name this plugin's documents are delivered."""


@hookspec
def parchemin_document_types() -> Iterable[DocumentType]:  # type: ignore[empty-body]
    """The kinds of document that can be delivered, each belonging to one issuer."""


@hookspec
def parchemin_blob_stores() -> Mapping[str, BlobStoreFactory]:  # type: ignore[empty-body]
    """Places where blobs can be kept, by the name that `[storage] backend` chooses."""
