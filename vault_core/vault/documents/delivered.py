"""Deliveries: sealed to a vault that nobody has open, and made nodes when its owner comes."""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from vault_core.api import Random
from vault_core.crypto import age
from vault_core.crypto.keys import parse_recipient
from vault_core.errors import Conflict, CorruptCiphertext, CryptoError, StoreError, TooLarge
from vault_core.store import changes, deliveries, nodes
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Change, Entry
from vault_core.store.deliveries import DeliveryRow
from vault_core.store.ids import BlobId, NodeId, VaultId, new_id
from vault_core.store.nodes import NewBlob, NodeRow, VersionRow
from vault_core.vault.documents import moving
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.documents.writing import create, new_folder
from vault_core.vault.nodes import metadata
from vault_core.vault.nodes.names import normalise, numbered
from vault_core.vault.nodes.node import Content, Deposit, Node, Origin

log = logging.getLogger(__name__)
FOLDER = "Attestations"
DEPOSITS = "Deposits"
"""Where deposits go if the folder of their drop box is gone."""
SEARCHED = 100_000
"""Nodes of a vault that are looked at to find the certificate that a newer one corrects."""


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
    """Up to 32 bytes that no other delivery has: what was delivered is not delivered again."""
    replaces: str = ""
    """Id of the certificate that this one corrects."""


def seal(
    vault: VaultId, recipient: str, document: Document, now: float, random: Random
) -> tuple[DeliveryRow, NewBlob]:
    """The delivery as rows. It needs the vault's public key alone, and no I/O: run it anywhere."""
    recipients = [parse_recipient(recipient)]
    encryptor = age.Encryptor(age.begin(recipients, random))
    header = bytes(encryptor.header)
    data = b"".join((header, encryptor.update(document.data), encryptor.finish()))
    blob = NewBlob(BlobId(new_id(now, random)), len(data), data)
    envelope = {
        "name": normalise(document.name),
        "folder": normalise(document.folder),
        "type": document.media_type,
        "issuer": document.issuer,
        "document_type": document.type,
        "sha256": b64encode(hashlib.sha256(document.data).digest()).decode(),
        "key": b64encode(encryptor.payload_key).decode(),
        "header": len(header),
        "certificate": document.certificate,
        "replaces": document.replaces,
    }
    row = DeliveryRow(
        new_id(now, random), vault, document.issuer, document.record_key,
        len(document.data), blob.id,
        age.encrypt(json.dumps(envelope).encode(), recipients, random), int(now * 1000),
    )  # fmt: skip
    return row, blob


async def deliver(catalog: Catalog, row: DeliveryRow, blob: NewBlob) -> None:
    """Durable when it returns. Raises Conflict if the record was delivered before."""
    await catalog.commit(unit, [(row, blob)])


def unit(parcels: Sequence[tuple[DeliveryRow, NewBlob]]) -> Unit[None]:
    """Stores deliveries, some of which may be for one vault.

    Raises Conflict if one of the records was delivered before, NodeNotFound if a vault is gone.
    """
    rows = [row for row, _ in parcels]
    actors = {row.vault: Actor(row.vault, None, row.created_at) for row in rows}
    alone = actors[rows[0].vault] if len(actors) == 1 else None
    taken: Mapping[VaultId, Change]
    if alone is not None:
        taken = {alone.vault: (yield from changes.begin(alone, within=True))}
    else:
        taken = yield from changes.begin_all(list(actors.values()))
    yield from deliveries.insert(rows)
    yield from nodes.insert_blobs([(row.vault, blob, row.created_at) for row, blob in parcels])
    entries: dict[VaultId, list[Entry]] = {vault: [] for vault in taken}
    for row in rows:
        taken[row.vault].charge(row.size)
        detail = {"delivery": row.id.hex(), "issuer": row.issuer, "bytes": row.size}
        entries[row.vault].append(Entry("deliver", None, detail))
    if alone is not None:
        yield from changes.finish(taken[alone.vault], *entries[alone.vault])
    else:
        yield from changes.finish_all([(taken[vault], told) for vault, told in entries.items()])


async def accept_all(opened: OpenedVault) -> None:
    """Make nodes of what is waiting. What cannot be opened stays, and is reported.

    A catalog that takes no changes (it is being moved, or its disk is full) refuses no reader:
    what waits goes on waiting. Raises StoreError if the catalog cannot be read either.
    """
    if not opened.must_accept:
        return
    waiting = await deliveries.waiting(opened.services.catalog, opened.id)
    opened.must_accept = False
    for row in waiting:
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
        except CorruptCiphertext:  # of a node on its way: the rest of the vault works on
            log.error("delivery %s waits: what is in its place is damaged", row.id.hex())
        except StoreError as error:
            log.warning("delivery %s and what came after it wait: %s", row.id.hex(), error)
            opened.must_accept = True
            return


async def _accept(opened: OpenedVault, row: DeliveryRow, envelope: dict[str, Any]) -> None:
    actor = Actor(opened.id, None, int(opened.services.clock() * 1000))
    if "deposit" in envelope:
        await _add(opened, row, envelope, await _drop_folder(opened, envelope, actor), actor)
        return
    old = await _corrected(opened, envelope["replaces"]) if envelope["replaces"] else None
    if old is None:
        top = await _folder(opened, opened.tree.root, FOLDER, actor)
        folder = await _folder(opened, top, envelope["folder"], actor)
        await _add(opened, row, envelope, folder, actor)
    else:
        await _correct(opened, row, envelope, old, actor)


