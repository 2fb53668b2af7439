"""`/api/openapi.json`: the document that describes everything else here."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from aiohttp import hdrs, web

from vault_core.rest.call import Call
from vault_core.rest.openapi import document, refuse_twins
from vault_core.rest.operation import Operation, operation


class DescribingApi:
    """This description. It is written when it is first asked for, in a thread: that takes a tenth
    of a second, which no server need wait for at its start."""

    def describe(self, operations: Sequence[Operation], version: str) -> None:
        """All that is to be described, this group's operation too, so it comes afterwards.

        Raises ValueError if two operations have one id or one address.
        """
        refuse_twins(operations)
        self._document = cache(partial(document, operations, version))
        self._sent = cache(self._encoded)

    async def document(self) -> Mapping[str, Any]:
        """The document."""
        return await asyncio.to_thread(self._document)

    def _encoded(self) -> tuple[bytes, str]:
        """The document's bytes, and their ETag."""
        data = json.dumps(self._document(), ensure_ascii=False, separators=(",", ":")).encode()
        return data, f'"{hashlib.sha256(data).hexdigest()[:32]}"'

    @operation("GET", "/api/openapi.json", needs="public", tagged=True,
               gives=("application/json",))  # fmt: skip
    async def openapi_document(self, call: Call) -> web.StreamResponse:
        """This API, as an OpenAPI 3.1 document."""
        data, etag = await asyncio.to_thread(self._sent)
        headers = {
            hdrs.ETAG: etag,
            hdrs.CACHE_CONTROL: "public, max-age=300",
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        }
        if etag in call.request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=data, content_type="application/json", headers=headers)
