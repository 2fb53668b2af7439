"""How fast rows are read and certificates are made, on one core, beside pyHanko and plain typst.

    python -m tests.bench.issuing [ROWS] [CERTIFICATES]

Every document type of the loaded plugins, from its own invented input. A certificate is the whole
of it: id, credential with its proof, 2D-Doc, barcodes, page, attachment, seal. The peer sets the
same page with typst and seals it with pyHanko's signer, in the same run. Processor time.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from vault_core.api import DocumentType, Record
from vault_core.issuing import intake
from vault_core.issuing.authority import TWODDOC_TEST_AUTHORITY, TestAuthority
from vault_core.issuing.certificate import Order, issue
from vault_core.issuing.keys import Generation, IssuerKeys
from vault_core.issuing.pdf_file import PdfFile
from vault_core.issuing.rendering import Page, Renderer
from vault_core.issuing.status import StatusPlace
from vault_core.issuing.typesetting import Typesetting
from vault_core.plugins import Plugins, installed, load_plugins

NOW = dt.datetime(2026, 7, 10, 9, 30, tzinfo=dt.UTC)
URL = "https://coffre.example"
WARM = 400
"""Certificates of a type before the clock starts: blanks are made, letters' spacing is learned."""
PEER = 12
"""Certificates that the peer makes."""


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


def certificates_per_second(
    plugins: Plugins, document_type: DocumentType, count: int
) -> tuple[float, float, int]:
    """Whole certificates, ours and the peer's, per processor second; bytes of one of ours."""
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
    size = max(len(make(record)) for record in records[:WARM])
    ours = per_second(make, records[WARM:])
    return ours, per_second(Peer(keys).pdf, typesetter.pages[-PEER:]), size


def per_second(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """How many in a second of processor time."""
    start = time.process_time()
    for item in items:
        work(item)
    return len(items) / (time.process_time() - start)


def main(arguments: Sequence[str]) -> None:
    """Print one line a type."""
    rows, count = (int(one) for one in (*arguments, "20000", "200")[:2])
    plugins = load_plugins(sorted(set(installed()) & {"bac", "jdc", "assr", "b2i", "pix"}))
    print("| type | rows/s | certificates/s | ms each | typst + pyHanko /s | times | KB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for document_type in plugins.document_types.values():
        read = rows_per_second(document_type, rows)
        ours, peer, size = certificates_per_second(plugins, document_type, count)
        print(
            f"| {document_type.id} | {read:,.0f} | {ours:,.0f} | {1000 / ours:.2f} | {peer:,.0f} "
            f"| {ours / peer:.1f} | {size / 1000:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
