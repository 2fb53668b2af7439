"""Pages filled into a blank are the pages that typst sets, for every document type."""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import page as pdf_validator
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.issuing.house import PLUGINS, TYPES
from tests.issuing.world import NOW
from tests.requirements import need
from vault_core.api import Record
from vault_core.crypto.sealed import ServerKeyring
from vault_core.issuing.pages.blank_shelf import BlankShelf
from vault_core.issuing.pages.blanks import WORTH, Blanks
from vault_core.issuing.pages.faces import lines_shown
from vault_core.issuing.pages.rendering import Attachment, Page, Renderer
from vault_core.issuing.pdf.file import open_pdf
from vault_core.issuing.symbols import barcodes
from vault_core.issuing.symbols.datamatrix import datamatrix
from vault_core.plugins import load_plugins

RENDERER = Renderer()
LOADED = load_plugins(PLUGINS)


def page(record: Record, number: int = 0, **other: object) -> Page:
    """A page of an invented certificate."""
    document_type = LOADED.document_types[record.type_id]
    code = f"7KQD-{number:04}-XR2C-9"
    credential = Attachment("credential.json", f"[{number}]" * 50, "application/json", "x")
    made = Page(
        presentation=document_type.present(record),
        record=record,
        issuer=LOADED.issuer_of(record.type_id),
        certificate_id=f"urn:uuid:5f0c8a0e-6b7f-4f7e-9a44-{number:012x}",
        issued_at=NOW + dt.timedelta(seconds=number),
        verification_code=code,
        verification_url=f"https://coffre.example/verify/{code}",
        qr=barcodes.qr(f"https://coffre.example/verify/{code}"),
        datamatrix=datamatrix(f"DC04 {number}" * 12),
        attachments=(credential,),
        template=document_type.template(),
    )
    return replace(made, **other)  # type: ignore[arg-type]


def records(type_id: str, count: int) -> list[Record]:
    document_type = LOADED.document_types[type_id]
    return [document_type.parse(row) for row in document_type.sample(count, 11)]


def picture(data: bytes, folder: Path) -> bytes:
    """The page as poppler draws it, in grey at 100 dpi."""
    (folder / "page.pdf").write_bytes(data)
    command = [need("pdftoppm", "poppler-utils"), "-r", "100", "-gray", "-singlefile"]
    subprocess.run([*command, str(folder / "page.pdf"), str(folder / "page")], check=True)
    return (folder / "page.pgm").read_bytes()


def filled(blanks: Blanks, pages: list[Page]) -> list[tuple[Page, bytes]]:
    """The pages that were filled into blanks once some had been set."""
    for one in pages * WORTH:
        blanks.sheet(one)
    return [(one, sheet.data) for one in pages if (sheet := blanks.sheet(one)) is not None]


@pytest.mark.parametrize("type_id", TYPES)
def test_a_filled_page_is_the_page_that_typst_sets(type_id: str, tmp_path: Path) -> None:
    pages = [page(record, number) for number, record in enumerate(records(type_id, 12))]
    pairs = filled(Blanks(RENDERER), pages * 2)
    assert len(pairs) > 6
    for one, data in pairs[:8]:
        ours, theirs = lines_shown(data), lines_shown(RENDERER.pdf(one))
        assert [line[:3] for line in ours] == [line[:3] for line in theirs]
        for mine, other in zip(ours, theirs, strict=True):
            assert math.dist(mine[3:], other[3:]) < 0.03, mine
    one, data = pairs[0]
    ours, theirs = picture(data, tmp_path), picture(RENDERER.pdf(one), tmp_path)
    differing = sum(abs(a - b) > 100 for a, b in zip(ours, theirs, strict=True))
    assert differing < 20  # of a million: a hair's breadth where a line begins


def diplomas(count: int) -> list[Page]:
    return [page(record, number) for number, record in enumerate(records("cap", count))]


def test_a_filled_page_is_archivable_and_says_what_it_is() -> None:
    for one, data in filled(Blanks(RENDERER), diplomas(10)):
        report = pdf_validator.validate_pdf_bytes(data, profile="3a")
        assert report.is_compliant, [failure.message for failure in report.failures]
        root = PdfFileReader(io.BytesIO(data)).root
        metadata = root["/Metadata"].data.decode()
        name = " ".join(one.record.subject.given_names)
        assert name in metadata
        assert one.issued_at.strftime("%Y-%m-%dT%H:%M:%S") in metadata
        assert "Qz0" not in metadata
        attached = root["/AF"][0].get_object()["/EF"]["/F"]
        assert attached.data.decode() == one.attachments[0].text
        assert attached["/Params"]["/Size"] == len(attached.data)


def test_a_filled_page_is_handed_on_as_it_would_be_read() -> None:
    blanks, pages = Blanks(RENDERER), diplomas(10)
    assert filled(blanks, pages)
    sheets = [sheet for one in pages if (sheet := blanks.sheet(one)) is not None]
    assert len(sheets) > 5
    for sheet in sheets:
        again = open_pdf(sheet.data)
        assert sheet == again
        assert len(sheet.read) > 2
        assert all(again.object(number) == found for number, found in sheet.read.items())


