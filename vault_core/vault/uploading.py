"""Documents that come in parts, over several requests, processes and days.

Every part is sealed to the vault before it reaches a disk, as a blob with a key of its own: bytes
that are sent again after a crash never meet a key and nonce that were used. It counts once its
commit is durable; when all are there they are read once more and become one document. Whoever
appends holds the upload; taking it over makes every later commit of the one before fail, so that
an offset that was told stays true, whichever process the next request comes to.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal

from vault_core.api import Buffer
from vault_core.errors import (
    BlobNotFound,
    Conflict,
    InvalidName,
    NodeNotFound,
    PreconditionFailed,
    QuotaExceeded,
    TooLarge,
    TooManyAttempts,
    UploadTaken,
)
from vault_core.store import changes, uploads
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Change
from vault_core.store.ids import ROOT, BlobId, NodeId, new_id
from vault_core.store.uploads import PartRow, UploadRow
from vault_core.vault import arriving
from vault_core.vault.documents import content, space, writing
from vault_core.vault.documents.content import Stored
from vault_core.vault.documents.locking import NO_TOKENS, Holder
from vault_core.vault.incoming import TICK, Checksum, Incoming, Source
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import ANY, Content, Node, Precondition
from vault_core.vault.vault import Vault

MOST: Final = 1000
"""Unfinished uploads of one vault."""
KEPT: Final = 3 * 86_400_000
"""Milliseconds for which an upload waits for more, and a finished one can be asked about."""
Taken = Literal["rename", "replace", "refuse"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an upload is to become."""

    path: Path
    media_type: str = ""
    modified_at: int | None = None
    taken: Taken = "rename"
    """What to do where something of that name exists."""
    said: str = ""
    """What the client said of it, to be told again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as it is now."""

    row: UploadRow
    target: Target

    @property
    def is_whole(self) -> bool:
        """Whether every byte came."""
        return self.row.received == self.row.length


class Uploading:
    """Uploads of all vaults, as this process sees them."""

    def __init__(self) -> None:
        self._running: dict[bytes, Incoming] = {}
        self._finishing: dict[bytes, asyncio.Lock] = {}

    async def begin(self, vault: Vault, target: Target, length: int) -> Upload:
        """A new upload; its bytes count as used from now on.

        Raises TooLarge, QuotaExceeded, TooManyAttempts, and what writing there would raise.
        """
        opened, actor = vault.opened, vault.actor()
        if length > opened.services.limits.document:
            raise TooLarge(f"A document may have {opened.services.limits.document} bytes here.")
        if await uploads.unfinished(opened.services.catalog, vault.id) >= MOST:
            raise TooManyAttempts(
                f"{MOST} uploads are unfinished: finish or cancel some.", retry_after=60
            )
        random = opened.services.random
        upload = new_id(actor.at / 1000, random)
        sealed = opened.keyring.seal(b"upload" + upload, _written(target), random)
        row = UploadRow(upload, vault.id, length, 0, random(16), sealed, actor.at, actor.at + KEPT)
        await space.require(opened, length, actor)
        try:
            version = await opened.services.catalog.commit(_begin, actor, row)
        except QuotaExceeded:
            await space.require(opened, length, actor)
            version = await opened.services.catalog.commit(_begin, actor, row)
        opened.committed(version)
        opened.forget_generation()
        return Upload(row, target)

    async def take(self, vault: Vault, upload: bytes) -> Upload:
        """The upload, held by the caller: what another request still sends does not count.

        Raises NodeNotFound.
        """
        running = self._running.get(upload)
        if running is not None:  # here, so that it can make durable what it has
            running.stop.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await running.done.wait()
        catalog, holder = vault.opened.services.catalog, vault.opened.services.random(16)
        if await catalog.commit(uploads.hold, vault.id, upload, holder) is None:
            raise NodeNotFound("There is no such upload: it was cancelled, or has expired.")
        return await self._upload(vault, upload)

    async def _upload(self, vault: Vault, upload: bytes) -> Upload:
        row = await uploads.find(vault.opened.services.catalog, vault.id, upload)
        if row is None or row.expires_at <= vault.actor().at:
            raise NodeNotFound("There is no such upload: it was cancelled, or has expired.")
        text = vault.opened.keyring.open(b"upload" + row.id, row.sealed)
        return Upload(row, _read(text))

    async def append(
        self, vault: Vault, upload: Upload, source: Source, seconds: float,
        checksum: Checksum | None = None,
    ) -> tuple[Upload, bool]:  # fmt: skip
        """Take in what comes; the upload as it is then, and whether the client stalled.

        What is in the result is durable. Raises TooLarge, ChecksumMismatch, and UploadTaken if
        another request took over.
        """
        row = upload.row
        incoming = Incoming(source, row.length - row.received, seconds, checksum)
        self._running[row.id] = incoming
        try:
            while not incoming.ended and row.received < row.length:
                row = await self._part(vault, row, incoming)
            if incoming.ended is False and await source.read(TICK):
                raise TooLarge("More came than Upload-Length announced.")
        finally:
            incoming.done.set()
            if self._running.get(row.id) is incoming:
                del self._running[row.id]
        return replace(upload, row=row), incoming.stalled

    async def _part(self, vault: Vault, row: UploadRow, incoming: Incoming) -> UploadRow:
        opened, at = vault.opened, vault.actor().at
        services, room = opened.services, row.length - row.received
        stored = await content.store(opened, incoming.part(), None, room)
        if stored.blob is None or stored.content is None:
            return row
        key = json.dumps([b64encode(stored.content.key).decode(), stored.content.header_size])
        sealed = opened.keyring.seal(_place(row.id, row.received), key.encode(), services.random)
        part = PartRow(row.received, stored.size, stored.blob.id, sealed)
        try:
            incoming.check()
            await services.catalog.commit(uploads.append, row, part, stored.blob, at, at + KEPT)
        except BaseException as error:
            if stored.blob.data is None:
                await services.blobs.delete(stored.blob.id.hex())
            if type(error) is Conflict:
                raise UploadTaken from None
            raise
        return replace(row, received=row.received + stored.size, expires_at=at + KEPT)

    async def finish(self, vault: Vault, upload: Upload) -> NodeId:
        """The document that the whole upload becomes, or has become.

        Raises what writing it raises; the upload is then as it was, and can be finished later.
        """
        lock = self._finishing.setdefault(upload.row.id, asyncio.Lock())
        async with lock:
            try:
                now = await self._upload(vault, upload.row.id)
                if now.row.node is not None:
                    return now.row.node
                return (await self._become(vault, now)).id
            except (UploadTaken, BlobNotFound, PreconditionFailed):
                # Another process was faster: its parts are gone, its document has that name.
                now = await self._upload(vault, upload.row.id)
                if now.row.node is None:
                    raise
                return now.row.node
            finally:
                self._finishing.pop(upload.row.id, None)

    async def _become(self, vault: Vault, upload: Upload) -> Node:
        opened, actor, row = vault.opened, vault.actor(), upload.row
        parts = await uploads.parts(opened.services.catalog, row.id)
        if sum(part.size for part in parts) != row.length:
            raise UploadTaken
        stored = await content.store(opened, _joined(vault, row.id, parts), row.length, row.length)
        garbage: list[BlobId] = []

        def settle(change: Change, node: NodeId) -> Unit[None]:
            garbage.clear()  # a unit may be run again
            try:
                length, blobs = yield from uploads.become(row.id, node, actor.at + KEPT)
            except Conflict:
                raise UploadTaken from None
            change.charge(-length)
            garbage.extend(blobs)

        try:
            node = await _placed(vault, upload.target, stored, actor, settle)
        except BaseException:
            if stored.blob is not None and stored.blob.data is None:
                await opened.services.blobs.delete(stored.blob.id.hex())
            raise
        await space.discard(opened, garbage)
        opened.forget_generation()
        return node

    async def abandon(self, vault: Vault, upload: bytes) -> None:
        """Forget it and what came. Raises NodeNotFound."""
        opened = vault.opened
        running = self._running.get(upload)
        if running is not None:
            running.stop.set()
        found = await opened.services.catalog.commit(drop, vault.actor(), upload)
        if found is None:
            raise NodeNotFound("There is no such upload: it was cancelled, or has expired.")
        opened.forget_generation()
        await space.discard(opened, found)


