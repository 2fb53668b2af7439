"""What survives on paper: both barcodes are read from a 150-dpi picture of the page."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import zxingcpp

from tests.issuing.world import URL, certificate, world
from tests.requirements import need
from vault_core.errors import CertificateRefused
from vault_core.issuing.certificates.codes import written
from vault_core.issuing.checking.verification import verify_twoddoc
from vault_core.issuing.symbols.barcodes import qr
from vault_core.issuing.symbols.datamatrix import datamatrix


def barcodes(pdf: bytes, folder: Path) -> list[zxingcpp.Barcode]:
    """Every barcode on the first page, at 150 dpi in grey."""
    (folder / "page.pdf").write_bytes(pdf)
    command = [need("pdftoppm", "poppler-utils"), "-r", "150", "-gray", "-singlefile"]
    subprocess.run([*command, str(folder / "page.pdf"), str(folder / "page")], check=True)
    kind, width, height, rest = (folder / "page.pgm").read_bytes().split(maxsplit=3)
    assert kind == b"P5"
    pixels = rest.split(b"\n", 1)[1]
    image = memoryview(pixels).cast("B", (int(height), int(width)))
    return list(zxingcpp.read_barcodes(image))


def decoded(pdf: bytes, folder: Path) -> dict[str, str]:
    """Symbology and text of those."""
    return {str(item.format): item.bytes.decode("ascii") for item in barcodes(pdf, folder)}


def test_the_printed_page_s_barcodes_verify(tmp_path: Path) -> None:
    found = decoded(certificate().pdf, tmp_path)
    assert found["QR Code"] == f"{URL}/verify/{written(certificate().code)}"
    assert found["Data Matrix"] == certificate().twoddoc
    issuer, document = verify_twoddoc(found["Data Matrix"], world().trust())
    assert issuer.id == "education"
    assert document.fields["BI"] == "BIEN"


def test_a_changed_field_of_the_printed_2d_doc_does_not_verify(tmp_path: Path) -> None:
    text = decoded(certificate().pdf, tmp_path)["Data Matrix"]
    for changed in (text.replace("LE GOFF", "LE GUFF"), text.replace("BA2", "BA5")):
        assert changed != text
        with pytest.raises(CertificateRefused) as caught:
            verify_twoddoc(changed, world().trust())
        assert caught.value.fault == "twoddoc_altered"


def test_a_2d_doc_names_no_encoding(tmp_path: Path) -> None:
    """Its readers look for DC04 at its very beginning (ISO/IEC 16022, symbology identifier 1)."""
    [found] = [one for one in barcodes(certificate().pdf, tmp_path) if "DC04" in one.text]
    assert found.symbology_identifier == "]d1"


@pytest.mark.parametrize("text", ["A", f"{URL}/verify/789A-BCDE-FGHJ-Y", "Z" * 400])
def test_symbols_are_square_with_a_quiet_zone(text: str) -> None:
    for symbol, quiet in ((qr(text), 4), (datamatrix(text), 2)):
        assert symbol.png.startswith(b"\x89PNG")
        assert symbol.modules >= 10 + 2 * quiet
        assert f'viewBox="0 0 {symbol.modules} {symbol.modules}"' in symbol.svg
