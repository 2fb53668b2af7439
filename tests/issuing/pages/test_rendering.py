"""The certificate's page as a PDF: what it holds, and what nobody can make it do."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import threading
from dataclasses import replace
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from vault_core.api import Fact, Issuer, Presentation, Record, Subject, Text
from vault_core.errors import PluginError
from vault_core.issuing.pages.rendering import Attachment, Page, Renderer, awarded, birth
from vault_core.issuing.symbols import barcodes

CREDENTIAL = '{"type": "VerifiableCredential", "name": "Élise"}'
RENDERER = Renderer()
SUBJECT = Subject("123456789AB", "LEFÈVRE", ("Camille",), dt.date(2008, 7, 3), "Rennes", "F")
RECORD = Record("swim", "k", SUBJECT, {"distance": 100}, dt.date(2026, 7, 7))
SHOWN = Presentation(
    title=Text("Brevet de natation", "Swimming certificate"),
    subtitle=Text("Niveau deux", "Level two"),
    distinction=Text("Avec éloges", "With praise"),
    statement=Text("a nagé.", "has swum."),
    facts=(
        Fact("distance", Text("Distance", "Distance"), Text("100 m", "100 m")),
        Fact("level", Text("Niveau", "Level"), Text("Niveau deux", "Level two")),
    ),
    file_name="Natation.pdf",
)
PAGE = Page(
    presentation=SHOWN,
    record=RECORD,
    issuer=Issuer("town", Text("Ville de Rennes", "City of Rennes"), "Ville"),
    certificate_id="urn:uuid:5f0c8a0e-6b7f-4f7e-9a44-1f0c7e3c2d11",
    issued_at=dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC),
    verification_code="7KQD-94MV-XR2C",
    verification_url="https://coffre.example/verify/7KQD-94MV-XR2C",
    qr=barcodes.qr("https://coffre.example/verify/7KQD94MVXR2C"),
    attachments=(Attachment("credential.json", CREDENTIAL, "application/ld+json", "Open Badge"),),
)


def catalog(data: bytes) -> Any:
    """The document catalog, as an independent reader sees it."""
    return PdfFileReader(io.BytesIO(data)).root


def words(data: bytes) -> str:
    """The page's text, as poppler reads it."""
    if not shutil.which("pdftotext"):
        pytest.skip("poppler's pdftotext is not installed")
    done = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def test_the_file_says_it_is_archivable_and_accessible() -> None:
    root = catalog(RENDERER.pdf(PAGE))
    metadata = root["/Metadata"].data.decode()
    assert re.search(r"pdfaid:part\W*>?\W*3", metadata)
    assert re.search(r"pdfaid:conformance\W*>?\W*A", metadata)
    assert re.search(r"pdfuaid:part\W*>?\W*1", metadata)
    assert "Brevet de natation – Camille LEFÈVRE" in metadata
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_attachment_is_inside_and_whole() -> None:
    root = catalog(RENDERER.pdf(PAGE))
    (specification,) = root["/AF"]
    specification = specification.get_object()
    assert specification["/UF"] == "credential.json"
    assert specification["/AFRelationship"] == "/Data"
    assert specification["/EF"]["/F"].data == CREDENTIAL.encode()
    assert specification["/EF"]["/F"]["/Subtype"] == "/application/ld+json"


def test_a_signature_can_be_appended() -> None:
    assert RENDERER.pdf(PAGE).endswith(b"%%EOF\n")


def test_the_same_page_is_the_same_bytes() -> None:
    first = RENDERER.pdf(PAGE)
    assert RENDERER.pdf(replace(PAGE, certificate_id="urn:uuid:another")) != first
    assert Renderer().pdf(PAGE) == first


