"""PUT (RFC 4918 section 9.7): a document's content, streamed into the vault."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

from aiohttp import hdrs, web
from multidict import istr

from vault_core.api import Buffer
from vault_core.dav import body
from vault_core.dav.call import Call
from vault_core.dav.get import validators
from vault_core.dav.reply import Reply
from vault_core.errors import BadRequest, IsAFolder
from vault_core.http import conditions
from vault_core.http.times import parse_epoch
from vault_core.vault.nodes.node import ANY, Precondition

_OC_MTIME: Final = istr("X-OC-Mtime")
_OC_CHECKSUM: Final = istr("OC-Checksum")
_EXPECTED_LENGTH: Final = istr("X-Expected-Entity-Length")


async def put(call: Call) -> web.StreamResponse:
    """Answer 201 or 204 with the new entity tag, once the content is durable."""
    request = call.request
    headers = request.headers
    if hdrs.CONTENT_RANGE in headers:
        raise BadRequest("PUT replaces a document whole: send it without Content-Range.")
    if request.raw_path.endswith("/"):
        raise IsAFolder("The address of a document does not end with a slash.")
    body.refuse_encoded(request)
    modified = _modified_at(headers.get(_OC_MTIME))
    chunks = body.stream(request, call.site.limits)
    checksum = headers.get(_OC_CHECKSUM)
    if checksum is not None:
        chunks = checked(chunks, checksum)
    condition = await write_condition(call)
    expected = headers.get(_EXPECTED_LENGTH, "")
    if expected.isascii() and expected.isdigit() and len(expected) < 20:
        await call.vault.check_write(
            call.path, size=int(expected), condition=condition, tokens=call.tokens
        )
    written = await call.vault.write(
        call.path,
        chunks,
        size=body.announced(request),
        modified_at=modified,
        condition=condition,
        tokens=call.tokens,
    )
    fields = validators(written.node)
    if modified is not None:
        fields += b"X-OC-Mtime: accepted\r\n"
    return Reply(201 if written.created else 204, fields)


async def write_condition(call: Call) -> Precondition:
    """What the target must be when the change is committed, from all conditional fields.

    An If header that compared the target's entity tag pins the content it was true of.
    Raises PreconditionFailed if it does not hold now.
    """
    headers = call.request.headers
    pinned = call.if_header is not None and call.if_header.etags_of_request
    if not pinned and not conditions.conditional(headers):
        return ANY
    node = await call.find()
    condition = conditions.precondition(headers, node)
    if pinned and node is not None and condition.etags is None:
        etags = frozenset([node.etag])
        return Precondition(condition.must_exist, etags, condition.not_etags)
    return condition


def _modified_at(field: str | None) -> int | None:
    """X-OC-Mtime: seconds since the epoch, as ownCloud's clients send them."""
    if field is None:
        return None
    value = parse_epoch(field)
    if value is None:
        raise BadRequest("X-OC-Mtime holds seconds since the epoch.")
    return value


class Digest(Protocol):
    """A running checksum."""

    def update(self, data: Buffer, /) -> None:
        """Take in more content."""

    def hexdigest(self) -> str:
        """The checksum so far, lower case."""
        ...


class Adler32:
    """zlib's checksum, which ownCloud's clients send by default."""

    def __init__(self) -> None:
        self._value = 1

    def update(self, data: Buffer, /) -> None:
        """Take in more content."""
        self._value = zlib.adler32(data, self._value)

    def hexdigest(self) -> str:
        """Eight hexadecimal digits."""
        return f"{self._value:08x}"


def _md5() -> Digest:
    return hashlib.md5(usedforsecurity=False)


def _sha1() -> Digest:
    return hashlib.sha1(usedforsecurity=False)


_DIGESTS: Final[dict[str, Callable[[], Digest]]] = {
    "SHA256": hashlib.sha256,
    "SHA1": _sha1,
    "MD5": _md5,
    "ADLER32": Adler32,
}


async def checked(chunks: AsyncIterator[Buffer], field: str) -> AsyncIterator[Buffer]:
    """The chunks, and BadRequest at their end if they are not what the field says.

    The field is `SHA256:…`, `SHA1:…`, `MD5:…` or `ADLER32:…` in hexadecimal; an unknown kind
    cannot be checked, and is refused rather than ignored.
    """
    kind, _, wanted = field.partition(":")
    make = _DIGESTS.get(kind.strip().upper())
    if make is None:
        raise BadRequest(f"OC-Checksum can be one of {', '.join(_DIGESTS)}.")
    digest = make()
    async for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != wanted.strip().lower():
        raise BadRequest("The content is not what OC-Checksum says; it was not stored.")
