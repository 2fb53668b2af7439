"""A small PDF that a stream would blow up: what it holds is bounded before it is unpacked."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest

from vault_core.errors import CertificateRefused
from vault_core.issuing.pdf.file import open_pdf

ZEROS = bytes(64 * 1024 * 1024)


def _file(stream: bytes) -> bytes:
    """A PDF with one embedded file, packed as given."""
    objects = [
        b"<</Type/Catalog/Names<</EmbeddedFiles<</Names[(a)2 0 R]>>>>>>",
        b"<</Type/Filespec/F(a)/UF(a)/EF<</F 3 0 R/UF 3 0 R>>>>",
        b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    data, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % at for at in offsets
    )
    end = b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + table + end


def test_what_is_embedded_is_unpacked() -> None:
    assert open_pdf(_file(zlib.compress(b"content"))).attachments() == {"a": b"content"}


def test_a_bomb_is_refused_in_bounded_memory() -> None:
    data = _file(zlib.compress(ZEROS, 9))
    assert len(data) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(CertificateRefused):
            open_pdf(data).attachments()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * 1024 * 1024