def _begin(actor: Actor, row: UploadRow) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.spend(row.length)
    yield from uploads.insert(row)
    return (yield from changes.finish(change))


def drop(actor: Actor, upload: bytes) -> Unit[list[BlobId] | None]:
    """Forget an upload and free what was kept for it; blobs to delete, None if there is none."""
    change = yield from changes.begin(actor)
    found = yield from uploads.delete(actor.vault, upload)
    if found is not None:
        change.charge(-found[0])
    yield from changes.finish(change)
    return found[1] if found is not None else None


async def _placed(
    vault: Vault, target: Target, stored: Stored, actor: Actor, settle: writing.Settling
) -> Node:
    opened, holder = vault.opened, Holder(vault.slot_id, NO_TOKENS)
    sent = writing.Upload(
        _joined(vault, b"", []), stored.size, target.media_type, target.modified_at
    )

    async def attempt() -> Node:
        folder = await arriving.folders(vault, (), target.path[:-1])
        path, condition = (*folder, target.path[-1]), ANY
        if target.taken == "rename":
            path = (*folder, await arriving.free_name(vault, folder, target.path[-1]))
        if target.taken != "replace":
            condition = Precondition(must_exist=False)
        try:
            written = await writing.place(
                opened, path, stored, sent, holder, condition, actor, settle
            )
        except PreconditionFailed:
            if target.taken == "rename":  # the free name was taken meanwhile: look again
                raise Conflict from None
            raise
        return written.node

    return await vault.retrying(attempt)


async def _joined(vault: Vault, upload: bytes, parts: list[PartRow]) -> AsyncIterator[Buffer]:
    opened = vault.opened
    for part in parts:
        text = opened.keyring.open(_place(upload, part.start), part.sealed)
        key, header = json.loads(text)
        found = Content(part.blob, b64decode(key), header)
        node = Node(NodeId(upload), ROOT, "", False, part.size, "", 0, 0, 0, b"", found, None)
        async for piece in content.read(opened.services, node, 0, None):
            yield bytes(piece)  # what is read next may overwrite it while it is being sealed


def _place(upload: bytes, start: int) -> bytes:
    return b"upload-part" + upload + start.to_bytes(8, "big")


def _written(target: Target) -> bytes:
    if not target.path:
        raise InvalidName("Say what the document is called.")
    return json.dumps(asdict(target)).encode()


def _read(text: bytes) -> Target:
    found = json.loads(text)
    return Target(**{**found, "path": tuple(found["path"])})
