"""Sealed metadata: it opens in its place only; indexes and MACs tell places and owners apart."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.age_files import CLASSIC, HYBRID, seeded
from vault_core.crypto.hybrid import HybridIdentity
from vault_core.crypto.sealed import SEALED_OVERHEAD, Keyring, SealingKeys, ServerKeyring
from vault_core.errors import CorruptCiphertext, InvalidName

VAULT = b"v" * 16
OWNERS: dict[str, SealingKeys] = {
    "vault": Keyring(HYBRID, VAULT),
    "another vault of the same key": Keyring(HYBRID, b"w" * 16),
    "another key": Keyring(HybridIdentity(bytes(32)), VAULT),
    "same secret, another kind": Keyring(type(CLASSIC)(HYBRID.secret), VAULT),
    "server": ServerKeyring(HYBRID.secret),
    "another server": ServerKeyring(bytes(32)),
}
KEYS = OWNERS["vault"]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.mark.parametrize("owner", OWNERS)
@given(context=st.binary(max_size=40), plaintext=st.binary(max_size=400))
def test_what_is_sealed_opens(owner: str, context: bytes, plaintext: bytes) -> None:
    keys = OWNERS[owner]
    sealed = keys.seal(context, plaintext, os.urandom)
    assert keys.open(context, sealed) == plaintext
    assert len(sealed) == len(plaintext) + SEALED_OVERHEAD
    assert sealed[:1] == b"\x01"


@pytest.mark.parametrize("other", [name for name in OWNERS if name != "vault"])
def test_owners_are_strangers(other: str) -> None:
    sealed = KEYS.seal(b"node", b"text", os.urandom)
    with pytest.raises(CorruptCiphertext):
        OWNERS[other].open(b"node", sealed)
    assert OWNERS[other].name_index(VAULT, "name") != KEYS.name_index(VAULT, "name")
    assert OWNERS[other].mac(b"context", b"data") != KEYS.mac(b"context", b"data")


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_it_opens_in_its_place_only(context: bytes, other: bytes) -> None:
    sealed = KEYS.seal(context, b"text", os.urandom)
    if other != context:
        with pytest.raises(CorruptCiphertext):
            KEYS.open(other, sealed)


def test_any_alteration_is_noticed() -> None:
    sealed = KEYS.seal(b"node", b"text", os.urandom)
    for at in range(len(sealed)):
        for flip in (1, 0x80):
            altered = bytearray(sealed)
            altered[at] ^= flip
            with pytest.raises(CorruptCiphertext):
                KEYS.open(b"node", bytes(altered))
    for data in (*(sealed[:end] for end in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(CorruptCiphertext):
            KEYS.open(b"node", data)


def test_no_two_seals_are_alike() -> None:
    assert len({KEYS.seal(b"node", b"text", os.urandom) for _ in range(100)}) == 100
    assert KEYS.seal(b"n", b"t", seeded(1)) == KEYS.seal(b"n", b"t", seeded(1))


@given(NAMES, NAMES)
def test_one_name_has_one_index(name: str, other: str) -> None:
    index = KEYS.name_index(VAULT, name)
    assert len(index) == 16
    assert index == KEYS.name_index(VAULT, unicodedata.normalize("NFD", name))
    assert index != KEYS.name_index(bytes(16), name)
    same = unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other)
    assert (index == KEYS.name_index(VAULT, other)) is same


def test_what_has_no_index() -> None:
    with pytest.raises(InvalidName):
        KEYS.name_index(VAULT, "\ud800")
    with pytest.raises(ValueError):
        KEYS.name_index(b"short", "name")


def test_a_mac_keeps_context_and_data_apart() -> None:
    assert len(KEYS.mac(b"a", b"b")) == 32
    assert KEYS.mac(b"a", b"bc") != KEYS.mac(b"ab", b"c")
    assert KEYS.mac(b"", b"abc") != KEYS.mac(b"abc", b"")


def test_keys_have_their_lengths() -> None:
    with pytest.raises(ValueError):
        Keyring(HYBRID, b"short")
    with pytest.raises(ValueError):
        ServerKeyring(bytes(16))
