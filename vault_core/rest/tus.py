"""Resumable uploads: tus 1.0.0 with creation, creation-with-upload, checksum, expiration and
termination (https://tus.io/protocols/resumable-upload).
"""

from __future__ import annotations

import asyncio
import binascii
import hashlib
from base64 import b64decode
from email.utils import formatdate
from typing import Final, get_args

from aiohttp import hdrs, web

from vault_core.errors import (
    BadRequest,
    ChecksumMismatch,
    Conflict,
    InvalidName,
    OffsetMismatch,
    PreconditionFailed,
    QuotaExceeded,
    TooLarge,
    TooManyAttempts,
    WrongMediaType,
)
from vault_core.rest.call import Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, node_id
from vault_core.store.ids import NodeId
from vault_core.vault.documents.opened import Limits
from vault_core.vault.incoming import CHECKED, Checksum
from vault_core.vault.nodes.names import MAX_DEPTH, Path, normalise
from vault_core.vault.uploading import Taken, Target, Upload, Uploading
from vault_core.vault.vault import Vault

PATH: Final = "/api/v1/uploads"
VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,checksum,expiration,termination"
PART: Final = "application/offset+octet-stream"
DOCUMENT: Final = "Parchemin-Document"
_DIGESTS: Final = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
_TAKEN: Final[dict[str, Taken]] = {name: name for name in get_args(Taken)}
_SAID: Final = 8192
"""Characters of Upload-Metadata."""
_COMMON: Final = ("Tus-Resumable",)
_REFUSALS: Final = (Conflict, PreconditionFailed, TooLarge, WrongMediaType, ChecksumMismatch,
                    QuotaExceeded, TooManyAttempts, InvalidName)  # fmt: skip


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """An `on_response_prepare` signal: what every answer of the protocol carries."""
    if request.path == PATH or request.path.startswith(PATH + "/"):
        response.headers["Tus-Resumable"] = VERSION
        if response.status == 412:
            response.headers["Tus-Version"] = VERSION


class TusApi:
    """Resumable uploads, as tus 1.0.0 has them."""

    def __init__(self, uploads: Uploading, limits: Limits) -> None:
        self._uploads = uploads
        self._limits = limits

    @operation("OPTIONS", PATH, needs="public", gives=())
    async def upload_options(self, call: Call) -> web.StreamResponse:
        """What this server knows of tus."""
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(self._limits.document),
            "Tus-Checksum-Algorithm": ",".join(_DIGESTS),
        }
        return web.Response(status=204, headers=headers)

    @operation("POST", PATH, needs="documents:write", status=201, errors=_REFUSALS,
               takes=(PART,), optional=True,
               headers=("Tus-Resumable", "Upload-Length", "Upload-Metadata"))  # fmt: skip
    async def create_upload(self, call: Call) -> web.StreamResponse:
        """Begin an upload of `Upload-Length` bytes.

        `Upload-Metadata` says what it becomes: `path` (from the root, folders are made), or
        `folder` (an id) and `filename`; `filetype`, `modified` (milliseconds since the epoch), and
        `taken`: `rename` (the default), `replace` or `refuse` where that name exists. The length
        counts as used at once. The first bytes may come with it.
        """
        _check_version(call)
        vault, sent = call.vault, call.request.headers
        length = _number(sent.get("Upload-Length"), "Upload-Length")
        target = await _target(vault, sent.get("Upload-Metadata", ""))
        upload = await self._uploads.begin(vault, target, length)
        if call.request.content_type == PART and call.request.can_read_body:
            upload, _ = await self._uploads.append(
                vault, upload, _Body(call), call.seconds, _checksum(call)
            )
        node = await self._finished(vault, upload)
        headers = {hdrs.LOCATION: f"{PATH}/{upload.row.id.hex()}", **_standing(upload, node)}
        return web.Response(status=201, headers=headers)

    @operation("HEAD", PATH + "/{upload}", needs="documents:write", errors=_REFUSALS,
               headers=_COMMON, gives=("*/*",))  # fmt: skip
    async def upload_offset(self, call: Call, upload: Id) -> web.StreamResponse:
        """Where an upload stands, in `Upload-Offset`.

        Whoever still sends for it is cut off, so that the offset stays true. Where every byte is
        there, it becomes a document now, if it did not before.
        """
        _check_version(call)
        found = await self._uploads.take(call.vault, bytes.fromhex(upload))
        node = await self._finished(call.vault, found)
        headers = {**_standing(found, node), "Upload-Length": str(found.row.length)}
        if found.target.said:
            headers["Upload-Metadata"] = found.target.said
        return web.Response(status=200, headers=headers)

    @operation("PATCH", PATH + "/{upload}", needs="documents:write", status=204, errors=_REFUSALS,
               takes=(PART,),
               headers=("Tus-Resumable", "Upload-Offset", "Upload-Checksum"))  # fmt: skip
    async def append_upload(self, call: Call, upload: Id) -> web.StreamResponse:
        """Send more bytes, from `Upload-Offset` on.

        What the answer's offset counts is durable. With the last byte it becomes a document, whose
        id is in `Parchemin-Document`. With `Upload-Checksum` (sha1 or sha256, at most 64 MiB),
        nothing counts unless all of it arrived as it was sent.
        """
        _check_version(call)
        vault = call.vault
        if call.request.content_type != PART:
            raise WrongMediaType(f"Send the bytes as {PART}.")
        call.refuse_encoded()
        offset = _number(call.request.headers.get("Upload-Offset"), "Upload-Offset")
        checksum = _checksum(call)
        found = await self._uploads.take(vault, bytes.fromhex(upload))
        if offset != found.row.received:
            raise OffsetMismatch(f"The upload stands at {found.row.received}: go on from there.")
        left = found.row.length - found.row.received
        if (call.request.content_length or 0) > left:
            raise TooLarge(f"Only {left} bytes are missing.")
        stalled = False
        if left:
            found, stalled = await self._uploads.append(
                vault, found, _Body(call), call.seconds, checksum
            )
        node = await self._finished(vault, found)
        if stalled and node is None:
            raise BadRequest("The content came too slowly; go on from where the upload stands.")
        return web.Response(status=204, headers=_standing(found, node))

    @operation("DELETE", PATH + "/{upload}", needs="documents:write", errors=_REFUSALS,
               headers=_COMMON)  # fmt: skip
    async def cancel_upload(self, call: Call, upload: Id) -> None:
        """Forget an upload and what came of it.

        The document that a finished one became stays.
        """
        _check_version(call)
        await self._uploads.abandon(call.vault, bytes.fromhex(upload))

    async def _finished(self, vault: Vault, upload: Upload) -> NodeId | None:
        if upload.row.node is not None or not upload.is_whole:
            return upload.row.node
        return await self._uploads.finish(vault, upload)


