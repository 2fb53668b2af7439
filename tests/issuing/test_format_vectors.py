"""The vectors of docs/format-certificate.md, computed and found on that page."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.issuing.world import NOW, RECORD
from vault_core.issuing.certificates.codes import code_keys, new_code, written
from vault_core.issuing.credentials.identity import bind, new_certificate_id, record_object
from vault_core.issuing.credentials.multibase import did_key
from vault_core.issuing.credentials.proofs import add_proof, canonical
from vault_core.issuing.credentials.status import State, encoded_list
from vault_core.issuing.faults import Fault
from vault_core.issuing.symbols.twoddoc_fields import FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "format-certificate.md").read_text()
ID = new_certificate_id(int(NOW.timestamp() * 1000), lambda count: bytes(range(count)))
STATES: dict[int, State] = {0: "revoked", 9: "replaced", 10: "suspended"}


def test_record_and_hash() -> None:
    assert canonical(record_object(RECORD, "education", ID)).decode() in PAGE
    assert bind(RECORD, "education", ID).record_hash in PAGE


def test_code() -> None:
    code = new_code(lambda count: bytes(range(7, 7 + count)))
    keys = code_keys(code, bytes(32))
    assert f"`{written(code)}`" in PAGE
    assert f"`{keys.index.hex()}`" in PAGE
    assert f"`{keys.key.hex()}`" in PAGE


def test_proof() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    method = did_key(key.public_key())
    assert canonical(add_proof({"a": "é"}, key, method, "2026-07-10T09:30:00Z")).decode() in PAGE


@pytest.mark.parametrize(
    ("purpose", "start"),
    [("revocation", "80 40"), ("suspension", "00 20"), ("message", "40 00 2c")],
)
def test_status_lists(purpose: str, start: str) -> None:
    encoded = encoded_list(STATES, purpose)  # type: ignore[arg-type]
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert bits.startswith(bytes.fromhex(start))
    assert f"`{start}`" in PAGE


def test_every_field_of_the_2d_doc_is_in_the_table() -> None:
    for name, field in FIELDS.items():
        fixed = "=" if field.longest == field.shortest else ""
        assert f"| {name} | {fixed}{field.longest} |" in PAGE


def test_every_fault_is_named_once() -> None:
    assert len({fault.value for fault in Fault}) == len(Fault)
