"""`POST /api/v1/verify`: a check of a certificate for programs; nobody has to sign in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import BodyPartReader, StreamReader, web

from vault_core.errors import BadRequest, TooLarge
from vault_core.issuing.answer import as_json
from vault_core.issuing.verifying import Verifier
from vault_core.rest.problems import answering
from vault_core.roles import open_to

LARGEST = 8 * 1024 * 1024
"""Bytes of a file."""
SECONDS = 30.0
"""How long a request may take to arrive."""
_FILES = ("application/pdf", "application/octet-stream", "application/vc", "text/plain")
_PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


class VerifyApi:
    """Takes `{"code": …}` as JSON, a form with `code` or `file`, or the file as the body."""

    def __init__(self, verifier: Verifier, address: Callable[[web.BaseRequest], str]) -> None:
        self._verifier = verifier
        self._address = address

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [web.post("/api/v1/verify", answering(self.verify))]

    @open_to("public")
    async def verify(self, request: web.Request) -> web.StreamResponse:
        """200 with the answer, valid or not. Raises BadRequest, TooLarge, TooManyAttempts."""
        try:
            async with asyncio.timeout(SECONDS):
                code, data = await _asked(request)
        except (ValueError, AssertionError, TimeoutError):
            raise BadRequest from None
        address = self._address(request)
        if data:
            answer = await self._verifier.check_data(data, address)
        elif code:
            answer = await self._verifier.check_code(code, address)
        else:
            raise BadRequest('Send {"code": "…"} as JSON, or the file itself.')
        return web.json_response(as_json(answer), headers=_PUBLIC)


async def _asked(request: web.Request) -> tuple[str | None, bytes | None]:
    """Code or file, whichever was sent. Raises ValueError, TooLarge."""
    kind = request.content_type
    if kind == "application/json":
        return _code_or_credential(await _read(request.content))
    if kind == "multipart/form-data":
        return await _form(request)
    if kind == "application/x-www-form-urlencoded":
        return str((await request.post()).get("code", "")), None
    if kind in _FILES or kind.endswith("+json"):
        return None, await _read(request.content)
    return None, None


def _code_or_credential(data: bytes) -> tuple[str | None, bytes | None]:
    """`{"code": …}` asks for a code; a credential is JSON too, and is verified as it was sent."""
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError from error
    if isinstance(found, dict) and found.keys() == {"code"} and isinstance(found["code"], str):
        return found["code"], None
    return None, data


async def _form(request: web.Request) -> tuple[str | None, bytes | None]:
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise BadRequest
        if part.name == "code":
            return (await part.read_chunk(256)).decode("utf-8", "replace"), None
        if part.name == "file":
            data = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                data += chunk
                if len(data) > LARGEST:
                    raise TooLarge
            return None, bytes(data)
    return None, None


async def _read(content: StreamReader) -> bytes:
    data = bytearray()
    async for chunk in content.iter_any():
        data += chunk
        if len(data) > LARGEST:
            raise TooLarge
    return bytes(data)
