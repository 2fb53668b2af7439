"""Verification codes: readable, checked, and the only way to what they open."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_core.errors import CertificateRefused, VerificationFailed
from vault_core.issuing.certificates.codes import (
    ALPHABET,
    Code,
    code_keys,
    new_code,
    read_code,
    written,
)

CODE = new_code(lambda count: bytes(range(7, 7 + count)))


def test_a_code_is_known_by_its_bytes() -> None:
    assert written(CODE) == "789A-BCDE-FGHJ-Y"


@given(st.binary(min_size=12, max_size=12))
def test_a_code_is_read_as_it_is_written(random: bytes) -> None:
    code = new_code(lambda count: random)
    assert len(code) == 13
    assert set(code) <= set(ALPHABET)
    assert read_code(written(code)) == code


def test_case_spaces_and_letters_heard_alike_do_not_matter() -> None:
    code = new_code(lambda count: bytes([0, 1, 27, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
    heard = code.replace("0", "o").replace("1", "l").replace("V", "u").lower()
    assert read_code(f" {heard[:3]}  {heard[3:8]}-{heard[8:]} ") == code


def test_every_single_wrong_character_is_noticed() -> None:
    for at, letter in itertools.product(range(13), ALPHABET):
        changed = CODE[:at] + letter + CODE[at + 1 :]
        if changed != CODE:
            with pytest.raises(CertificateRefused) as caught:
                read_code(changed)
            assert caught.value.fault == "code_typo"


def test_every_swap_of_two_characters_is_noticed() -> None:
    for first, second in itertools.combinations(range(12), 2):
        letters = list(CODE)
        letters[first], letters[second] = letters[second], letters[first]
        with pytest.raises(CertificateRefused):
            read_code("".join(letters))


@pytest.mark.parametrize("text", ["", "789A-BCDE-FGHJ", "789A-BCDE-FGHJ-YY", "789A-BCDE-FGH!-Y"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(CertificateRefused) as caught:
        read_code(text)
    assert caught.value.fault == "code_form"


def test_a_record_opens_with_its_code_only() -> None:
    keys = code_keys(CODE, b"pepper")
    sealed = keys.seal(b"record", os.urandom)
    assert code_keys(CODE, b"pepper").open(sealed) == b"record"
    others = [code_keys(CODE, b"other"), code_keys(new_code(os.urandom), b"pepper")]
    for other in others:
        assert other.index != keys.index
        with pytest.raises(VerificationFailed):
            other.open(sealed)


def test_a_record_that_was_altered_or_moved_is_refused() -> None:
    keys = code_keys(CODE, b"pepper")
    sealed = keys.seal(b"record", os.urandom)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(VerificationFailed):
            keys.open(changed)
    with pytest.raises(VerificationFailed):
        keys.open(b"")


def test_what_the_database_holds_of_a_code_is_fixed() -> None:
    keys = code_keys(Code("789ABCDEFGHJY"), bytes(32))
    assert keys.index.hex() == "6d2917e186577e8ab91514d3c02e4cfc"
    assert keys.key.hex() == "319bf61d401d7e3e61a626bf5a838ad4b4302c9fb7bcd05551495dc693dd03ce"
