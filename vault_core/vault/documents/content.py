"""Bytes in and out of a vault: streamed, never whole in memory, sealed on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vault_core.api import Buffer
from vault_core.crypto import age
from vault_core.crypto.age import Encryptor, Payload
from vault_core.crypto.header import parse_header
from vault_core.crypto.keys import Identity, Recipient
from vault_core.crypto.stream import SEALED_CHUNK
from vault_core.errors import BadRequest, CorruptCiphertext, CryptoError, QuotaExceeded, TooLarge
from vault_core.memory import Block, pages
from vault_core.store import nodes
from vault_core.store.ids import BlobId, new_id
from vault_core.store.nodes import NewBlob
from vault_core.vault.documents.opened import OpenedVault, Services
from vault_core.vault.nodes.node import Content, Node

AT_ONCE = 4 * SEALED_CHUNK
"""Bytes of ciphertext up to which a range is read in one step."""
INLINE_MAX = 1024 * 1024
"""Larger blobs are never in the catalog, whatever the settings were when they were written."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Content that is sealed, and durable unless it is to be committed inside the catalog."""

    size: int
    sha256: bytes
    blob: NewBlob | None
    content: Content | None
    start: bytes
    """The first bytes of the plaintext, to tell its type."""


class Sealable(Protocol):
    """What content can be sealed to: an open vault, or one that is known by its recipient."""

    @property
    def services(self) -> Services: ...

    @property
    def recipients(self) -> Sequence[Recipient]: ...


async def store(
    opened: Sealable, chunks: AsyncIterator[Buffer], size: int | None, room: int
) -> Stored:
    """Seal the chunks to the vault; the blob is durable, or small enough to be committed.

    Raises QuotaExceeded as soon as more than `room` bytes came, TooLarge beyond what one
    document may have, and BadRequest if they end
    before or after an announced `size`.
    """
    most = opened.services.limits.document
    if size is not None and size > most:
        raise TooLarge(f"A document may have {most} bytes here.")
    sealing = _Sealing(opened, _bounded(chunks, size, room, most))
    if await sealing.gather(opened.services.limits.inline):
        return sealing.inline()
    return await sealing.stream()


async def _bounded(
    chunks: AsyncIterator[Buffer], size: int | None, room: int, most: int
) -> AsyncIterator[Buffer]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > room:
            raise QuotaExceeded
        if total > most:
            raise TooLarge(f"A document may have {most} bytes here.")
        yield chunk
    if size is not None and total != size:
        raise BadRequest(f"The content ended after {total} bytes; {size} were announced.")


class _Sealing:
    """One document on its way in: gathered up to the inline limit, then streamed."""

    def __init__(self, opened: Sealable, chunks: AsyncIterator[Buffer]) -> None:
        services = opened.services
        self._services = services
        self._chunks = chunks
        self._head = bytearray()
        self._digest = hashlib.sha256()
        self._size = 0
        self._id = BlobId(new_id(services.clock(), services.random))
        self._encryptor = Encryptor(services.beginnings.take(opened.recipients))

    async def gather(self, limit: int) -> bool:
        """Read until the end or beyond `limit` bytes; whether it was the end."""
        async for chunk in self._chunks:
            self._head += chunk
            if len(self._head) > limit:
                return False
        return True

    def inline(self) -> Stored:
        head = bytes(self._head)
        if not head:
            return Stored(0, hashlib.sha256().digest(), None, None, b"")
        encryptor = self._encryptor
        data = b"".join((encryptor.header, encryptor.update(head), encryptor.finish()))
        self._services.cache.put(self._id, data)
        self._size = len(head)
        return self._stored(hashlib.sha256(head).digest(), NewBlob(self._id, len(data), data))

    async def stream(self) -> Stored:
        with self._services.sealing.one() as batch:
            stored = await self._services.blobs.put(self._id.hex(), self._ciphertext(batch))
        return self._stored(self._digest.digest(), NewBlob(self._id, stored, None))

    def _stored(self, digest: bytes, blob: NewBlob) -> Stored:
        content = Content(self._id, self._encryptor.payload_key, len(self._encryptor.header))
        return Stored(self._size, digest, blob, content, bytes(self._head[:4096]))

    async def _ciphertext(self, size: int) -> AsyncIterator[Buffer]:
        """Encrypts each batch of `size` bytes in a thread while the next one is being received."""
        yield self._encryptor.header
        filling, spare = Block(size), Block(size)
        sealing: asyncio.Future[Buffer] | None = None
        loop = asyncio.get_running_loop()
        try:
            async for chunk in self._rest():
                left = filling.take(memoryview(chunk).cast("B"))
                while left or filling.full:
                    if sealing is not None:
                        yield await sealing
                    sealing = loop.run_in_executor(None, self._seal, filling)
                    filling, spare = spare, filling
                    left = filling.take(left)
            if sealing is not None:
                yield await sealing
            sealing = loop.run_in_executor(None, self._seal, filling)
            yield await sealing
            yield self._encryptor.finish()
        finally:
            if sealing is not None:
                await asyncio.wait([sealing])

    async def _rest(self) -> AsyncIterator[Buffer]:
        head, self._head = self._head, self._head[:4096]
        yield head
        del head
        async for chunk in self._chunks:
            yield chunk

    def _seal(self, batch: Block) -> Buffer:
        """The next ciphertext, and the batch is empty; what was given before stays as it is."""
        filled, batch.size = batch.filled, 0
        self._size += len(filled)
        self._digest.update(filled)
        return self._encryptor.update(filled)


