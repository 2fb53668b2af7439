"""Literal strings of a PDF, as ISO 32000-1, section 7.3.4.2, has them."""

from __future__ import annotations

import pytest

from vault_core.errors import CertificateRefused
from vault_core.issuing.pdf.syntax import read_value

LITERALS = {
    "plain": (b"(a b)", b"a b"),
    "empty": (b"()", b""),
    "parentheses in pairs": (b"(a(b(c))d)", b"a(b(c))d"),
    "parentheses escaped": (rb"(a\)b\(c)", b"a)b(c"),
    "letters": (rb"(\n\r\t\b\f)", b"\n\r\t\b\f"),
    "octal": (rb"(\000\101\377)", b"\0A\xff"),
    "octal of two figures and one": (rb"(\53\0538\0)", b"++8\0"),
    "octal past a byte": (rb"(\777)", b"\xff"),
    "a backslash": (rb"(\\n)", rb"\n"),
    "an escape that is none": (rb"(\q)", b"q"),
    "a line that goes on": (b"(a\\\r\nb\\\nc\\\rd)", b"abcd"),
    "a line's end": (b"(a\nb)", b"a\nb"),
}
OPEN = {"at once": b"(", "in text": b"(ab", "in an inner pair": b"(a(b)", "in an escape": b"(a\\"}


@pytest.mark.parametrize("name", LITERALS)
def test_a_literal_string_is_what_it_stands_for(name: str) -> None:
    written, meant = LITERALS[name]
    assert read_value(written + b" 1", 0) == (meant, len(written))


@pytest.mark.parametrize("name", OPEN)
def test_one_that_does_not_end_is_refused(name: str) -> None:
    with pytest.raises(CertificateRefused):
        read_value(OPEN[name], 0)