def _delivered(row: DeliveryRow, envelope: dict[str, Any]) -> dict[str, Any]:
    """The fields of a node that a delivery, or a deposit, determines."""
    found: dict[str, Any] = {
        "size": row.size,
        "media_type": envelope["type"],
        "modified_at": row.created_at,
        "content": Content(row.blob, b64decode(envelope["key"]), envelope["header"]),
        "sha256": b64decode(envelope["sha256"]),
    }
    if "deposit" in envelope:
        return {**found, "deposit": Deposit(**envelope["deposit"], at=row.created_at)}
    origin = Origin(
        envelope["issuer"], envelope["document_type"], envelope["certificate"], row.created_at
    )
    return {**found, "origin": origin}


async def _add(
    opened: OpenedVault, row: DeliveryRow, envelope: dict[str, Any], folder: Node, actor: Actor
) -> None:
    name, number = envelope["name"], 2
    while await _taken(opened, folder, name) is not None:
        name, number = numbered(envelope["name"], number), number + 1
    node = Node(
        id=NodeId(new_id(actor.at / 1000, opened.services.random)), parent=folder.id, name=name,
        is_folder=False, created_at=row.created_at, changed=0,
        name_index=opened.keyring.name_index(folder.id, name), **_delivered(row, envelope),
    )  # fmt: skip
    sealed = metadata.seal_node(opened.keyring, node, opened.services.random)
    version = await opened.services.catalog.commit(_become, actor, opened.version, sealed, row.id)
    opened.committed(version, replace(node, changed=version))


async def _drop_folder(opened: OpenedVault, envelope: dict[str, Any], actor: Actor) -> Node:
    """The folder that a drop box fills; a new one where that is gone."""
    try:
        folder = await opened.node(NodeId(bytes.fromhex(envelope["folder"])))
        if folder is not None and folder.is_folder and await opened.path_of(folder) is not None:
            return folder
    except CorruptCiphertext:
        log.error("the folder of a drop box is damaged: its deposits get another one")
    return await _folder(opened, opened.tree.root, DEPOSITS, actor)


async def _corrected(opened: OpenedVault, certificate: str) -> Node | None:
    """Where the certificate is that a newer one corrects; its owner may have moved it."""
    try:
        found = await moving.walk(opened, opened.tree.root, SEARCHED)
    except TooLarge:
        return None
    for _, node in found:
        if node.origin is not None and node.origin.certificate == certificate:
            return node
    return None


async def _correct(
    opened: OpenedVault, row: DeliveryRow, envelope: dict[str, Any], old: Node, actor: Actor
) -> None:
    """The old one keeps place and name, and shows the new content; what it was is a version."""
    services = opened.services
    node = replace(old, **_delivered(row, envelope))
    sealed = metadata.seal_node(opened.keyring, node, services.random)
    earlier = metadata.seal_version(opened.keyring, old, 0, actor.at, services.random)
    version = await services.catalog.commit(
        _take_place, actor, opened.version, sealed, old.changed, earlier, row.id
    )
    opened.committed(version, replace(node, changed=version))


def _take_place(
    actor: Actor, seen: int, row: NodeRow, expected: int, earlier: VersionRow, delivery: bytes
) -> Unit[int]:
    change = yield from changes.begin(actor, seen)
    yield from deliveries.accept(delivery, actor.at)
    yield from nodes.update_node(actor.vault, replace(row, changed=change.version), expected)
    yield from nodes.insert_version(actor.vault, replace(earlier, number=change.version))
    detail = {"delivery": delivery.hex()}
    return (yield from changes.finish(change, Entry("correct", row.id, detail)))


async def _folder(opened: OpenedVault, parent: Node, name: str, actor: Actor) -> Node:
    wanted, number = name, 2
    while (found := await _taken(opened, parent, name)) is not None:
        if isinstance(found, Node) and found.is_folder:
            return found
        name, number = numbered(wanted, number), number + 1
    node = new_folder(opened, parent.id, name, actor)
    row = metadata.seal_node(opened.keyring, node, opened.services.random)
    version = await opened.services.catalog.commit(create, actor, opened.version, row, None)
    node = replace(node, changed=version)
    opened.committed(version, node)
    return node


async def _taken(opened: OpenedVault, parent: Node, name: str) -> Node | Literal["damaged"] | None:
    """What has that name; a damaged node has it too, and nobody can tell what it was."""
    try:
        return await opened.child(parent, name)
    except CorruptCiphertext:
        return "damaged"


def _become(actor: Actor, seen: int, row: NodeRow, delivery: bytes) -> Unit[int]:
    change = yield from changes.begin(actor, seen)
    yield from deliveries.accept(delivery, actor.at)
    yield from nodes.insert_node(actor.vault, replace(row, changed=change.version))
    detail = {"delivery": delivery.hex()}
    return (yield from changes.finish(change, Entry("accept", row.id, detail)))
