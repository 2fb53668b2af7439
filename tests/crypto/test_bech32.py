"""Bech32, armor and keys as text: one form each, and a table of faults."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.age_files import CLASSIC, HYBRID, TAGGED
from vault_core.crypto import armor, bech32
from vault_core.crypto.keys import generate_identity, parse_identity, parse_recipient
from vault_core.errors import MalformedAge

SECRET = str(CLASSIC)
PUBLIC = str(CLASSIC.recipient)
PQ_PUBLIC = str(HYBRID.recipient)
P = 2**255 - 19
EIGHT = 325606250916557431795983626356110631294008115727848805560023387167927233504
OTHER_EIGHT = 39382357235489614581723060781553021112529911719440698176882885853963445705823


@given(st.text("abcdefghijklmnopqrstuvwxyz-1", min_size=1, max_size=20), st.binary(max_size=200))
def test_bech32_is_read_as_written(prefix: str, data: bytes) -> None:
    text = bech32.encode(prefix, data)
    assert bech32.decode(text) == (prefix, data)
    assert bech32.decode(text.upper()) == (prefix.upper(), data)


def by_the_letter(prefix: str, data: bytes) -> str:
    """BIP 173's own reference encoder, character by character."""
    bits = "".join(f"{byte:08b}" for byte in data)
    values = [int(bits[at : at + 5].ljust(5, "0"), 2) for at in range(0, len(bits), 5)]
    head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    checksum = 1
    for value in (*head, *values, 0, 0, 0, 0, 0, 0):
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(
            (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
        ):
            checksum ^= generator if top >> bit & 1 else 0
    values += [(checksum ^ 1) >> shift & 31 for shift in range(25, -1, -5)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[value] for value in values)


@given(st.text("abcdefghijklmnopqrstuvwxyz-1", min_size=1, max_size=20), st.binary(max_size=1500))
def test_bech32_of_any_length_is_as_its_reference_writes_it(prefix: str, data: bytes) -> None:
    assert bech32.encode(prefix, data) == by_the_letter(prefix, data)


def test_a_hybrid_recipient_is_written_by_the_letter() -> None:
    assert by_the_letter("age1pq", HYBRID.recipient.public) == PQ_PUBLIC


def test_examples_of_the_specification() -> None:
    prefix, data = bech32.decode(
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    )
    assert (prefix, data) == ("AGE-SECRET-KEY-", b"B" * 32)
    identity = parse_identity(bech32.encode("age-secret-key-", data).upper())
    assert str(identity.recipient) == (
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    )


@given(st.integers(0, len(PUBLIC) - 1), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_one_wrong_character_is_noticed(at: int, character: str) -> None:
    mistyped = PUBLIC[:at] + character + PUBLIC[at + 1 :]
    if mistyped != PUBLIC:
        with pytest.raises(MalformedAge):
            parse_recipient(mistyped)


def with_data(prefix: str, data: bytes) -> str:
    return bech32.encode(prefix, data)


KEY_FAULTS = {
    "empty": "",
    "no separator": PUBLIC.replace("1", ""),
    "no prefix": "1" + PUBLIC.split("1", 1)[1],
    "no checksum": "age1qqqqq",
    "mixed case": PUBLIC[:-1] + PUBLIC[-1].upper(),
    "recipient in capitals": PUBLIC.upper(),
    "identity in lower case": SECRET.lower(),
    "blank before": " " + PUBLIC,
    "line end after": PUBLIC + "\n",
    "not ASCII": PUBLIC[:-1] + "ª",
    "kelvin sign": "AGE-SECRET-KEY-1" + "K" * 8 + "\u212a",
    "NUL": PUBLIC + "\0",
    "blank in the prefix": with_data("a ge", bytes(32)),
    "character that Bech32 lacks": PUBLIC[:10] + "b" + PUBLIC[11:],
    "unknown prefix": with_data("ago", bytes(32)),
    "tagged for a key in hardware": TAGGED,
    "bytes missing": with_data("age", CLASSIC.recipient.public[:31]),
    "bytes too many": with_data("age", CLASSIC.recipient.public + b"\0"),
    "secret too short": with_data("age-secret-key-", bytes(31)).upper(),
    "secret too long": with_data("age-secret-key-", bytes(33)).upper(),
    "hybrid secret too short": with_data("age-secret-key-pq-", bytes(31)).upper(),
    "hybrid bytes missing": with_data("age1pq", HYBRID.recipient.public[:-1]),
    "hybrid not reduced": with_data("age1pq", b"\xff" * 1184 + HYBRID.recipient.public[1184:]),
    "low order: of order eight": with_data("age", EIGHT.to_bytes(32, "little")),
    "low order: of order eight, the other": with_data("age", OTHER_EIGHT.to_bytes(32, "little")),
    "low order: one, and the bit that is not read": with_data(
        "age", (1 | 1 << 255).to_bytes(32, "little")
    ),
    "low order: zero": with_data("age", bytes(32)),
    "low order: one": with_data("age", (1).to_bytes(32, "little")),
    "low order: p - 1": with_data("age", (P - 1).to_bytes(32, "little")),
    "low order: p": with_data("age", P.to_bytes(32, "little")),
    "low order: p + 1": with_data("age", (P + 1).to_bytes(32, "little")),
    "low order in the hybrid's half": with_data(
        "age1pq", HYBRID.recipient.public[:1184] + bytes(32)
    ),
}


@pytest.mark.parametrize("fault", KEY_FAULTS)
def test_faulty_keys_are_refused(fault: str) -> None:
    for parse in (parse_identity, parse_recipient):
        with pytest.raises(MalformedAge) as caught:
            parse(KEY_FAULTS[fault])
        assert "AGE-SECRET-KEY-1" not in str(caught.value)


def test_bits_after_the_end_are_refused() -> None:
    symbols = bech32.encode("age", b"\0" * 32)[4:-6]
    altered = symbols[:-1] + "p"
    values = bytes("qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(c) for c in altered)
    checksum = bech32._polymod(bech32._expand(b"age") + values + bytes(6)) ^ 1
    tail = "".join(
        "qpzry9x8gf2tvdw0s3jn54khce6mua7l"[checksum >> s & 31] for s in range(25, -1, -5)
    )
    with pytest.raises(MalformedAge, match="bits after"):
        bech32.decode(f"age1{altered}{tail}")


@pytest.mark.parametrize("kind", ["mlkem768x25519", "x25519"])
def test_keys_are_read_as_written(kind: str) -> None:
    identity = generate_identity(kind, lambda size: b"\x2a" * size)  # type: ignore[arg-type]
    assert identity.kind == identity.recipient.kind == kind
    assert parse_identity(str(identity)) == identity
    assert parse_recipient(str(identity.recipient)) == identity.recipient
    assert str(parse_recipient(str(identity.recipient))) == str(identity.recipient)
    assert identity.secret.hex() not in repr(identity)
    assert repr(identity.secret) not in repr(identity)


@given(st.binary(max_size=300), st.sampled_from(["", " ", "\n\n", "\r\n\t"]), st.booleans())
def test_armor_is_read_as_written(data: bytes, around: str, crlf: bool) -> None:
    text = armor.encode(data or b"x")
    text = text.replace("\n", "\r\n") if crlf else text
    assert armor.decode(f"{around}{text}{around}") == (data or b"x")


ARMOR = armor.encode(bytes(range(100)))
FIRST, LAST = ARMOR.split("\n")[1], ARMOR.split("\n")[-3]
ARMOR_FAULTS = {
    "empty": (ARMOR, ""),
    "nothing between": (ARMOR, armor.encode(b"")),
    "no first line": ("-----BEGIN AGE ENCRYPTED FILE-----\n", ""),
    "no last line": ("-----END AGE ENCRYPTED FILE-----\n", ""),
    "another label": ("BEGIN AGE ENCRYPTED", "BEGIN PGP ENCRYPTED"),
    "label in lower case": ("BEGIN AGE ENCRYPTED FILE", "BEGIN age encrypted file"),
    "text before": ("-----BEGIN", "x\n-----BEGIN"),
    "text after": ("FILE-----\n", "FILE-----\nx\n"),
    "a PEM header": ("FILE-----\n" + FIRST, "FILE-----\nVersion: 1\n\n" + FIRST),
    "an empty first line": (FIRST, "\n" + FIRST),
    "an empty last line": (LAST + "\n", LAST + "\n\n"),
    "a short line": (FIRST, FIRST[:32] + "\n" + FIRST[32:]),
    "a long line": (FIRST + "\n", FIRST),
    "a blank at a line's end": (FIRST, FIRST + " "),
    "a blank at a line's start": (FIRST, " " + FIRST),
    "a foreign character": (FIRST, "*" + FIRST[1:]),
    "not ASCII": (FIRST, "é" + FIRST[1:]),
    "no padding": (LAST, LAST.rstrip("=")),
    "too much padding": (LAST, LAST + "="),
    "bits after the end": (LAST, base64.b64encode(bytes(range(96, 100)))[:5].decode() + "B=="),
    "a checksum as PGP has": (LAST, LAST + "\n=AAAA"),
    "a lone carriage return": (FIRST + "\n", FIRST + "\r"),
    "a form feed around it": ("-----BEGIN", "\f-----BEGIN"),
}


@pytest.mark.parametrize("fault", ARMOR_FAULTS)
def test_faulty_armor_is_refused(fault: str) -> None:
    old, new = ARMOR_FAULTS[fault]
    faulty = ARMOR.replace(old, new, 1)
    assert faulty != ARMOR
    with pytest.raises(MalformedAge):
        armor.decode(faulty)


def test_armor_is_bounded() -> None:
    with pytest.raises(MalformedAge):
        armor.decode(" " * (armor.MAX_ARMOR_SIZE + 1))
