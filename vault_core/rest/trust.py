"""What verifiers fetch: issuers' keys, signed status lists, and the trust snapshot."""

from __future__ import annotations

import hashlib

from aiohttp import hdrs, web

from vault_core.issuing.proofs import canonical
from vault_core.issuing.trusting import Trusting
from vault_core.rest.problems import answering
from vault_core.roles import open_to

FRESH = 300
"""Seconds for which caches may hand out a document: so late can a revocation be seen."""


class TrustApi:
    """Public documents; whoever fetches a list does not say which certificate it is for."""

    def __init__(self, trusting: Trusting) -> None:
        self._trusting = trusting

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [
            web.get("/issuers/{issuer}", answering(self.issuer)),
            web.get("/status/{issuer}/{number:[0-9]{1,9}}/{purpose}", answering(self.status_list)),
            web.get("/trust/snapshot.json", answering(self.snapshot)),
        ]

    @open_to("public")
    async def issuer(self, request: web.Request) -> web.StreamResponse:
        """The controller document (W3C Controlled Identifiers 1.0). Raises NodeNotFound."""
        document = await self._trusting.controller(request.match_info["issuer"])
        return _document(request, canonical(document), "application/cid")

    @open_to("public")
    async def status_list(self, request: web.Request) -> web.StreamResponse:
        """A W3C Bitstring Status List credential. Raises NodeNotFound."""
        named = request.match_info
        document = await self._trusting.status_list(
            named["issuer"], int(named["number"]), named["purpose"]
        )
        return _document(request, canonical(document), "application/vc")

    @open_to("public")
    async def snapshot(self, request: web.Request) -> web.StreamResponse:
        """The trust snapshot, for checking certificates without this server."""
        return _document(request, await self._trusting.snapshot(), "application/json")


def _document(request: web.Request, data: bytes, media_type: str) -> web.Response:
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        hdrs.ETAG: etag,
        hdrs.CACHE_CONTROL: f"public, max-age={FRESH}",
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if etag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, content_type=media_type, headers=headers)
