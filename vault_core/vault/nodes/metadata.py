"""A node's sealed record: name, type, times, digest, content key, origin, dead properties.

JSON under the vault's key, bound to the vault and the node. docs/design.md lists its fields.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from vault_core.api import Random
from vault_core.crypto.sealed import Keyring
from vault_core.errors import CorruptCiphertext
from vault_core.store.ids import NodeId
from vault_core.store.nodes import DOCUMENT, FOLDER, NodeRow, VersionRow
from vault_core.vault.nodes.node import NO_PROPERTIES, Content, Deposit, Node, Origin

_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_parse = json.JSONDecoder().decode


def seal_node(keyring: Keyring, node: Node, random: Random) -> NodeRow:
    """The node as the catalog may see it."""
    content = node.content
    return NodeRow(
        node.id,
        node.parent,
        node.name_index,
        FOLDER if node.is_folder else DOCUMENT,
        node.size,
        content.blob if content else None,
        node.changed,
        node.created_at,
        node.modified_at,
        node.trashed_at,
        keyring.seal(b"node" + node.id, _compact(_record(node)).encode(), random),
    )


def seal_version(keyring: Keyring, node: Node, number: int, at: int, random: Random) -> VersionRow:
    """The document as it is, kept as the version that is replaced `at`."""
    sealed = keyring.seal(b"version" + node.id, _compact(_record(node)).encode(), random)
    blob = node.content.blob if node.content else None
    return VersionRow(node.id, number, node.size, blob, at, sealed)


def open_node(keyring: Keyring, row: NodeRow) -> Node:
    """The node that a row seals. Raises CorruptCiphertext if row and record do not belong."""
    record = _open(keyring, b"node" + row.id, row.sealed)
    name = record["name"]
    if keyring.name_index(row.parent, name) != row.name_index:
        raise CorruptCiphertext("A stored node was altered: it is not where it was put.")
    if (row.kind == FOLDER) == ("sha256" in record):  # every document has a digest
        raise CorruptCiphertext("A stored node was altered: it is not of the kind it was.")
    return Node(
        row.id,
        row.parent,
        name,
        row.kind == FOLDER,
        row.size,
        record.get("type", ""),
        record["created"],
        record["modified"],
        row.changed,
        row.name_index,
        _content(row.blob, record),
        b64decode(record["sha256"]) if "sha256" in record else None,
        Origin(**record["origin"]) if "origin" in record else None,
        record.get("properties", NO_PROPERTIES),
        row.trashed_at,
        Deposit(**record["deposit"]) if "deposit" in record else None,
    )


def open_version(keyring: Keyring, current: Node, row: VersionRow) -> Node:
    """The document as it was. Raises CorruptCiphertext."""
    record = _open(keyring, b"version" + row.node, row.sealed)
    return replace(
        current,
        name=record["name"],
        size=row.size,
        media_type=record.get("type", ""),
        modified_at=record["modified"],
        content=_content(row.blob, record),
        sha256=b64decode(record["sha256"]) if "sha256" in record else None,
        origin=Origin(**record["origin"]) if "origin" in record else None,
    )


def root_node(keyring: Keyring, root: NodeId, created_at: int) -> Node:
    """The root of a vault in which nothing was ever said of the root."""
    return Node(
        root, root, "", True, 0, "", created_at, created_at, 0,
        keyring.name_index(root, ""), None, None,
    )  # fmt: skip


def _record(node: Node) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": node.name,
        "created": node.created_at,
        "modified": node.modified_at,
    }
    if node.media_type:
        record["type"] = node.media_type
    if node.sha256 is not None:
        record["sha256"] = b64encode(node.sha256).decode()
    if node.content is not None:
        record["key"] = b64encode(node.content.key).decode()
        record["header"] = node.content.header_size
    if node.origin is not None:
        origin = node.origin
        record["origin"] = {
            "issuer": origin.issuer,
            "type": origin.type,
            "certificate": origin.certificate,
            "delivered_at": origin.delivered_at,
        }
    if node.deposit is not None:
        record["deposit"] = asdict(node.deposit)
    if node.properties:
        record["properties"] = dict(node.properties)
    return record


def _open(keyring: Keyring, context: bytes, sealed: bytes) -> Mapping[str, Any]:
    try:
        record: dict[str, Any] = _parse(keyring.open(context, sealed).decode())
    except ValueError as error:
        raise CorruptCiphertext("A stored record does not read as one.") from error
    return record


def _content(blob: Any, record: Mapping[str, Any]) -> Content | None:
    if blob is None:
        return None
    try:
        return Content(blob, b64decode(record["key"]), record["header"])
    except KeyError:
        raise CorruptCiphertext("A stored document was altered: its content has no key.") from None
