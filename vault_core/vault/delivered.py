"""Deliveries: sealed to a vault that nobody has open, and made nodes when its owner comes."""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Any

from vault_core.api import Random
from vault_core.crypto import age
from vault_core.crypto.keys import parse_recipient
from vault_core.errors import Conflict, CryptoError
from vault_core.store import changes, deliveries, nodes
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.deliveries import DeliveryRow
from vault_core.store.ids import BlobId, NodeId, VaultId, new_id
from vault_core.store.nodes import NewBlob, NodeRow
from vault_core.vault import metadata
from vault_core.vault.names import normalise, numbered
from vault_core.vault.node import Content, Node, Origin
from vault_core.vault.opened import OpenedVault
from vault_core.vault.writing import create, new_folder, replace_content

log = logging.getLogger(__name__)
FOLDER = "Attestations"


@dataclass(frozen=True, slots=True)
class Document:
    """What an issuer hands over for one person."""

    issuer: str
    folder: str
    """Name of the issuer's folder under `/Attestations/`."""
    type: str
    certificate: str
    """Id of the certificate; "" where the document is none."""
    name: str
    media_type: str
    data: bytes
    record_key: bytes
    """32 bytes that are the same for the same fact: it is delivered once."""
    replaces: str = ""
    """Id of the certificate that this one corrects."""


def seal(
    vault: VaultId, recipient: str, document: Document, now: float, random: Random
) -> tuple[DeliveryRow, NewBlob]:
    """The delivery as rows. It needs the vault's public key alone, and no I/O: run it anywhere."""
    recipients = [parse_recipient(recipient)]
    encryptor = age.Encryptor(recipients, random)
    header = bytes(encryptor.header)
    data = b"".join((header, encryptor.update(document.data), encryptor.finish()))
    blob = NewBlob(BlobId(new_id(now, random)), len(data), data)
    envelope = {
        "name": normalise(document.name),
        "folder": normalise(document.folder),
        "type": document.media_type,
        "sha256": b64encode(hashlib.sha256(document.data).digest()).decode(),
        "key": b64encode(encryptor.payload_key).decode(),
        "header": len(header),
        "certificate": document.certificate,
        "replaces": document.replaces,
    }
    row = DeliveryRow(
        new_id(now, random), vault, document.issuer, document.type, document.record_key,
        len(document.data), blob.id,
        age.encrypt(json.dumps(envelope).encode(), recipients, random), int(now * 1000),
    )  # fmt: skip
    return row, blob


async def deliver(catalog: Catalog, row: DeliveryRow, blob: NewBlob) -> None:
    """Durable when it returns. Raises Conflict if the record was delivered before."""
    await catalog.commit(_deliver, row, blob)


def _deliver(row: DeliveryRow, blob: NewBlob) -> Unit[None]:
    change = yield from changes.begin(Actor(row.vault, None, row.created_at))
    yield from deliveries.insert(row)
    yield from nodes.insert_blob(row.vault, blob, row.created_at)
    change.charge(row.size)
    detail = {"delivery": row.id.hex(), "issuer": row.issuer, "type": row.type, "bytes": row.size}
    yield from changes.finish(change, Entry("deliver", None, detail))


# -- when the vault is open -----------------------------------------------------------------


async def accept_all(opened: OpenedVault) -> None:
    """Make nodes of what is waiting. What cannot be opened stays, and is reported."""
    if not opened.must_accept:
        return
    opened.must_accept = False
    for row in await deliveries.waiting(opened.services.catalog, opened.id):
        try:
            envelope = json.loads(age.decrypt(row.envelope, [opened.identity]))
        except (CryptoError, ValueError):
            log.error("delivery %s cannot be opened", row.id.hex())
            continue
        try:
            await _accept(opened, row, envelope)
        except Conflict:
            opened.must_accept = True
            opened.forget_generation()


async def _accept(opened: OpenedVault, row: DeliveryRow, envelope: dict[str, Any]) -> None:
    now = int(opened.services.clock() * 1000)
    actor = Actor(opened.id, None, now)
    top = await _folder(opened, opened.tree.root, FOLDER, actor)
    folder = await _folder(opened, top, envelope["folder"], actor)
    origin = Origin(row.issuer, row.type, envelope["certificate"], row.created_at)
    content = Content(row.blob, b64decode(envelope["key"]), envelope["header"])
    name, number = envelope["name"], 2
    while await opened.child(folder, name) is not None:
        name, number = numbered(envelope["name"], number), number + 1
    node = Node(
        NodeId(new_id(now / 1000, opened.services.random)), folder.id, name, False,
        row.size, envelope["type"], row.created_at, row.created_at, 0,
        opened.keyring.name_index(folder.id, name), content, b64decode(envelope["sha256"]), origin,
    )  # fmt: skip
    sealed = metadata.seal_node(opened.keyring, node, opened.services.random)
    version = await opened.services.catalog.commit(_become, actor, opened.version, sealed, row.id)
    opened.committed(version, replace(node, changed=version))
    if envelope.get("replaces"):
        await _mark_replaced(opened, folder, envelope["replaces"], node, actor)


async def _mark_replaced(
    opened: OpenedVault, folder: Node, certificate: str, newer: Node, actor: Actor
) -> None:
    """The corrected certificate becomes an earlier version of the one that replaces it."""
    for old in await opened.children(folder):
        if old.origin is not None and old.origin.certificate == certificate:
            current = opened.tree.node(newer.id)
            if current is not None:
                await _supersede(opened, old, current, actor)
            return


async def _supersede(opened: OpenedVault, old: Node, new: Node, actor: Actor) -> None:
    """`old` keeps its place and id, and shows the new content; the new node goes."""
    shown = replace(
        old, content=new.content, size=new.size, sha256=new.sha256,
        origin=new.origin, modified_at=new.modified_at,
    )  # fmt: skip
    await replace_content(opened, shown, old, None, actor)
    version = await opened.services.catalog.commit(_withdraw, actor, new)
    opened.committed(version, replace(new, changed=version, trashed_at=actor.at))


def _withdraw(actor: Actor, node: Node) -> Unit[int]:
    change = yield from changes.begin(actor)
    yield ("DELETE FROM nodes WHERE vault = ? AND id = ?", (actor.vault, node.id))
    change.charge(-node.size)
    return (yield from changes.finish(change))


async def _folder(opened: OpenedVault, parent: Node, name: str, actor: Actor) -> Node:
    found = await opened.child(parent, name)
    if found is not None and found.is_folder:
        return found
    name, number, wanted = name, 2, name
    while (found := await opened.child(parent, name)) is not None and not found.is_folder:
        name, number = numbered(wanted, number), number + 1
    if found is not None:
        return found
    node = new_folder(opened, parent.id, name, actor)
    row = metadata.seal_node(opened.keyring, node, opened.services.random)
    version = await opened.services.catalog.commit(create, actor, opened.version, row, None)
    node = replace(node, changed=version)
    opened.committed(version, node)
    return node


def _become(actor: Actor, seen: int, row: NodeRow, delivery: bytes) -> Unit[int]:
    change = yield from changes.begin(actor, seen)
    yield from deliveries.accept(delivery, actor.at)
    yield from nodes.insert_node(actor.vault, replace(row, changed=change.version))
    detail = {"delivery": delivery.hex()}
    return (yield from changes.finish(change, Entry("accept", row.id, detail)))
