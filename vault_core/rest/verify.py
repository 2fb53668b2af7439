"""`POST /api/v1/verify`: a check of a certificate for programs; nobody has to sign in."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from vault_core.errors import BadRequest, TooLarge, TooManyAttempts
from vault_core.http.forms import MALFORMED, next_part, posted
from vault_core.issuing.certificates.verifying import LARGEST, Verifier, is_disclosure
from vault_core.issuing.checking.answer import as_json
from vault_core.issuing.checking.disclosed import Disclosed
from vault_core.issuing.checking.disclosed_json import as_answer
from vault_core.rest.call import BODY, Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Output

SECONDS = 30.0
"""How long a request may take to arrive."""
_FILES = (
    "application/pdf", "application/octet-stream", "application/vc", "application/dc+sd-jwt",
    "text/plain",
)  # fmt: skip
_PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


class Words(Output):
    """A sentence or a name in both languages."""

    fr: Annotated[str, Field(description="In French.")]
    en: Annotated[str, Field(description="In English.")]


class Fact(Output):
    """One fact that an issuer states."""

    id: Annotated[
        str, Field(description="The fact's name, the same in every certificate of a type.")
    ]
    title: Annotated[Words, Field(description="What it is.")]
    value: Annotated[Words, Field(description="As people write it.")]


class Stated(Output):
    """What a certificate says; only where its proofs hold."""

    id: Annotated[str, Field(description="The certificate's id, a UUID.")]
    record_hash: Annotated[str, Field(description="SHA-256 of the record, in hexadecimal.")]
    title: Annotated[Words, Field(description="What the certificate is.")]
    subject: Annotated[
        dict[str, Any] | None, Field(description="Whom it is about, if the file says so.")
    ] = None
    awarded_on: Annotated[
        dt.date | None, Field(description="The day of the award; null if its issuer says none.")
    ]
    issued_at: Annotated[dt.datetime | None, Field(description="When it was sealed.")] = None
    valid_until: Annotated[dt.datetime | None, Field(description="Null: without an end.")] = None
    facts: Annotated[list[Fact], Field(description="What the issuer states.")]


class Timed(Output):
    """Who dated the seal."""

    at: Annotated[dt.datetime, Field(description="When.")]
    authority: Annotated[str, Field(description="What the time-stamping authority calls itself.")]
    known: Annotated[bool, Field(description="Whether the institution knows that authority.")]


class Chosen(Output):
    """What the owner of a certificate chose to show of it, under its issuer's signature."""

    id: Annotated[str, Field(description="The certificate's id, a UUID.")]
    title: Annotated[Words, Field(description="What the certificate is.")]
    issued_at: Annotated[dt.datetime, Field(description="When it was sealed.")]
    valid_until: Annotated[dt.datetime | None, Field(description="Null: without an end.")]
    claims: Annotated[
        dict[str, Any], Field(description="What is shown of the person, and the day of the award.")
    ]
    facts: Annotated[list[Fact], Field(description="What is shown of its facts.")]


class Verification(Output):
    """The result of a check. It is an answer, not an error, whatever the verdict."""

    valid: Annotated[bool, Field(description="Whether it can be relied on now.")]
    verdict: Annotated[
        Literal["valid", "expired", "replaced", "revoked", "suspended", "unproven", "refused"],
        Field(description="What came of the check."),
    ]
    fault: Annotated[str | None, Field(description="The name of what does not hold.")]
    message: Annotated[Words, Field(description="The verdict in one sentence.")]
    issuer: Annotated[Words | None, Field(description="Who issued it; null if that is not proved.")]
    status_at: Annotated[
        dt.datetime | None, Field(description="How old the status is; null if it is of now.")
    ]
    ended_at: Annotated[
        dt.datetime | None, Field(description="When it was replaced or revoked.")
    ] = None
    reason: Annotated[str | None, Field(description="Why it was revoked.")] = None
    certificate: Annotated[
        Stated | None, Field(description="What it says; only where its proofs hold.")
    ] = None
    timestamp: Annotated[Timed | None, Field(description="Of its seal, if it was timed.")] = None
    disclosed: Annotated[
        Chosen | None, Field(description="For an SD-JWT: what it shows, in place of `certificate`.")
    ] = None
    twoddoc: Annotated[dict[str, str] | None, Field(description="The fields of its 2D-Doc.")] = None

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
        credential of at most 8 MiB, or the SD-JWT of a proof. Nobody has to sign in, and the file
        is not kept.
        """
        try:
            async with asyncio.timeout(SECONDS):
                code, data = await _asked(call)
        except (*MALFORMED, TimeoutError):
            raise BadRequest from None
        if data:
            check = self._verifier.check_disclosure if is_disclosure(data) else None
            answer = await (check or self._verifier.check_data)(data, call.address)
        elif code:
            answer = await self._verifier.check_code(code, call.address)
        else:
            raise BadRequest('Send {"code": "…"} as JSON, or the file itself.')
        told = as_answer(answer) if isinstance(answer, Disclosed) else as_json(answer)
        return Answer(Verification.model_validate(told), headers=_PUBLIC)


async def _asked(call: Call) -> tuple[str | None, bytes | None]:
    """Code or file, whichever was sent. Raises ValueError, TooLarge."""
    request, kind = call.request, call.request.content_type
    if kind == "application/json":
        return _code_or_credential(await call.data(LARGEST))
    if kind == "multipart/form-data":
        return await _form(request)
    if kind == "application/x-www-form-urlencoded":
        return (await posted(request, BODY)).get("code", ""), None
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
    while (part := await next_part(reader)) is not None:
        if part.name == "code":
            return (await part.read_chunk(256)).decode("utf-8", "replace"), None
        if part.name == "file":
            data = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                data += chunk
                if len(data) > LARGEST:
                    raise TooLarge(f"A file may have {LARGEST >> 20} MiB here.")
            return None, bytes(data)
    return None, None
