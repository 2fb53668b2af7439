"""Receipts: which document was delivered to which vault when, signed by the institution.

A batch's receipt is a text of lines: a signed head with the root of a Merkle tree (RFC 6962), then
an entry for each delivery. An entry says hash, vault, certificate and time, and no content. One
entry alone, with its path to the root, proves that delivery.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault_core.errors import BadRequest, NodeNotFound, VerificationFailed
from vault_core.issuing.certificates.making import certificate_id, certificate_key
from vault_core.issuing.certificates.register import Register
from vault_core.issuing.deliveries import merkle
from vault_core.issuing.deliveries.batches import Batch, Batches
from vault_core.store import batch_lines, sound
from vault_core.store.batch_lines import ReceiptRow
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog

KIND = "parchemin-batch-receipt-1"
LARGEST_LINE = 1 << 20
_CONTEXT = b"parchemin/receipt/1\0"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a receipt proves: its head, and how many entries of it were looked at."""

    head: Mapping[str, Any]
    entries: int


@dataclass(frozen=True, slots=True)
class Receipts:
    """Writes the receipts of batches that have ended."""

    _catalog: Catalog
    _batches: Batches
    _register: Register

    @property
    def public_key(self) -> str:
        """The institution's key, which receipts are checked with: base64, 32 bytes."""
        return _text(self._register.institution_key.public_key().public_bytes_raw())

    async def of_batch(self, batch: str) -> AsyncIterator[str]:
        """The lines of a batch's receipt. Raises BadRequest while the batch has not ended."""
        found = await self._ended(batch)
        key = BatchId(bytes.fromhex(found.id))
        tree = merkle.Tree()
        async for row in batch_lines.receipts(self._catalog, key):
            tree.add(_leaf(_entry(row)))
        yield self._head(found, tree.size, tree.root)
        async for row in batch_lines.receipts(self._catalog, key):
            yield _line(_entry(row))

    async def of_certificate(self, certificate: str) -> list[str]:
        """Head, entry and its path: the receipt of one delivery. Raises NodeNotFound."""
        try:
            wanted = certificate_key(certificate)
        except ValueError:
            raise BadRequest(f"'{certificate}' is no certificate id (urn:uuid:…).") from None
        rows = await self._catalog.fetch(
            "SELECT batch, line FROM batch_receipts WHERE certificate = ?", (wanted,)
        )
        if not rows:
            raise NodeNotFound("No batch delivered a certificate of that id.")
        found = await self._ended(rows[0][0].hex())
        key, index, entry = rows[0][0], 0, dict[str, Any]()
        leaves: list[bytes] = []
        async for row in batch_lines.receipts(self._catalog, key):
            if row.line == rows[0][1]:
                index, entry = len(leaves), _entry(row)
            leaves.append(_leaf(_entry(row)))
        proof = [_text(value) for value in merkle.path(leaves, index)]
        head = self._head(found, len(leaves), merkle.root(leaves))
        return [head, _line({**entry, "index": index, "path": proof})]

    async def _ended(self, batch: str) -> Batch:
        found = await self._batches.find(batch)
        if found.ended_at is None:
            raise BadRequest("The batch has not ended: its receipt is written when it has.")
        return found

    def _head(self, batch: Batch, size: int, top: bytes) -> str:
        assert batch.ended_at is not None
        head: dict[str, Any] = {
            "kind": KIND,
            "batch": batch.id,
            "issuer": batch.issuer,
            "type": batch.type,
            "input_sha256": batch.sha256,
            "state": batch.state,
            "ended_at": batch.ended_at.isoformat(timespec="milliseconds"),
            "size": size,
            "root": _text(top),
            "key": self.public_key,
        }
        return _line({**head, "signature": _text(_sign(self._register.institution_key, head))})


def verify(lines: Iterable[str], key: str, document: bytes | None = None) -> Proven:
    """Check a receipt, of a batch or of one delivery, against the institution's key.

    `document` has to be one of the documents that it says were delivered. Raises
    VerificationFailed, saying why.
    """
    rows = iter(lines)
    head = _parsed(next(rows, ""))
    signed = {name: value for name, value in head.items() if name != "signature"}
    if head.get("kind") != KIND or head.get("key") != key:
        raise VerificationFailed("This is no receipt of this institution.")
    _check_signature(key, signed, head.get("signature"))
    hashed = hashlib.sha256(document).hexdigest() if document is not None else None
    tree, proven, matches = merkle.Tree(), 0, hashed is None
    for line in rows:
        entry = _parsed(line)
        matches = matches or entry.get("sha256") == hashed
        if "path" in entry:
            _check_path(entry, head)
            proven += 1
        else:
            tree.add(_leaf(entry))
    if (tree.size or not proven) and (tree.size, tree.root) != (head["size"], _bytes(head["root"])):
        raise VerificationFailed("The entries are not those that were signed.")
    if not matches:
        raise VerificationFailed("The document is none of those in the receipt.")
    return Proven(head, proven + tree.size)


def _check_path(entry: dict[str, Any], head: Mapping[str, Any]) -> None:
    proof, index = entry.pop("path"), entry.pop("index", None)
    if not isinstance(index, int) or not isinstance(proof, list) or len(proof) > 64:
        raise VerificationFailed("The path of the entry is malformed.")
    sisters = [_bytes(one) for one in proof]
    if not merkle.includes(_bytes(head["root"]), head["size"], index, _leaf(entry), sisters):
        raise VerificationFailed("The entry is not part of what was signed.")


def _check_signature(key: str, signed: Mapping[str, Any], signature: Any) -> None:
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes(key))
        public.verify(_bytes(signature), _CONTEXT + rfc8785.dumps(dict(signed)))
    except (InvalidSignature, ValueError):
        raise VerificationFailed("The receipt's signature is wrong: it was altered.") from None


def _sign(key: Ed25519PrivateKey, head: Mapping[str, Any]) -> bytes:
    return key.sign(_CONTEXT + rfc8785.dumps(dict(head)))


def _entry(row: ReceiptRow) -> dict[str, Any]:
    at = sound.moment(row.at)
    return {
        "line": row.line,
        "fate": row.fate,
        "certificate": certificate_id(row.certificate),
        "vault": row.vault.hex(),
        "sha256": row.hash.hex(),
        "at": at.isoformat(timespec="milliseconds"),
    }


def _leaf(entry: Mapping[str, Any]) -> bytes:
    try:
        return merkle.leaf(rfc8785.dumps(dict(entry)))
    except ValueError:
        raise VerificationFailed("An entry of the receipt is malformed.") from None


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), separators=(",", ":"), ensure_ascii=False)


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line) if len(line) <= LARGEST_LINE else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise VerificationFailed("This is no receipt: a line of it is no JSON object.")
    return value


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise VerificationFailed("A value of the receipt is malformed.") from None