def test_no_page_keeps_anything_of_another() -> None:
    pairs = filled(Blanks(RENDERER), diplomas(10))
    identifiers = {re.search(rb"/ID\[\((.+?)\)", data)[1] for _, data in pairs}  # type: ignore[index]
    assert len(identifiers) == len({one.certificate_id for one, _ in pairs}) > 5
    for one, data in pairs:
        texts = {line[2] for line in lines_shown(data)}
        others = {other.verification_code for other, _ in pairs} - {one.verification_code}
        assert one.verification_code in texts
        assert not texts & others


@pytest.mark.parametrize(
    "name",
    ["Łukasz", "Δημήτρης", "山田", "e\u0301lise", "A (B)", "A\\B", "‮Ada", "Wolfeschlegelstein" * 4],
)
def test_what_a_blank_cannot_say_is_left_to_typst(name: str) -> None:
    blanks, pages = Blanks(RENDERER), diplomas(10)
    assert filled(blanks, pages)
    subject = replace(pages[0].record.subject, family_name=name)
    odd = replace(pages[0], record=replace(pages[0].record, subject=subject))
    sheet = blanks.sheet(odd)
    if sheet is not None:
        shown, expected = lines_shown(sheet.data), lines_shown(RENDERER.pdf(odd))
        assert [line[2] for line in shown] == [line[2] for line in expected]


def test_few_pages_need_no_blank() -> None:
    blanks = Blanks(RENDERER)
    assert [blanks.sheet(one) for one in [*diplomas(1)] * (WORTH - 1)] == [None] * (WORTH - 1)


def test_a_template_that_decides_by_the_record_gets_its_own_pages() -> None:
    body = "#if float(doc.record.average) < 12 [low] else [high]"
    pages = [replace(one, template=body) for one in diplomas(8)]
    shown = {"low": 0, "high": 0}
    for one, data in filled(Blanks(RENDERER), pages * 3):
        texts = [line[2] for line in lines_shown(data)]
        assert texts == [line[2] for line in lines_shown(RENDERER.pdf(one))]
        for word in shown:
            shown[word] += word in texts
    assert sum(shown.values()) > 0


def same_lines(data: bytes, one: Page) -> bool:
    """Whether each line says the same in the same type as where typst sets the page."""
    ours, theirs = lines_shown(data), lines_shown(RENDERER.pdf(one))
    return [line[:3] for line in ours] == [line[:3] for line in theirs]


def test_texts_of_several_lines_break_where_typst_breaks_them() -> None:
    """Values of a diploma that take from one line to three, in columns of a third of the page."""
    pages = [page(record, number) for number, record in enumerate(records("bac", 60))]
    broken = 0
    for one, data in filled(Blanks(RENDERER), pages):
        assert same_lines(data, one)
        broken += any(line[2].endswith(" ") and line[1] == b"11.5" for line in lines_shown(data))
    assert broken > 5


def test_what_one_process_made_serves_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "blanks"
    pages = [page(record, number) for number, record in enumerate(records("jdc", 12))]

    def at_once(key: bytes = bytes(32)) -> list[tuple[Page, bytes]]:
        """Pages that are filled by a process that has seen too few of them to make a blank."""
        blanks = Blanks(RENDERER, BlankShelf(folder, ServerKeyring(key), os.urandom))
        few = pages[: WORTH - 1]
        return [(one, sheet.data) for one in few if (sheet := blanks.sheet(one)) is not None]

    assert not at_once()
    assert filled(Blanks(RENDERER, BlankShelf(folder, ServerKeyring(bytes(32)), os.urandom)), pages)
    found = at_once()
    assert found
    assert all(same_lines(data, one) for one, data in found)
    assert not at_once(b"k" * 32)
    for file in folder.iterdir():
        data = file.read_bytes()
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert not at_once()


def test_threads_fill_side_by_side() -> None:
    blanks, pages = Blanks(RENDERER), diplomas(12)
    alone = {one.certificate_id: data for one, data in filled(blanks, pages)}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(blanks.sheet, pages * 4))
    shown = {number: lines_shown(data) for number, data in alone.items()}
    for one, sheet in zip(pages * 4, together, strict=True):
        if sheet is not None and one.certificate_id in shown:
            ours, before = lines_shown(sheet.data), shown[one.certificate_id]
            assert [line[:3] for line in ours] == [line[:3] for line in before]


class Knowing(Renderer):
    """One that nobody needs to ask how letters meet."""

    def specimen(self, lines: str) -> bytes:
        raise AssertionError(lines)


def test_spacing_that_one_process_learned_serves_the_next_one(tmp_path: Path) -> None:
    shelf = BlankShelf(tmp_path / "blanks", ServerKeyring(bytes(32)), os.urandom)
    pages = diplomas(WORTH)
    assert filled(Blanks(RENDERER, shelf), pages)
    assert filled(Blanks(Knowing(), shelf), pages)
