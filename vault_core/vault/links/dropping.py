"""Drop boxes: documents from people without an account, sealed to a vault that is not open.

A deposit needs the vault's public recipient alone. It waits as an envelope, like an issuer's
delivery, and becomes a node when the vault is next opened.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from vault_core.api import Buffer
from vault_core.crypto import age
from vault_core.crypto.keys import Recipient, parse_recipient
from vault_core.errors import (
    BadRequest,
    BoxFull,
    Forbidden,
    LinkExpired,
    LinkRevoked,
    LinkUsedUp,
    NodeNotFound,
    NotAFolder,
    ParcheminError,
    QuotaExceeded,
    StoreError,
    TooLarge,
)
from vault_core.store import changes, deliveries, nodes, shared_links
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.deliveries import DeliveryRow
from vault_core.store.ids import new_id
from vault_core.store.nodes import NewBlob
from vault_core.store.shared_links import LinkRow
from vault_core.vault.documents import content
from vault_core.vault.documents.content import Stored
from vault_core.vault.documents.opened import Services
from vault_core.vault.links.link import Link, Terms
from vault_core.vault.links.owning import add
from vault_core.vault.links.visiting import Visited
from vault_core.vault.nodes import media_types
from vault_core.vault.nodes.names import Path, normalise
from vault_core.vault.vault import Vault

SENDER_LENGTH = 120
NOTE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Box:
    """What somebody who deposits may know of a drop box."""

    label: str
    limit: int
    """Bytes of one document."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a deposit became: its name here, bytes and SHA-256."""

    name: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class _Sealing:
    """What content is sealed to: the vault's recipient, without its identity."""

    services: Services
    recipients: Sequence[Recipient]


async def drop_box(vault: Vault, path: Path, terms: Terms, limit: int) -> Link:
    """A link by which others put documents of at most `limit` bytes into a folder.

    Raises NodeNotFound, NotAFolder, BadRequest, and Forbidden without a limit of their number
    and size: whoever gets the link could fill the vault.
    """
    folder = await vault.find(path)
    if not folder.is_folder:
        raise NotAFolder
    if terms.most is None or terms.most_bytes is None or limit < 1:
        raise Forbidden("A drop box needs a limit of documents and of bytes.")
    payload = {"label": terms.label, "limit": limit}
    return await add(vault, "drop", folder.id, json.dumps(payload).encode(), terms)


def read_box(payload: bytes) -> Box:
    """What a drop box's payload says."""
    found = json.loads(payload)
    return Box(found["label"], found["limit"])


@dataclass(frozen=True, slots=True)
class Sender:
    """What somebody says of themselves; both may be ""."""

    name: str = ""
    note: str = ""

    def check(self) -> None:
        """Raises BadRequest if it is too long."""
        if len(self.name) > SENDER_LENGTH or len(self.note) > NOTE_LENGTH:
            raise BadRequest(
                f"A name has at most {SENDER_LENGTH} characters, a note {NOTE_LENGTH}."
            )


async def deposit(
    services: Services, visited: Visited, name: str, chunks: AsyncIterator[Buffer], sender: Sender
) -> Receipt:
    """Take a document in: streamed, sealed, and durable when it returns.

    Raises BadRequest if it is empty, TooLarge beyond the box's limit, BoxFull where it or the
    vault has no room, LinkUsedUp beyond the box's own limits, InvalidName.
    """
    sender.check()
    row, box, shown = visited.row, read_box(visited.payload), normalise(name)
    recipient, room = await _room(services, row)
    target = _Sealing(services, [parse_recipient(recipient)])
    try:
        stored = await content.store(target, _at_most(chunks, box.limit), None, room)
    except QuotaExceeded:
        raise BoxFull from None
    if stored.blob is None or stored.content is None:
        raise BadRequest("The document is empty: nothing was stored.")
    try:
        await _commit(services, row, box, shown, stored, sender, target.recipients)
    except ParcheminError as error:
        # After a StoreError the commit may have happened all the same: then the blob stays, and
        # `parchemin check --repair` removes it if nothing refers to it.
        if stored.blob.data is None and not isinstance(error, StoreError):
            await services.blobs.delete(stored.blob.id.hex())
        if isinstance(error, QuotaExceeded):
            raise BoxFull from None
        raise
    return Receipt(shown, stored.size, stored.sha256)


async def _at_most(chunks: AsyncIterator[Buffer], limit: int) -> AsyncIterator[Buffer]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooLarge(f"This drop box takes documents of at most {limit} bytes.")
        yield chunk


async def _room(services: Services, row: LinkRow) -> tuple[str, int]:
    """The vault's recipient, and how many bytes more it and the box take."""
    found = await services.catalog.point(
        "SELECT recipient, quota - used FROM vaults WHERE id = ?", (row.vault,)
    )
    if found is None:
        raise NodeNotFound("This vault was closed for good.")
    if row.most is not None and row.used >= row.most:
        raise LinkUsedUp
    left = row.most_bytes - row.bytes if row.most_bytes is not None else found[1]
    if left <= 0:
        raise LinkUsedUp
    return found[0], max(0, min(found[1], left))


async def _commit(
    services: Services, row: LinkRow, box: Box, name: str, stored: Stored, sender: Sender,
    recipients: Sequence[Recipient],
) -> None:  # fmt: skip
    assert stored.blob is not None
    assert stored.content is not None
    now, random = services.clock(), services.random
    envelope = {
        "name": name,
        "folder": row.node.hex(),
        "type": media_types.guess(name, stored.start),
        "sha256": b64encode(stored.sha256).decode(),
        "key": b64encode(stored.content.key).decode(),
        "header": stored.content.header_size,
        "deposit": {
            "link": row.id.hex(), "label": box.label, "sender": sender.name, "note": sender.note,
        },
    }  # fmt: skip
    delivery = DeliveryRow(
        new_id(now, random), row.vault, "", random(32), stored.size, stored.blob.id,
        age.encrypt(json.dumps(envelope).encode(), recipients, random), int(now * 1000),
    )  # fmt: skip
    await services.catalog.commit(_deposit, row, delivery, stored.blob)


def _deposit(link: LinkRow, row: DeliveryRow, blob: NewBlob) -> Unit[None]:
    change = yield from changes.begin(Actor(row.vault, None, row.created_at))
    if not (yield from shared_links.spend(link.id, row.created_at, 1, row.size)):
        raise (yield from _why(link, row.created_at))
    yield from deliveries.insert([row])
    yield from nodes.insert_blob(row.vault, blob, row.created_at)
    change.spend(row.size)
    detail = {"link": link.id.hex(), "bytes": row.size}
    yield from changes.finish(change, Entry("link-deposit", link.node, detail))


def _why(link: LinkRow, at: int) -> Unit[Exception]:
    """Why the link does not allow a deposit any more."""
    rows = yield ("SELECT ended_at, expires_at FROM shared_links WHERE id = ?", (link.id,))
    if not rows or rows[0][0] is not None:
        return LinkRevoked()
    if rows[0][1] is not None and rows[0][1] <= at:
        return LinkExpired()
    return LinkUsedUp()
