"""Status lists: bits where the specification puts them, and what an unreadable one means."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.issuing.world import world
from vault_core.errors import CertificateRefused
from vault_core.issuing.credentials.proofs import Document
from vault_core.issuing.credentials.status import (
    LENGTH,
    STATES,
    State,
    StatusPlace,
    encoded_list,
    read_place,
    state_at,
)

STATE = st.sampled_from(STATES)
BASE = world().place.lists_url


def _bits(encoded: str) -> bytes:
    return gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))


def test_the_first_place_is_the_left_most_bit() -> None:
    bits = _bits(encoded_list({0: "revoked", 9: "replaced", 10: "suspended"}, "revocation"))
    assert len(bits) == LENGTH // 8
    assert bits[:3] == bytes([0b1000_0000, 0b0100_0000, 0])
    assert _bits(encoded_list({10: "suspended"}, "suspension"))[1] == 0b0010_0000
    assert _bits(encoded_list({1: "replaced"}, "message"))[0] == 0b0010_0000


def test_the_same_states_give_the_same_list() -> None:
    assert encoded_list({5: "revoked"}, "revocation") == encoded_list({5: "revoked"}, "revocation")


@given(st.dictionaries(st.integers(0, LENGTH - 1), STATE, max_size=8), st.integers(0, LENGTH - 1))
def test_every_state_is_read_back(states: dict[int, State], index: int) -> None:
    lists = world().trust(states).lists
    for place in (*states, index):
        assert state_at(lists, StatusPlace(BASE, place)) == states.get(place, "valid")


def test_without_the_message_list_replaced_reads_as_revoked() -> None:
    lists = dict(world().trust({1: "replaced", 2: "suspended", 3: "revoked"}).lists)
    del lists[f"{BASE}/message"]
    states = [state_at(lists, StatusPlace(BASE, place)) for place in range(4)]
    assert states == ["valid", "revoked", "suspended", "revoked"]


def test_a_place_past_the_list_cannot_be_written_or_read() -> None:
    with pytest.raises(IndexError):
        encoded_list({LENGTH: "revoked"}, "revocation")
    with pytest.raises(CertificateRefused):
        state_at(world().trust().lists, StatusPlace(BASE, LENGTH))


def _entry(**changes: Any) -> Document:
    return StatusPlace(BASE, 4711).entry() | changes


def test_an_entry_is_read_back() -> None:
    assert read_place(_entry()) == StatusPlace(BASE, 4711)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        [_entry()],
        _entry(type="StatusList2021Entry"),
        _entry(statusListIndex="-1"),
        _entry(statusListIndex="1e3"),
        _entry(statusListIndex="9" * 10),
        _entry(statusListCredential=f"{BASE}/other"),
    ],
)
def test_a_malformed_entry_is_refused(entry: Any) -> None:
    with pytest.raises(CertificateRefused) as caught:
        read_place(entry)
    assert caught.value.fault == "no_status"


def _gzip(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(data, mtime=0)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("no multibase letter", encoded_list({}, "message")[1:]),
        ("not base64url", "u****"),
        ("not gzip", "uAAAA"),
        ("cut", encoded_list({}, "message")[:-8]),
        ("short", _gzip(bytes(100))),
        ("bomb", _gzip(bytes(64 * 1024 * 1024))),
        ("absent", None),
    ],
)
def test_an_unreadable_list_means_no_status(name: str, encoded: str | None) -> None:
    subject = {"statusPurpose": "message", "encodedList": encoded}
    lists: dict[str, Document] = {f"{BASE}/message": {"credentialSubject": subject}}
    with pytest.raises(CertificateRefused) as caught:
        state_at(lists, StatusPlace(BASE, 0))
    assert caught.value.fault == "no_status", name


def test_no_list_at_all_means_no_status() -> None:
    with pytest.raises(CertificateRefused):
        state_at({}, StatusPlace(BASE, 0))
