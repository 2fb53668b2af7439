"""Small forms: their fields as UTF-8, whatever a form says of itself, and errors that are ours.

aiohttp's `post()` decodes with the codec that the request names. One of Python's (punycode) takes
more than a minute for a megabyte, on the event loop; others are none, and raise what is not
expected.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from aiohttp.multipart import MultipartReader
from multidict import MultiDict

from vault_core.errors import BadRequest, TooLarge

MOST: Final = 1000
"""Fields of a form."""
MALFORMED: Final = (ValueError, AssertionError, HttpProcessingError, web.RequestPayloadError)
"""What aiohttp raises for a form that breaks RFC 7578, or is framed as HTTP does not allow."""
_URLENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"


async def posted(request: web.Request, largest: int) -> MultiDict[str]:
    """The fields of a form of at most so many bytes; files in it are passed over.

    No field at all for a body that is no form. Raises BadRequest, TooLarge.
    """
    try:
        if request.content_type == _URLENCODED:
            return _pairs(await request.read())
        if request.content_type == _MULTIPART:
            return await _parts(await request.multipart(), largest)
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge from None
    except MALFORMED:
        raise BadRequest("The form is not sent as forms are; send it again.") from None
    return MultiDict()


def _pairs(data: bytes) -> MultiDict[str]:
    text = data.decode("utf-8", "replace")
    return MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST))


async def _parts(reader: MultipartReader, largest: int) -> MultiDict[str]:
    found: MultiDict[str] = MultiDict()
    size = count = 0
    while (part := await next_part(reader)) is not None:
        count += 1
        if count > MOST:
            raise TooLarge
        data = bytearray()
        while piece := await part.read_chunk():
            size += len(piece)
            if size > largest:
                raise TooLarge
            if not part.filename:
                data += piece
        if part.name and not part.filename:
            found.add(part.name, data.decode("utf-8", "replace"))
    return found


async def next_part(reader: MultipartReader) -> BodyPartReader | None:
    """The form's next field; None at its end. Raises BadRequest."""
    try:
        part = await reader.next()
    except (*MALFORMED, RuntimeError):  # RuntimeError: a `_charset_` field that is none
        raise BadRequest from None
    if isinstance(part, MultipartReader):
        raise BadRequest
    return part
