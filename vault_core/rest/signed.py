"""Letting in who signed the request, and nobody twice with the same signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from vault_core.api import Clock
from vault_core.errors import BadRequest
from vault_core.issuing.programs.request_keys import RequestKey, RequestKeys

if TYPE_CHECKING:
    from vault_core.rest.signatures import Digest


def is_signed(request: web.BaseRequest) -> bool:
    """Whether the request claims to be."""
    return "Signature-Input" in request.headers or "Signature" in request.headers


@dataclass(frozen=True, slots=True)
class SignedRequests:
    """What letting in by signature needs."""

    keys: RequestKeys
    clock: Clock
    origin: Callable[[web.BaseRequest], str]
    """Scheme and authority that the request was sent to, as its sender wrote them."""

    async def admit(
        self, request: web.Request, fields: tuple[str, ...]
    ) -> tuple[RequestKey, Digest | None]:
        """Whose key signed it, and what its content will be compared with, if it has any.

        Raises SignatureRefused, TooManyAttempts.
        """
        # Loaded late: most servers never see a signed request.
        from vault_core.rest import signatures

        if not request.raw_path.startswith("/"):
            raise BadRequest("Send the path alone in the request line.")
        url = self.origin(request) + request.raw_path
        message = signatures.Message(request.method, url, request.headers, request.can_read_body)
        claim = signatures.claim(message)
        signatures.require(message, claim, fields, self.clock())
        key = await self.keys.find(claim.key)
        signatures.prove(message, claim, key.public_key, key.algorithm)
        field = ", ".join(request.headers.getall("Content-Digest", ()))
        digest = signatures.Digest(field) if field else None
        await self.keys.spend(key.id, claim.nonce, claim.forgotten_at)
        return key, digest
