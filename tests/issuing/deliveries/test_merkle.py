"""Merkle trees against the definitions of RFC 6962 section 2.1, written down naively."""

from __future__ import annotations

import hashlib

import pytest

from vault_core.issuing.deliveries import merkle


def naive(data: list[bytes]) -> bytes:
    """MTH of section 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\1" + naive(data[:k]) + naive(data[k:])).digest()


CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
CT_LEAVES.append("606162636465666768696a6b6c6d6e6f")
CT_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_vector_of_certificate_transparency() -> None:
    leaves = [merkle.leaf(bytes.fromhex(one)) for one in CT_LEAVES]
    assert merkle.root(leaves).hex() == CT_ROOT


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 33])
def test_root_and_every_path(size: int) -> None:
    data = [bytes([number]) for number in range(size)]
    leaves = [merkle.leaf(one) for one in data]
    top = merkle.root(leaves)
    assert top == naive(data)
    for index in range(size):
        proof = merkle.path(leaves, index)
        assert merkle.includes(top, size, index, leaves[index], proof)
        assert not merkle.includes(top, size, index, merkle.leaf(b"other"), proof)
        assert not merkle.includes(top, size, index, leaves[index], [*proof, bytes(32)])
        assert not merkle.includes(top, size, size, leaves[index], proof)
        if size > 1:
            other = (index + 1) % size
            assert not merkle.includes(top, size, other, leaves[index], proof)
