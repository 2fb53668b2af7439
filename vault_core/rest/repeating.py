"""Idempotency-Key: a creation that is sent twice, because its answer was lost, happens once.

What was answered is kept for a day in the catalog, sealed under the vault's key, so that any worker
gives it again. A request that was refused keeps nothing. One whose process died midway leaves its
key taken: nobody can tell what it did, so it is not done a second time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import hdrs, web
from pydantic import BaseModel

from vault_core.api import Clock
from vault_core.errors import BadRequest, Conflict, CorruptCiphertext, KeyReused, ParcheminError
from vault_core.rest.call import Call
from vault_core.store import replies
from vault_core.store.catalog import Catalog
from vault_core.store.replies import ReplyRow

FIELD: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
HOURS: Final = 24
MOST: Final = 5000
"""Keys of one vault at once."""
LARGEST: Final = 256 * 1024
"""Bytes of an answer that is kept."""
_LONGEST: Final = 255
_KEPT: Final = (hdrs.CONTENT_TYPE, hdrs.ETAG, hdrs.LOCATION, hdrs.CACHE_CONTROL)
_UNKNOWN: Final = (
    "The first request with this Idempotency-Key has not been answered yet, or was cut off."
    " Wait, and look what there is before you send it with a new key."
)


class Repeating:
    """Answers kept in the catalog."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def once(
        self,
        call: Call,
        operation: str,
        arguments: Mapping[str, Any],
        perform: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Perform it, unless this key was used: then give what was answered.

        Raises KeyReused if the key came with another request, Conflict while the first one runs,
        and what `perform` raises.
        """
        field = call.request.headers.get(FIELD)
        if field is None:
            return await perform()
        if not (0 < len(field) <= _LONGEST and field.isascii() and field.isprintable()):
            raise BadRequest(f"{FIELD} is 1 to {_LONGEST} printable ASCII characters.")
        row = self._row(call, operation, arguments, field)
        known = await replies.find(self._catalog, row.vault, row.request_key)
        if known is None or known.expires_at <= self._now():
            return await self._perform(call, row, perform)
        return _again(call, row, known)

    async def _perform(
        self, call: Call, row: ReplyRow, perform: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            await self._catalog.commit(replies.claim, row, self._now(), MOST)
        except Conflict:
            raise Conflict(_UNKNOWN) from None
        try:
            response = await perform()
        except ParcheminError:
            await self._catalog.commit(replies.release, row.vault, row.request_key)
            raise
        kept = _written(response)
        if kept is not None:
            opened = call.vault.opened
            sealed = opened.keyring.seal(_context(row), kept, opened.services.random)
            await self._catalog.commit(replies.keep, row.vault, row.request_key, sealed)
        return response

    def _row(
        self, call: Call, operation: str, arguments: Mapping[str, Any], field: str
    ) -> ReplyRow:
        vault = call.vault
        asked = json.dumps([operation, _plain(arguments)], sort_keys=True).encode()
        mac = vault.opened.keyring.mac
        key = mac(b"idempotency-key", vault.slot_id + field.encode())[:16]
        return ReplyRow(
            vault.id, key, mac(b"idempotency-request", asked)[:16], None,
            self._now() + HOURS * 3_600_000,
        )  # fmt: skip

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
        for name, value in arguments.items()
    }


def _context(row: ReplyRow) -> bytes:
    return b"reply" + hashlib.sha256(row.request_key + row.fingerprint).digest()


def _written(response: web.StreamResponse) -> bytes | None:
    if not isinstance(response, web.Response):
        return None
    body = response.body if isinstance(response.body, bytes) else b""
    if len(body) > LARGEST:
        return None
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    told = [response.status, headers, base64.b64encode(body).decode()]
    return json.dumps(told).encode()


def _again(call: Call, row: ReplyRow, known: ReplyRow) -> web.Response:
    if known.fingerprint != row.fingerprint:
        raise KeyReused
    if known.answer is None:
        raise Conflict(_UNKNOWN)
    try:
        sealed = call.vault.opened.keyring.open(_context(row), known.answer)
    except CorruptCiphertext:
        raise Conflict(_UNKNOWN) from None
    status, headers, body = json.loads(sealed)
    return web.Response(
        status=status, headers={**headers, REPLAYED: "true"}, body=base64.b64decode(body)
    )
