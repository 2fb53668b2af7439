"""How fast rows are read and pages are set, on one core.

    python tests/bench/issuing.py [ROWS] [PAGES]

Every document type of the loaded plugins, from its own invented input.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
import time
from collections.abc import Sequence

from vault_core.api import DocumentType
from vault_core.issuing import barcodes, intake
from vault_core.issuing.rendering import Attachment, Page, Renderer
from vault_core.plugins import Plugins, installed, load_plugins

SYMBOL = barcodes.qr("https://coffre.example/verify/7KQD94MVXR2C").svg
CREDENTIAL = Attachment("credential.json", "{" + " " * 4000 + "}", "application/ld+json", "Badge")


def exported(document_type: DocumentType, count: int) -> bytes:
    """`count` sample rows as a CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.names[0] for column in document_type.columns])
    for row in document_type.sample(count, 1):
        writer.writerow([row.get(column.id, "") for column in document_type.columns])
    return text.getvalue().encode()


def rows_per_second(document_type: DocumentType, count: int) -> float:
    """Read, match, parse and validate, in rows per second of processor time."""
    source = io.BytesIO(exported(document_type, count))
    start = time.process_time()
    parsed = sum(
        isinstance(one, intake.Parsed)
        for one in intake.parse(intake.read(source, document_type), document_type)
    )
    assert parsed == count
    return count / (time.process_time() - start)


def pages_per_second(plugins: Plugins, document_type: DocumentType, count: int) -> float:
    """Present and set as PDF/A-3a with a QR code and a 4 kB credential, per processor second."""
    renderer = Renderer()
    rows = io.BytesIO(exported(document_type, count + 5))
    records = [
        one.record
        for one in intake.parse(intake.read(rows, document_type), document_type)
        if isinstance(one, intake.Parsed)
    ]
    start = 0.0
    for number, record in enumerate(records):
        if number == 5:
            start = time.process_time()
        renderer.pdf(
            Page(
                presentation=document_type.present(record),
                record=record,
                issuer=plugins.issuer_of(document_type.id),
                certificate_id=f"urn:uuid:00000000-0000-4000-8000-{number:012}",
                issued_at=dt.datetime(2026, 7, 10, tzinfo=dt.UTC),
                verification_code=f"7KQD-94MV-{number:04}",
                verification_url="https://coffre.example/verify",
                qr=SYMBOL,
                attachments=(CREDENTIAL,),
                template=document_type.template(),
            )
        )
    return count / (time.process_time() - start)


def main(arguments: Sequence[str]) -> None:
    """Print one line a type."""
    rows, pages = (int(one) for one in (*arguments, "20000", "200")[:2])
    plugins = load_plugins(sorted(set(installed()) & {"bac", "jdc", "assr", "b2i", "pix"}))
    print(f"{'type':12} {'rows/s':>8} {'pages/s':>8}")
    for document_type in plugins.document_types.values():
        read = rows_per_second(document_type, rows)
        set_ = pages_per_second(plugins, document_type, pages)
        print(f"{document_type.id:12} {read:8.0f} {set_:8.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
