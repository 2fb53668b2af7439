"""`POST /api/v1/verify`: a check of a certificate for programs; nobody has to sign in."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Annotated, Any, Literal

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from pydantic import Field

from vault_core.errors import BadRequest, TooLarge, TooManyAttempts
from vault_core.issuing.answer import as_json
from vault_core.issuing.verifying import Verifier
from vault_core.rest.call import Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Output

LARGEST = 8 * 1024 * 1024
"""Bytes of a file."""
SECONDS = 30.0
"""How long a request may take to arrive."""
_FILES = ("application/pdf", "application/octet-stream", "application/vc", "text/plain")
_PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


class Words(Output):
    """A sentence or a name in both languages."""

    fr: str
    en: str


class Fact(Output):
    """One fact that an issuer states."""

    id: str
    title: Words
    value: Words


class Stated(Output):
    """What a certificate says; only where its proofs hold."""

    id: str
    record_hash: str
    title: Words
    subject: dict[str, Any] | None = None
    awarded_on: dt.date
    issued_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    facts: list[Fact]


class Verification(Output):
    """The result of a check. It is an answer, not an error, whatever the verdict."""

    valid: Annotated[bool, Field(description="Whether it can be relied on now.")]
    verdict: Literal["valid", "expired", "replaced", "revoked", "suspended", "unproven", "refused"]
    fault: Annotated[str | None, Field(description="The name of what does not hold.")]
    message: Words
    issuer: Words | None
    status_at: dt.datetime | None
    ended_at: dt.datetime | None = None
    reason: str | None = None
    certificate: Stated | None = None
    twoddoc: dict[str, str] | None = None

    def members(self) -> dict[str, Any]:
        """Without what the check has nothing to say of."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class VerifyApi:
    """Verification, open to everybody."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    @operation(
        "POST", "/api/v1/verify", needs="public", errors=(TooManyAttempts,),
        takes=("application/json", "multipart/form-data", "application/x-www-form-urlencoded",
               *_FILES),
    )  # fmt: skip
    async def verify(self, call: Call) -> Answer[Verification]:
        """Check a certificate by its code or its file.

        Send `{"code": "…"}` as JSON, a form with `code` or `file`, or the file itself: a PDF or a
        credential of at most 8 MiB. Nobody has to sign in, and the file is not kept.
        """
        try:
            async with asyncio.timeout(SECONDS):
                code, data = await _asked(call)
        except (ValueError, AssertionError, HttpProcessingError, TimeoutError):
            raise BadRequest from None
        if data:
            answer = await self._verifier.check_data(data, call.address)
        elif code:
            answer = await self._verifier.check_code(code, call.address)
        else:
            raise BadRequest('Send {"code": "…"} as JSON, or the file itself.')
        return Answer(Verification.model_validate(as_json(answer)), headers=_PUBLIC)


async def _asked(call: Call) -> tuple[str | None, bytes | None]:
    """Code or file, whichever was sent. Raises ValueError, TooLarge."""
    request, kind = call.request, call.request.content_type
    if kind == "application/json":
        return _code_or_credential(await call.data(LARGEST))
    if kind == "multipart/form-data":
        return await _form(request)
    if kind == "application/x-www-form-urlencoded":
        return str((await request.post()).get("code", "")), None
    if kind in _FILES or kind.endswith("+json"):
        return None, await call.data(LARGEST)
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
