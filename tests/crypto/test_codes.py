"""Codes that people type: readable, forgiving of what is harmless, and of nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.age_files import seeded
from vault_core.api import Random
from vault_core.crypto.slots import (
    new_activation_code,
    new_app_password,
    new_recovery_code,
    new_session_token,
    parse_code,
    parse_session_token,
)
from vault_core.errors import AccessDenied

New = Callable[[Random], str]
KINDS: dict[str, tuple[New, int, int]] = {
    "app password": (new_app_password, 20, 8),
    "activation": (new_activation_code, 16, 7),
    "recovery": (new_recovery_code, 20, 9),
}
CHECKED = ("activation", "recovery")


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_groups_of_four_and_holds_its_secret(kind: str) -> None:
    new, size, groups = KINDS[kind]
    secret = os.urandom(size)
    code = new(lambda wanted: secret[:wanted])
    assert re.fullmatch(rf"([0-9a-hjkmnp-tv-z]{{4}}-){{{groups - 1}}}[0-9a-hjkmnp-tv-z]{{4}}", code)
    assert parse_code(code) == secret


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(), blank=st.sampled_from(["", " ", "-", " - ", "\n", "–", "\u00a0"]))
def test_how_it_is_typed_does_not_matter(kind: str, seed: int, blank: str) -> None:
    new, size, _ = KINDS[kind]
    code = new(seeded(seed))
    typed = code.replace("-", blank).upper().replace("0", "O")
    half = len(typed) // 2
    typed = typed[:half].replace("1", "I") + typed[half:].replace("1", "l")
    assert parse_code(f" {typed}\n") == parse_code(code)
    assert len(parse_code(code)) == size


@pytest.mark.parametrize("kind", CHECKED)
def test_typing_errors_are_noticed(kind: str) -> None:
    """The check is a hash: of all single errors, about one in 1,024 or in a million passes."""
    new, _, _ = KINDS[kind]
    code = new(seeded(3)).replace("-", "")
    wrong = {
        code[:at] + character + code[at + 1 :]
        for at in range(len(code))
        for character in "0123456789abcdefghjkmnpqrstvwxyz"
    } | {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)}
    wrong.discard(code)
    passed = 0
    for typed in sorted(wrong):
        try:
            parse_code(typed)
            passed += 1
        except AccessDenied:
            continue
    assert len(wrong) > 800
    assert passed <= 5


BAD = {
    "empty": "",
    "blanks": "  - - ",
    "a word": "password",
    "one character missing": new_activation_code(seeded(5))[:-1],
    "one character more": new_activation_code(seeded(5)) + "0",
    "u, which none has": "u" * 28,
    "an accent": "é" * 28,
    "fullwidth digits": "０" * 28,
    "very long": "0" * 100_000,
    "NUL": new_app_password(seeded(5))[:-1] + "\0",
    "surrogate": "\ud800" * 28,
    "capital that grows": "İ" * 14,
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_code(name: str) -> None:
    with pytest.raises(AccessDenied) as caught:
        parse_code(BAD[name])
    assert BAD[name].strip() == "" or BAD[name] not in str(caught.value)


def test_loose_bits_of_an_activation_code_are_refused() -> None:
    """Two bits of its 26 characters carry nothing, and must be zero."""
    code = new_activation_code(lambda size: bytes(size)).replace("-", "")
    for last in "123":
        with pytest.raises(AccessDenied):
            parse_code(code[:25] + last + code[26:])


@given(st.binary(min_size=32, max_size=32))
def test_session_tokens(secret: bytes) -> None:
    token = new_session_token(lambda size: secret[:size])
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert parse_session_token(token) == secret


@pytest.mark.parametrize(
    "token",
    [
        "",
        "A" * 42,
        "A" * 44,
        "A" * 42 + "B",
        "A" * 42 + "=",
        "A" * 42 + "é",
        "A" * 42 + "+",
        " " + "A" * 42,
        "A" * 42 + "\n",
        "A" * 20 + "." + "A" * 22,
        "A" * 43 + "\ud800",
    ],
)
def test_what_is_no_session_token(token: str) -> None:
    with pytest.raises(AccessDenied):
        parse_session_token(token)
