"""Certificates that issuers delivered, and the issuers."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from vault_core.errors import Conflict, NodeNotFound, ParcheminError, PreconditionFailed
from vault_core.issuing.lifecycle import Certificates as Register
from vault_core.plugins import Plugins
from vault_core.rest import nodes
from vault_core.rest.call import Call
from vault_core.rest.nodes import READS, Document, at, send, shown
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Output, PageQuery
from vault_core.vault.names import Path
from vault_core.vault.node import Node

WALKED = 1_000_000


class Named(Output):
    """A name in both languages."""

    fr: str
    en: str


class Certificate(Output):
    """A certificate in the vault, and where it stands with its issuer."""

    document: Document
    issuer: Named
    type: Named
    state: Annotated[str, Field(description="valid, replaced, revoked; unknown where it is.")]
    ended_at: dt.datetime | None = None


class Certificates(Output):
    """A page of them, newest first."""

    items: list[Certificate]
    next: Annotated[str | None, Field(description="`cursor` of the next page.")] = None


class Issuer(Output):
    """An authority that delivers here, and what it delivers."""

    id: str
    name: Named
    country: str
    types: dict[str, Named]


class Issuers(Output):
    """All of them."""

    items: list[Issuer]


class CertificatesApi:
    """Certificates and issuers."""

    def __init__(self, plugins: Plugins, register: Register) -> None:
        self._plugins = plugins
        self._register = register

    @operation("GET", "/api/v1/issuers", needs="public")
    async def list_issuers(self, call: Call) -> Issuers:
        """Who delivers here, and what."""
        kinds = self._plugins.document_types.values()
        return Issuers(
            items=[
                Issuer(
                    id=one.id, name=Named(fr=one.name.fr, en=one.name.en), country=one.country,
                    types={
                        kind.id: Named(fr=kind.title.fr, en=kind.title.en)
                        for kind in kinds if kind.issuer == one.id
                    },
                )
                for one in self._plugins.issuers.values()
            ]
        )  # fmt: skip

    @operation("GET", "/api/v1/certificates", needs="certificates:read")
    async def list_certificates(self, call: Call, query: PageQuery) -> Certificates:
        """All certificates, wherever they were moved."""
        found = [
            (path, node) for path, node in await call.vault.walk((), WALKED)
            if node.origin is not None
        ]  # fmt: skip
        found.sort(key=lambda pair: -(pair[1].origin.delivered_at if pair[1].origin else 0))
        part, more = nodes.page(found, query.limit, query.cursor)
        return Certificates(items=[await self._shown(*pair) for pair in part], next=more)

    @operation("GET", "/api/v1/certificates/{document}", needs="certificates:read")
    async def get_certificate(self, call: Call, document: Id) -> Certificate:
        """One certificate."""
        return await self._shown(*await _issued(call, document))

    @operation("GET", "/api/v1/certificates/{document}/content", needs="certificates:read",
               errors=(PreconditionFailed, Conflict), tagged=True, also=(206, 416), headers=READS,
               gives=("*/*",))  # fmt: skip
    async def read_certificate(self, call: Call, document: Id) -> web.StreamResponse:
        """The sealed file, or a range of it."""
        return await send(call, (await _issued(call, document))[1])

    async def _shown(self, path: Path, node: Node) -> Certificate:
        assert node.origin is not None
        issuer = self._plugins.issuers.get(node.origin.issuer)
        kind = self._plugins.document_types.get(node.origin.type)
        standing = None
        try:
            if node.origin.certificate:
                standing = await self._register.standing(node.origin.certificate)
        except ParcheminError:
            standing = None  # of an issuer whose certificates are kept elsewhere
        return Certificate(
            document=shown(node, path),
            issuer=_named(issuer.name.fr, issuer.name.en) if issuer else _named(node.origin.issuer),
            type=_named(kind.title.fr, kind.title.en) if kind else _named(node.origin.type),
            state=standing.state if standing else "unknown",
            ended_at=standing.ended_at if standing else None,
        )


def _named(fr: str, en: str = "") -> Named:
    return Named(fr=fr, en=en or fr)


async def _issued(call: Call, document: str) -> tuple[Path, Node]:
    path, node = await at(call.vault, document)
    if node.origin is None:
        raise NodeNotFound("That is no certificate.")
    return path, node
