"""What verifiers fetch: issuers' keys, signed status lists, and the trust snapshot."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from aiohttp import hdrs, web
from pydantic import StringConstraints

from vault_core.errors import NodeNotFound
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.credentials.proofs import canonical
from vault_core.rest.call import Call
from vault_core.rest.operation import operation

FRESH = 300
"""Seconds for which caches may hand out a document: so late can a revocation be seen."""


Issuer = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
Purpose = Literal["revocation", "suspension", "message"]
List = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")]


class TrustApi:
    """Trust: public documents, for whoever verifies certificates."""

    def __init__(self, trusting: Trusting) -> None:
        self._trusting = trusting

    @operation("GET", "/issuers/{issuer}", needs="public", errors=(NodeNotFound,), tagged=True,
               gives=("application/cid",))  # fmt: skip
    async def issuer_keys(self, call: Call, issuer: Issuer) -> web.StreamResponse:
        """An issuer's keys.

        The controller document (W3C Controlled Identifiers 1.0).
        """
        document = await self._trusting.controller(issuer)
        return _document(call.request, canonical(document), "application/cid")

    @operation("GET", "/status/{issuer}/{number}/{purpose}", needs="public", tagged=True,
               errors=(NodeNotFound,), gives=("application/vc",))  # fmt: skip
    async def status_list(
        self, call: Call, issuer: Issuer, number: List, purpose: Purpose
    ) -> web.StreamResponse:
        """A status list.

        A signed W3C Bitstring Status List credential; whoever fetches it tells nobody for which
        certificate.
        """
        document = await self._trusting.status_list(issuer, int(number), purpose)
        return _document(call.request, canonical(document), "application/vc")

    @operation("GET", "/trust/snapshot.json", needs="public", tagged=True,
               gives=("application/json",))  # fmt: skip
    async def snapshot(self, call: Call) -> web.StreamResponse:
        """The trust snapshot.

        Keys and status of every issuer, signed by the institution: for checking certificates
        without this server.
        """
        return _document(call.request, await self._trusting.snapshot(), "application/json")


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
