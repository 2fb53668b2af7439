"""`/api/openapi.json`: the document that describes everything else here."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aiohttp import hdrs, web

from vault_core.rest.call import Call
from vault_core.rest.operation import operation


class DescribingApi:
    """This description."""

    def __init__(self) -> None:
        self._data = b"{}"
        self._etag = '""'

    def set(self, document: dict[str, Any]) -> None:
        """The document to serve; it describes this operation too, so it comes afterwards."""
        self._data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self._etag = f'"{hashlib.sha256(self._data).hexdigest()[:32]}"'

    @operation("GET", "/api/openapi.json", needs="public", tagged=True,
               gives=("application/json",))  # fmt: skip
    async def openapi_document(self, call: Call) -> web.StreamResponse:
        """This API, as an OpenAPI 3.1 document."""
        headers = {
            hdrs.ETAG: self._etag,
            hdrs.CACHE_CONTROL: "public, max-age=300",
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        }
        if self._etag in call.request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=self._data, content_type="application/json", headers=headers)