class _Body:
    """The request's body as a source; a client that went is its end."""

    def __init__(self, call: Call) -> None:
        self._content = call.request.content

    async def read(self, seconds: float) -> bytes | None:
        """What came; None if nothing did for so long; b"" at the end."""
        try:
            while not self._content.at_eof():
                async with asyncio.timeout(seconds):
                    piece = await self._content.readany()
                if piece:
                    return piece
        except TimeoutError:
            return None
        except (ConnectionError, web.RequestPayloadError):
            return b""
        return b""


def _standing(upload: Upload, node: NodeId | None) -> dict[str, str]:
    found = {
        "Upload-Offset": str(upload.row.received),
        "Upload-Expires": formatdate(upload.row.expires_at / 1000, usegmt=True),
        hdrs.CACHE_CONTROL: "no-store",
    }
    return found if node is None else {**found, DOCUMENT: node.hex()}


def _check_version(call: Call) -> None:
    if call.request.headers.get("Tus-Resumable") != VERSION:
        raise PreconditionFailed(f"Say Tus-Resumable: {VERSION}.")


def _number(text: str | None, name: str) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequest(f"{name} is missing, or is no number of bytes.")
    return int(text)


def _checksum(call: Call) -> Checksum | None:
    """Raises BadRequest for an algorithm that is not known, TooLarge for what is not bounded."""
    field = call.request.headers.get("Upload-Checksum")
    if field is None:
        return None
    name, _, encoded = field.partition(" ")
    try:
        wanted = b64decode(encoded.strip(), validate=True)
    except (ValueError, binascii.Error):
        raise BadRequest("Upload-Checksum is an algorithm and a digest in base64.") from None
    if name not in _DIGESTS:
        raise BadRequest(f"Upload-Checksum can be one of {', '.join(_DIGESTS)}.")
    length = call.request.content_length
    if length is None or length > CHECKED:
        raise TooLarge(f"With Upload-Checksum, send at most {CHECKED} bytes at a time.")
    return Checksum(_DIGESTS[name](usedforsecurity=False), wanted)


async def _target(vault: Vault, said: str) -> Target:
    """What an upload is to become. Raises BadRequest, InvalidName, NodeNotFound."""
    found = _metadata(said)
    taken = _TAKEN.get(found.get("taken", "rename"))
    if taken is None:
        raise BadRequest(f"'taken' is one of {', '.join(_TAKEN)}.")
    modified = found.get("modified")
    path = await _path(vault, found)
    if not path:
        raise InvalidName("Say in Upload-Metadata what it is called: path, or filename.")
    return Target(
        path,
        found.get("filetype", "")[:200],
        _number(modified, "'modified'") if modified else None,
        taken,
        said,
    )


def _metadata(said: str) -> dict[str, str]:
    if len(said) > _SAID:
        raise BadRequest(f"Upload-Metadata may have {_SAID} characters.")
    found = {}
    for pair in filter(None, (pair.strip() for pair in said.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            found[name] = b64decode(encoded.strip(), validate=True).decode()
        except (ValueError, binascii.Error):
            raise BadRequest("Upload-Metadata has a value that is not UTF-8 in base64.") from None
    return found


async def _path(vault: Vault, found: dict[str, str]) -> Path:
    names = [name for name in found.get("path", "").split("/") if name]
    names = names or [name for name in (found.get("filename", ""),) if name]
    if len(names) > MAX_DEPTH:
        raise BadRequest(f"Folders can be nested {MAX_DEPTH} deep.")
    path = tuple(normalise(name) for name in names)
    folder = found.get("folder")
    return path if not folder else (*await vault.path_of(node_id(folder)), *path)
