"""How fast rows are read and certificates are made, on one core, beside pyHanko and plain typst.

    python -m tests.bench.issuing [ROWS] [CERTIFICATES]

Every document type of the loaded plugins, from its own invented input. A certificate is the whole
of it: id, credential with its proof, 2D-Doc, barcodes, page, attachment, seal. The peer sets the
same page with typst and seals it with pyHanko's signer, in the same run. Processor time: of the
first certificates of a process each, when blanks are made; of later ones the mean, with the pages
that typst still has to set, and the median.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from vault_core.api import DocumentType, Record
from vault_core.issuing.certificates.certificate import Order, issue
from vault_core.issuing.credentials.status import StatusPlace
from vault_core.issuing.input import intake
from vault_core.issuing.pages.rendering import Page, Renderer
from vault_core.issuing.pages.typesetting import Typesetting
from vault_core.issuing.pdf.file import PdfFile
from vault_core.issuing.seals.authority import TWODDOC_TEST_AUTHORITY, TestAuthority
from vault_core.issuing.seals.keys import Generation, IssuerKeys
from vault_core.plugins import Plugins, installed, load_plugins

NOW = dt.datetime(2026, 7, 10, 9, 30, tzinfo=dt.UTC)
URL = "https://coffre.example"
WARM = 400
"""Certificates of a type before the clock starts: blanks are made, letters' spacing is learned."""
PEER = 12
"""Certificates that the peer makes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of processor time for each certificate, and bytes of the largest."""

    first: float
    """Each of the first WARM."""
    mean: float
    median: float
    peer: float
    size: int


def exported(document_type: DocumentType, count: int) -> bytes:
    """`count` sample rows as a CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.names[0] for column in document_type.columns])
    for row in document_type.sample(count, 1):
        writer.writerow([row.get(column.id, "") for column in document_type.columns])
    return text.getvalue().encode()


def parsed(document_type: DocumentType, source: bytes) -> list[Record]:
    """The records of a file."""
    rows = intake.parse(intake.read(io.BytesIO(source), document_type), document_type)
    return [row.record for row in rows if isinstance(row, intake.Parsed)]


def rows_per_second(document_type: DocumentType, count: int) -> float:
    """Read, match, parse and validate, in rows per second of processor time."""
    source = exported(document_type, count)
    start = time.process_time()
    assert len(parsed(document_type, source)) == count
    return count / (time.process_time() - start)


class Peer:
    """Plain typst, and pyHanko's own signer."""

    def __init__(self, keys: Generation) -> None:
        self._renderer = Renderer()
        certificate = keys.seal_chain[0].public_bytes(Encoding.DER)
        private = keys.seal_key
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._signer = signers.SimpleSigner(
            asn1_x509.Certificate.load(certificate),
            asn1_keys.PrivateKeyInfo.load(der),
            SimpleCertificateStore(),
        )

    def pdf(self, page: Page) -> bytes:
        """The page, sealed as PAdES."""
        writer = IncrementalPdfFileWriter(io.BytesIO(self._renderer.pdf(page)))
        metadata = signers.PdfSignatureMetadata(
            field_name="Seal", subfilter=fields.SigSeedSubFilter.PADES
        )
        signed = signers.sign_pdf(writer, metadata, self._signer)
        return bytes(signed.getvalue())


class Unsealed:
    """A typesetter that only keeps the pages, for the peer."""

    def __init__(self, typesetter: Typesetting) -> None:
        self.pages: list[Page] = []
        self._typesetter = typesetter

    def sheet(self, page: Page) -> PdfFile:
        self.pages.append(page)
        return self._typesetter.sheet(page)


def certificates(plugins: Plugins, document_type: DocumentType, count: int) -> Measured:
    """Whole certificates, ours and the peer's."""
    issuer = plugins.issuer_of(document_type.id)
    authority = TestAuthority.create(NOW, os.urandom)

    def certify(key: ec.EllipticCurvePublicKey) -> tuple[object, ...]:
        return (authority.issue(issuer.name.fr, "FR", key, NOW, os.urandom),)

    keys = IssuerKeys.create(issuer.id, NOW, certify, TWODDOC_TEST_AUTHORITY).current  # type: ignore[arg-type]
    typesetter = Unsealed(Typesetting())

    def make(record: Record) -> bytes:
        place = StatusPlace(f"{URL}/status/{issuer.id}/1", 4711)
        template, shown = document_type.template(), document_type.present(record)
        order = Order(record, shown, issuer, URL, place, template)
        return issue(order, keys, typesetter, NOW, os.urandom).pdf

    records = parsed(document_type, exported(document_type, WARM + count))
    first, later = timed(make, records[:WARM]), timed(make, records[WARM:])
    peer = timed(Peer(keys).pdf, typesetter.pages[-PEER:])
    size = max(len(make(record)) for record in records[-PEER:])
    mean, median = statistics.mean(later), statistics.median(later)
    return Measured(statistics.mean(first), mean, median, statistics.mean(peer), size)


def timed(work: Callable[[Any], object], items: Sequence[Any]) -> list[float]:
    """Milliseconds of processor time that each takes."""
    spent = []
    for item in items:
        start = time.process_time_ns()
        work(item)
        spent.append((time.process_time_ns() - start) / 1e6)
    return spent


def main(arguments: Sequence[str]) -> None:
    """Print one line a type, and one for all: the geometric means."""
    rows, count = (int(one) for one in (*arguments, "20000", "200")[:2])
    plugins = load_plugins(sorted(set(installed()) & {"bac", "jdc", "assr", "b2i", "pix"}))
    print(
        f"| type | rows/s | first {WARM}, each | ms each | median | typst + pyHanko | times | KB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    every = []
    for document_type in plugins.document_types.values():
        read = rows_per_second(document_type, rows)
        found = certificates(plugins, document_type, count)
        every.append((read, found.first, found.mean, found.median, found.peer, found.size))
        print(line(f"`{document_type.id}`", *every[-1]), flush=True)
    print(line("all", *map(statistics.geometric_mean, zip(*every, strict=True))))


def line(name: str, read: float, *figures: float) -> str:
    """One line of the table."""
    first, mean, median, peer, size = figures
    return (
        f"| {name} | {read:,.0f} | {first:.2f} | {mean:.2f} | {median:.2f} | {peer:.1f} "
        f"| {peer / mean:.1f} | {size / 1000:.0f} |"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
