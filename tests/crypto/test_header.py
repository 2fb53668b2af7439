"""Headers: one canonical form, and a table with one fault a row."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.age_files import FILE_KEY, grease, loose_bits
from vault_core.crypto.header import (
    MAX_HEADER_SIZE,
    Header,
    Stanza,
    check_mac,
    decode_base64,
    encode_base64,
    encode_header,
    parse_header,
)
from vault_core.errors import CorruptCiphertext, MalformedAge

PLAIN = encode_header(FILE_KEY, [grease(b"short" * 7, "one", "two"), grease(bytes(48), "full")])
"""Two stanzas: one ends in a short line, one fills its line, so that an empty line ends it."""
MAC_LINE = PLAIN[PLAIN.index(b"---") :]
BODY_LINE = PLAIN.split(b"\n")[2]

FAULTS = {
    "empty": (PLAIN, b""),
    "another format": (b"age-encryption.org/v1", b"PK\x03\x04"),
    "another version": (b"org/v1\n", b"org/v2\n"),
    "version with a suffix": (b"org/v1\n", b"org/v10\n"),
    "version in capitals": (b"age-encryption", b"AGE-encryption"),
    "version line ends in CRLF": (b"org/v1\n", b"org/v1\r\n"),
    "blank before the version": (b"age-encryption", b" age-encryption"),
    "cut in the version line": (PLAIN, b"age-encryption.org/v1"),
    "cut after the version line": (PLAIN, b"age-encryption.org/v1\n"),
    "no stanza": (PLAIN, b"age-encryption.org/v1\n" + MAC_LINE),
    "cut in a stanza": (PLAIN, PLAIN[: PLAIN.index(BODY_LINE) + 10]),
    "cut before the MAC": (PLAIN, PLAIN[: PLAIN.index(b"---")]),
    "cut in the MAC": (PLAIN, PLAIN[:-5]),
    "no line end after the MAC": (PLAIN, PLAIN[:-1]),
    "every line ends in CRLF": (PLAIN, PLAIN.replace(b"\n", b"\r\n")),
    "an empty line before a stanza": (b"-> one", b"\n-> one"),
    "stanza mark without blank": (b"-> one", b"->one"),
    "stanza mark is wrong": (b"-> one", b"=> one"),
    "stanza mark follows a blank": (b"-> one", b" -> one"),
    "stanza without argument": (b"-> one two", b"->"),
    "stanza with an empty argument": (b"-> one two", b"-> "),
    "two blanks between arguments": (b"one two", b"one  two"),
    "blank after the arguments": (b"one two\n", b"one two \n"),
    "tab in an argument": (b"one two", b"one\ttwo"),
    "NUL in an argument": (b"one two", b"one\0two"),
    "DEL in an argument": (b"one two", b"one\x7ftwo"),
    "not ASCII in an argument": (b"one two", "one twö".encode()),
    "carriage return in an argument": (b"one two\n", b"one two\r\n"),
    "body with padding": (BODY_LINE, BODY_LINE + b"="),
    "body not canonical": (BODY_LINE, loose_bits(BODY_LINE.decode()).encode()),
    "body with a lone character": (BODY_LINE, BODY_LINE + b"AA"),
    "body in URL-safe base64": (BODY_LINE, b"-_" + BODY_LINE[2:]),
    "body with a blank": (BODY_LINE, BODY_LINE[:4] + b" " + BODY_LINE[5:]),
    "body not ASCII": (BODY_LINE, BODY_LINE[:4] + b"\xff" + BODY_LINE[5:]),
    "body of a long line": (b"A" * 64 + b"\n", b"A" * 68 + b"\n"),
    "body ends in a long line": (BODY_LINE, encode_base64(bytes(51)).encode()),
    "body of two short lines": (BODY_LINE, BODY_LINE[:20] + b"\n" + BODY_LINE[20:]),
    "body missing": (BODY_LINE + b"\n", b""),
    "full line without a final one": (b"A" * 64 + b"\n\n", b"A" * 64 + b"\n"),
    "two empty lines end a body": (b"A" * 64 + b"\n\n", b"A" * 64 + b"\n\n\n"),
    "MAC missing": (MAC_LINE, b"---\n"),
    "MAC empty": (MAC_LINE, b"--- \n"),
    "MAC without blank": (b"--- ", b"---"),
    "MAC after two blanks": (b"--- ", b"---  "),
    "MAC mark too long": (b"--- ", b"---- "),
    "MAC with a blank after it": (MAC_LINE, MAC_LINE[:-1] + b" \n"),
    "MAC with something after it": (MAC_LINE, MAC_LINE[:-1] + b" AAAA\n"),
    "MAC with padding": (MAC_LINE, MAC_LINE[:-1] + b"=\n"),
    "MAC too short": (MAC_LINE, MAC_LINE[:-5] + b"\n"),
    "MAC too long": (MAC_LINE, MAC_LINE[:-1] + b"AAAA\n"),
    "MAC not canonical": (MAC_LINE, loose_bits(MAC_LINE[:-1].decode()).encode() + b"\n"),
    "MAC line ends in CRLF": (MAC_LINE, MAC_LINE[:-1] + b"\r\n"),
    "passphrase beside a recipient": (b"-> one two", b"-> scrypt two"),
    "larger than allowed": (b"one two", b"one " + b"x" * MAX_HEADER_SIZE),
}


def test_table_is_not_empty() -> None:
    assert len(FAULTS) > 40


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_refused(fault: str) -> None:
    old, new = FAULTS[fault]
    assert PLAIN.count(old) == 1
    faulty = PLAIN.replace(old, new)
    assert faulty != PLAIN
    with pytest.raises(MalformedAge):
        parse_header(faulty)


ARGUMENTS = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    min_size=1,
    max_size=4,
).filter(lambda arguments: arguments[0] != "scrypt")
STANZAS = st.lists(
    st.builds(Stanza, ARGUMENTS.map(tuple), st.binary(max_size=200)), min_size=1, max_size=5
)


@given(STANZAS, st.binary(max_size=40))
def test_what_is_written_is_read(stanzas: list[Stanza], payload: bytes) -> None:
    encoded = encode_header(FILE_KEY, stanzas)
    header = parse_header(encoded + payload)
    assert header.stanzas == tuple(stanzas)
    assert header.size == len(encoded)
    assert encode_header(FILE_KEY, header.stanzas) == encoded
    check_mac(FILE_KEY, header)


@given(st.integers(0, len(PLAIN) - 1), st.integers(1, 255))
def test_whatever_parses_is_canonical(at: int, flip: int) -> None:
    altered = bytearray(PLAIN)
    altered[at] ^= flip
    try:
        header = parse_header(altered)
    except MalformedAge:
        return
    written = encode_header(FILE_KEY, header.stanzas)
    body, mac = written.rsplit(b" ", 1)
    assert bytes(altered) == body + f" {encode_base64(header.mac)}\n".encode()
    assert len(mac) == 44
    with pytest.raises(CorruptCiphertext):
        check_mac(FILE_KEY, header)


@given(st.binary(max_size=300))
def test_noise_raises_only_our_error(noise: bytes) -> None:
    for data in (
        noise,
        b"age-encryption.org/v1\n" + noise,
        b"age-encryption.org/v1\n-> a\n" + noise,
    ):
        with pytest.raises(MalformedAge):
            parse_header(data)


def test_mac_is_of_the_file_key() -> None:
    with pytest.raises(CorruptCiphertext):
        check_mac(bytes(16), parse_header(PLAIN))
    header = parse_header(PLAIN)
    with pytest.raises(CorruptCiphertext):
        check_mac(FILE_KEY, Header(header.stanzas[::-1], header.mac, header.size))


@pytest.mark.parametrize("arguments", [(), ("",), ("two words",), ("é",), ("line\n",)])
def test_unwritable_arguments(arguments: tuple[str, ...]) -> None:
    with pytest.raises(MalformedAge):
        encode_header(FILE_KEY, [Stanza(arguments, b"")])


def test_a_header_has_recipients_but_not_too_many() -> None:
    with pytest.raises(MalformedAge):
        encode_header(FILE_KEY, [])
    with pytest.raises(MalformedAge):
        encode_header(FILE_KEY, [grease(bytes(1000))] * 60)


@given(st.binary(max_size=100))
def test_base64_has_one_form(data: bytes) -> None:
    text = encode_base64(data)
    assert re.fullmatch(r"[A-Za-z0-9+/]*", text)
    assert decode_base64(text) == data