async def read(
    services: Services, node: Node, offset: int, length: int | None
) -> AsyncIterator[Buffer]:
    """The plaintext from `offset`, `length` bytes of it (to the end if None), in pieces.

    A piece may be overwritten by the next. Raises CorruptCiphertext before it gives a byte that
    does not authenticate, and BlobNotFound.
    """
    part = await read_part(services, node, offset, length)
    if part is not None:
        if part:
            yield part
        return
    assert node.content is not None  # or there would be nothing to read
    payload = Payload(node.content.key, node.content.header_size, node.size)
    span = payload.span(offset, node.size if length is None else length)
    chunk, skip, left = span.first_chunk, span.skip, span.take
    with services.reading.one() as step:
        plain = pages(min(span.length, step))
        key = node.content.blob.hex()
        async for ciphertext in services.blobs.stream(key, span.offset, span.length, step):
            count = payload.open_into(ciphertext, chunk, plain)
            piece = plain[skip : min(count, skip + left)]
            yield piece
            left -= len(piece)
            skip = 0
            chunk += step // SEALED_CHUNK


async def read_part(
    services: Services, node: Node, offset: int, length: int | None
) -> Buffer | None:
    """What `read` gives, at once; None if it is more than one step, so that it comes in pieces."""
    length = node.size - offset if length is None else min(length, node.size - offset)
    if node.content is None or length <= 0:
        return b""
    payload = Payload(node.content.key, node.content.header_size, node.size)
    span = payload.span(offset, length)
    whole = await small(services, node, payload.cipher_size)
    if whole is not None:
        piece: Buffer = memoryview(whole)[span.offset : span.offset + span.length]
    elif span.length <= AT_ONCE:
        piece = await services.blobs.get(node.content.blob.hex(), span.offset, span.length)
    else:
        return None
    plain = bytearray(span.length)
    payload.open_into(piece, span.first_chunk, plain)
    return memoryview(plain)[span.skip : span.skip + span.take]


async def small(services: Services, node: Node, cipher_size: int) -> bytes | None:
    """The ciphertext of a blob that lies in the catalog; None if it lies in the store."""
    if cipher_size > INLINE_MAX or node.content is None:
        return None
    blob = node.content.blob
    data = services.cache.get(blob)
    if data is None:
        data = await nodes.blob_data(services.catalog, blob)
        if data is None:
            return None
        if len(data) != cipher_size:
            raise CorruptCiphertext("The stored content was cut or altered.")
        services.cache.put(blob, data)
    return data


async def read_small(services: Services, node: Node) -> bytes | None:
    """The whole content at once if its blob lies in the catalog. Raises as `read` does."""
    if node.content is None:
        return b""
    payload = Payload(node.content.key, node.content.header_size, node.size)
    data = await small(services, node, payload.cipher_size)
    if data is None:
        return None
    return payload.open(memoryview(data)[node.content.header_size :], 0)


async def age_file(opened: OpenedVault, node: Node) -> AsyncIterator[Buffer]:
    """The document as one age file that the vault's identity opens, for exports.

    It is the blob as it is stored, every chunk of it proved; only a header that was damaged, which
    reading here does without, is made anew, in the same length. Empty documents have no blob, but
    a file of nothing. Raises CorruptCiphertext and BlobNotFound.
    """
    services = opened.services
    if node.content is None:
        yield age.encrypt(b"", opened.recipients, services.random)
        return
    header = await _header(services, node, node.content)
    if _leads_to(header, opened.identity, node.content.key):
        yield header
        async for piece in _proved(services, node, node.content):
            yield piece
        return
    encryptor = Encryptor(services.beginnings.take(opened.recipients))
    yield encryptor.header
    async for piece in read(services, node, 0, None):
        yield encryptor.update(piece)
    yield encryptor.finish()


async def _header(services: Services, node: Node, found: Content) -> bytes:
    payload = Payload(found.key, found.header_size, node.size)
    whole = await small(services, node, payload.cipher_size)
    if whole is not None:
        return whole[: found.header_size]
    return await services.blobs.get(found.blob.hex(), 0, found.header_size)


def _leads_to(header: bytes, identity: Identity, key: bytes) -> bool:
    """Whether the identity finds the payload's key in the header and nonce."""
    try:
        parsed = parse_header(header)
        return age.payload_key(age.unwrap(parsed, [identity]), header[parsed.size :]) == key
    except CryptoError:
        return False


async def _proved(services: Services, node: Node, found: Content) -> AsyncIterator[Buffer]:
    payload = Payload(found.key, found.header_size, node.size)
    whole = await small(services, node, payload.cipher_size)
    if whole is not None:
        payload.open(memoryview(whole)[found.header_size :], 0)
        yield whole[found.header_size :]
        return
    span = payload.span(0, node.size)
    with services.reading.one() as step:
        plain, chunk = pages(min(span.length, step)), 0
        async for piece in services.blobs.stream(found.blob.hex(), span.offset, span.length, step):
            payload.open_into(piece, chunk, plain)
            chunk += step // SEALED_CHUNK
            yield piece
