"""Certificates that issuers delivered, and the issuers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from vault_core.errors import Conflict, NodeNotFound, PreconditionFailed
from vault_core.issuing.certificates.lifecycle import Certificates as Register
from vault_core.issuing.certificates.lifecycle import Standing
from vault_core.plugins import Plugins
from vault_core.rest.call import Call
from vault_core.rest.nodes import READS, Document, at, send, shown
from vault_core.rest.operation import operation
from vault_core.rest.paging import newest_delivered, page
from vault_core.rest.shapes import Id, Output, PageQuery
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.vault.overview import Seen, overview


class Named(Output):
    """A name in both languages."""

    fr: Annotated[str, Field(description="In French.")]
    en: Annotated[str, Field(description="In English.")]


class Certificate(Output):
    """A certificate in the vault, and where it stands with its issuer."""

    document: Annotated[Document, Field(description="The sealed file in the vault.")]
    issuer: Annotated[Named, Field(description="Who issued it.")]
    type: Annotated[Named, Field(description="What it is.")]
    state: Annotated[
        str, Field(description="valid, expired, replaced, revoked, damaged; unknown where it is.")
    ]
    ended_at: Annotated[
        dt.datetime | None, Field(description="When it expired, was replaced or revoked.")
    ] = None
    expires_at: Annotated[
        dt.datetime | None, Field(description="The end of its last valid day; null: without one.")
    ] = None


class Certificates(Output):
    """A page of them, newest first."""

    items: Annotated[list[Certificate], Field(description="The newest first.")]
    next: Annotated[str | None, Field(description="`cursor` of the next page.")] = None


class StateQuery(PageQuery):
    """Which certificates, and which part of them."""

    state: Annotated[
        Literal["valid", "expired", "replaced", "revoked", "damaged", "unknown"] | None,
        Field(description="Only those that stand so with their issuer."),
    ] = None


class Issuer(Output):
    """An authority that delivers here, and what it delivers."""

    id: Annotated[str, Field(description="As `origin.issuer` of documents has it.")]
    name: Annotated[Named, Field(description="The authority's name.")]
    country: Annotated[str, Field(description="ISO 3166-1, two letters.")]
    types: Annotated[
        dict[str, Named], Field(description="What it delivers: titles by the type's id.")
    ]


class Issuers(Output):
    """All of them."""

    items: Annotated[list[Issuer], Field(description="In the order of the configuration.")]


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
    async def list_certificates(self, call: Call, query: StateQuery) -> Certificates:
        """All certificates, wherever they were moved; or those of one state."""
        found: Sequence[Seen] = (await overview(call.vault)).issued
        known: Mapping[str, Standing] | None = None
        if query.state is not None:
            known = await self._standings([one.node for one in found])
            found = [one for one in found if _state(_of(known, one.node)) == query.state]
        part, more = page(call, query, found, lambda seen: seen.node, newest_delivered)
        known = known if known is not None else await self._standings([one.node for one in part])
        shown = [self._shown(seen.path, seen.node, _of(known, seen.node)) for seen in part]
        return Certificates(items=shown, next=more)

    @operation("GET", "/api/v1/certificates/{document}", needs="certificates:read")
    async def get_certificate(self, call: Call, document: Id) -> Certificate:
        """One certificate."""
        path, node = await _issued(call, document)
        known = await self._standings([node])
        return self._shown(path, node, _of(known, node))

    @operation("GET", "/api/v1/certificates/{document}/content", needs="certificates:read",
               errors=(PreconditionFailed, Conflict), tagged=True, also=(206, 416), headers=READS,
               gives=("*/*",))  # fmt: skip
    async def read_certificate(self, call: Call, document: Id) -> web.StreamResponse:
        """The sealed file, or a range of it."""
        return await send(call, (await _issued(call, document))[1])

    async def _standings(self, nodes: Sequence[Node]) -> Mapping[str, Standing]:
        """Asked once for all."""
        origins = (node.origin for node in nodes)
        return await self._register.standings(one.certificate for one in origins if one)

    def _shown(self, path: Path, node: Node, standing: Standing | None) -> Certificate:
        assert node.origin is not None
        issuer = self._plugins.issuers.get(node.origin.issuer)
        kind = self._plugins.document_types.get(node.origin.type)
        return Certificate(
            document=shown(node, path),
            issuer=_named(issuer.name.fr, issuer.name.en) if issuer else _named(node.origin.issuer),
            type=_named(kind.title.fr, kind.title.en) if kind else _named(node.origin.type),
            state=_state(standing),
            ended_at=standing.ended_at if standing else None,
            expires_at=standing.expires_at if standing else None,
        )


def _of(known: Mapping[str, Standing], node: Node) -> Standing | None:
    return known.get(node.origin.certificate) if node.origin is not None else None


def _state(standing: Standing | None) -> str:
    return standing.state if standing else "unknown"


def _named(fr: str, en: str = "") -> Named:
    return Named(fr=fr, en=en or fr)


async def _issued(call: Call, document: str) -> tuple[Path, Node]:
    path, node = await at(call.vault, document)
    if node.origin is None:
        raise NodeNotFound("That is no certificate.")
    return path, node