def test_threads_get_their_own_pages() -> None:
    numbers = [f"urn:{number}" for number in range(12)]
    alone = [RENDERER.pdf(replace(PAGE, certificate_id=number)) for number in numbers]
    together: dict[str, bytes] = {}

    def render(number: str) -> None:
        together[number] = RENDERER.pdf(replace(PAGE, certificate_id=number))

    threads = [threading.Thread(target=render, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in numbers] == alone


def test_what_is_read_on_the_page() -> None:
    text = words(RENDERER.pdf(PAGE))
    for part in (
        "VILLE DE RENNES",
        "Brevet de natation",
        "Swimming certificate",
        "Avec éloges",
        "Camille LEFÈVRE",
        "née le 3 juillet 2008 à Rennes",
        "born on 3 July 2008",
        "a nagé.",
        "has swum.",
        "100 m",
        "7KQD-94MV-XR2C",
        "Délivré le 7 juillet 2026",
    ):
        assert part in text
    assert text.count("Niveau deux") == 1


def test_the_first_language_can_be_english() -> None:
    data = RENDERER.pdf(replace(PAGE, language="en"))
    assert catalog(data)["/Lang"] == "en"
    assert words(data).index("Swimming certificate") < words(data).index("Brevet de natation")


@pytest.mark.parametrize(
    "text", ["#panic()", "$x^2$", "*b* _i_ `c`", '"quoted" \\', "// comment", "<label> @ref", "= H"]
)
def test_what_a_file_says_is_text_and_no_markup(text: str) -> None:
    shown = replace(SHOWN, title=Text(text, text), statement=Text(text, text))
    subject = replace(SUBJECT, family_name=text)
    page = replace(PAGE, presentation=shown, record=replace(RECORD, subject=subject))
    assert "".join(text.split()) in "".join(words(RENDERER.pdf(page)).split())


BODIES = {
    "a file": '#read("/etc/passwd")',
    "a file included": '#include "certificate.typ"',
    "a package": '#import "@preview/cetz:0.3.0"',
    "code made at run time": '#eval("imp" + "ort \\"@preview/cetz:0.3.0\\"")',
    "a fault": "#unknown-function()",
    "too much": "#pagebreak()\n#pagebreak()\nx",
    "a panic": '#panic("stop")',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_reaches_nothing_and_its_fault_is_named(body: str) -> None:
    with pytest.raises(PluginError, match="the page of “swim”"):
        RENDERER.pdf(replace(PAGE, template=body))
    assert RENDERER.pdf(PAGE)


def test_a_body_is_given_the_facts() -> None:
    body = '#doc.facts.map(item => item.value.fr).join("+") distance #doc.record.distance'
    text = words(RENDERER.pdf(replace(PAGE, template=body)))
    assert "100 m distance 100" in text


@pytest.mark.parametrize(
    ("change", "fr", "en"),
    [
        ({"gender": "M"}, "né le 3 juillet 2008 à Rennes", "born on 3 July 2008 in Rennes"),
        ({"gender": ""}, "né(e) le 3 juillet 2008 à Rennes", "born on 3 July 2008 in Rennes"),
        ({"birth_place": ""}, "née le 3 juillet 2008", "born on 3 July 2008"),
        (
            {"birth_place": "Dakar", "birth_country": "SN"},
            "née le 3 juillet 2008 à Dakar (SN)",
            "born on 3 July 2008 in Dakar (SN)",
        ),
        (
            {"usual_name": "MOREAU"},
            "née le 3 juillet 2008 à Rennes, nom d’usage MOREAU",
            "born on 3 July 2008 in Rennes, usual name MOREAU",
        ),
    ],
)
def test_birth(change: dict[str, Any], fr: str, en: str) -> None:
    assert birth(replace(RECORD, subject=replace(SUBJECT, **change))) == Text(fr, en)


def test_validity() -> None:
    ended = replace(RECORD, valid_until=dt.date(2029, 7, 1))
    shown = awarded(ended, dt.date(2026, 11, 27))
    assert shown.fr == "Délivré le 7 juillet 2026, valable jusqu’au 1er juillet 2029"


def test_a_day_that_nobody_says_is_not_on_the_page() -> None:
    undated = replace(RECORD, awarded_on=None)
    shown = awarded(undated, dt.date(2026, 11, 27))
    assert shown == Text("Scellé le 27 novembre 2026", "Sealed on 27 November 2026")


def test_preview_is_a_picture() -> None:
    assert RENDERER.png(PAGE).startswith(b"\x89PNG")
