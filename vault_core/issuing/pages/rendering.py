"""A certificate's page: presentation and record in, PDF/A-3a bytes out.

The page is set by typst, in both languages, tagged for screen readers (PDF/UA-1), with what is
attached to it inside. The same page gives the same bytes, on every machine: fonts come with
typst, and the only time in the file is `Page.issued_at`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from vault_core.api import Fact, Issuer, Language, Presentation, Reason, Record, Text
from vault_core.errors import PluginError
from vault_core.fields import date_en, date_fr
from vault_core.issuing.pdf.file import PdfFile, open_pdf
from vault_core.issuing.symbols.barcodes import Symbol

STANDARDS: list[Any] = ["a-3a", "ua-1"]
SPECIMEN_STANDARDS: list[Any] = ["a-3b"]
TEMPLATE = Path(str(files("vault_core.issuing.pages") / "templates" / "certificate.typ"))
SPECIMEN = TEMPLATE.with_name("specimen.typ")

_FORBIDDEN = re.compile(r"\b(?:import|include|eval)\b")
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")

BESIDE = 96
"""Letters of a birth in both languages that fit beside one another; longer ones are stacked."""

NO_TEXT = Text("", "")
TWODDOC_NOTICE = Text("2D-Doc de démonstration", "2D-Doc for demonstration")
"""Said beside a 2D-Doc that a test authority signed; a page without one does not say it."""
LEAD = Text("Il est certifié que", "This certifies that")
CHECK = Text("Clé de contrôle", "Verification code")
QR_ALT = Text("QR code de l’adresse de vérification", "QR code of the verification address")
SEAL = Text(
    "Scellé électroniquement par l’émetteur : ce fichier fait foi, son impression se vérifie.",
    "Sealed electronically by the issuer: this file is the original, its print can be verified.",
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file inside the PDF; `relationship` is PDF 2.0's AFRelationship, in lower case."""

    name: str
    text: str
    media_type: str
    description: str
    relationship: str = "data"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that stands on one certificate.

    `qr` and `datamatrix` are left out if None, `verification_code` is as people read it, in
    groups, `issued_at` an aware time. `template` is the document type's body (see
    docs/plugin-hooks.md), `notice` a warning such as that the seal is a test seal.
    """

    presentation: Presentation
    record: Record
    issuer: Issuer
    certificate_id: str
    issued_at: dt.datetime
    verification_code: str = ""
    verification_url: str = ""
    qr: Symbol | None = None
    datamatrix: Symbol | None = None
    notice: Text = NO_TEXT
    attachments: tuple[Attachment, ...] = ()
    template: str = ""
    language: Language = "fr"


class Renderer:
    """A warm typesetter. It may be used from any thread, by one at a time; make one a process."""

    def __init__(self) -> None:
        import typst  # a server that renders nothing does without its 10 MB

        # the system's fonts stay out: the same page must be the same bytes everywhere
        fonts = typst.Fonts(include_system_fonts=False)
        self._compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts)
        self._specimens = typst.Compiler(SPECIMEN, root=TEMPLATE.parent, font_paths=fonts)
        self._lock = threading.Lock()

    def pdf(self, page: Page) -> bytes:
        """The page as PDF/A-3a and PDF/UA-1, ending in a newline, ready to be sealed.

        Raises PluginError if the document type's template is at fault.
        """
        return self.typeset(view(page), page)

    def sheet(self, page: Page) -> PdfFile:
        """`pdf`, opened."""
        return open_pdf(self.pdf(page))

    def typeset(self, shown: Mapping[str, Any], page: Page, faces: str = "[]") -> bytes:
        """`pdf` of a view that need not be the page's; `faces` are embedded with an alphabet."""
        data = self._compile(
            shown,
            page,
            faces,
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=int(page.issued_at.timestamp()),
        )
        _check_one_sheet(page, data)
        # an incremental update that follows %%EOF without a newline breaks ISO 19005 6.1.9
        return data if data.endswith(b"\n") else data + b"\n"

    def png(self, page: Page, pixels_per_inch: float = 96) -> bytes:
        """The page as a picture, for previews."""
        return self._compile(view(page), page, "[]", format="png", ppi=pixels_per_inch)

    def specimen(self, lines: str) -> bytes:
        """A PDF of single lines, each in a face: a JSON array of {font, weight, style, text}."""
        with self._lock:
            result = self._specimens.compile(
                sys_inputs={"lines": lines}, format="pdf", pdf_standards=SPECIMEN_STANDARDS
            )
        if not isinstance(result, bytes):
            raise TypeError("a specimen runs over one sheet")
        return result

    def _compile(self, shown: Mapping[str, Any], page: Page, faces: str, **options: Any) -> bytes:
        _check_body(page)
        import typst

        inputs = {**_inputs(shown, page), "faces": faces}
        try:
            with self._lock:
                result = self._compiler.compile(sys_inputs=inputs, **options)
        except typst.TypstError as error:
            raise PluginError(
                Reason(
                    f"la page de « {page.record.type_id} » ne peut être composée : {error.message}",
                    f"the page of “{page.record.type_id}” cannot be set: {error.message}",
                )
            ) from error
        if not isinstance(result, bytes):
            raise _too_long(page)
        return result


def _check_body(page: Page) -> None:
    """Imports would fetch packages from the network, or this template again without end."""
    if word := _FORBIDDEN.search(page.template):
        raise PluginError(
            Reason(
                f"la page de « {page.record.type_id} » ne peut être composée : son modèle ne doit "
                f"pas utiliser « {word[0]} »",
                f"the page of “{page.record.type_id}” cannot be set: its template must not use "
                f"“{word[0]}”",
            )
        )


def _check_one_sheet(page: Page, data: bytes) -> None:
    sheets = _PAGES.search(data)
    if sheets is None or int(sheets[1]) != 1:
        raise _too_long(page)


def _too_long(page: Page) -> PluginError:
    return PluginError(
        Reason(
            f"la page de « {page.record.type_id} » dépasse une feuille : raccourcissez ses faits "
            "ou son modèle",
            f"the page of “{page.record.type_id}” runs over one sheet: shorten its facts or "
            "template",
        )
    )


def _inputs(shown: Mapping[str, Any], page: Page) -> dict[str, str]:
    """typst takes texts only: the page as JSON, and what is attached or drawn as it is."""
    attachments = {f"attachment-{at}": item.text for at, item in enumerate(page.attachments)}
    symbols = {"qr": page.qr, "datamatrix": page.datamatrix}
    drawn = {name: symbol.svg for name, symbol in symbols.items() if symbol}
    return {"page": json.dumps(shown, ensure_ascii=False), **attachments, **drawn}


def view(page: Page) -> dict[str, Any]:
    """What the template is given of a page, as JSON values."""
    shown, subject = page.presentation, page.record.subject
    name = full_name(page.record)
    heading, born = shown.title[page.language], birth(page.record)
    return {
        "language": page.language,
        "heading": f"{heading} – {name}",
        "summary": f"{heading}, {page.issuer.name[page.language]}",
        "title": _pair(shown.title),
        "title-size": 32 if len(shown.title.fr) <= 38 else 24,
        "subtitle": _pair(shown.subtitle),
        "distinction": _pair(shown.distinction),
        "lead": _pair(LEAD),
        "name": name,
        "name-size": 29 if len(name) <= 34 else 21 if len(name) <= 48 else 14,
        "birth": _pair(born),
        "birth-apart": len(born.fr) + len(born.en) > BESIDE,
        "statement": _pair(shown.statement),
        "facts": [
            {
                "id": fact.id,
                "title": _pair(fact.title),
                "value": _pair(fact.value),
                "gauge": gauge(fact),
            }
            for fact in shown.facts
            # what the page says large, it does not say again
            if fact.value not in (shown.subtitle, shown.distinction)
        ],
        "record": dict(page.record.facts),
        "subject": {"ine": subject.ine, "family-name": subject.family_name},
        "body": page.template,
        "issuer": _pair(page.issuer.name),
        "criteria": _pair(shown.criteria),
        "awarded": _pair(awarded(page.record, page.issued_at.date())),
        "seal": _pair(SEAL),
        "check": _pair(CHECK),
        "notice": _pair(_notice(page)),
        "certificate": page.certificate_id,
        "code": page.verification_code,
        "url-shown": page.verification_url.removeprefix("https://"),
        "qr": page.qr is not None,
        "qr-alt": QR_ALT[page.language],
        "datamatrix": page.datamatrix is not None,
        "datamatrix-alt": "2D-Doc",
        "attachments": [
            {
                "name": item.name,
                "media-type": item.media_type,
                "description": item.description,
                "relationship": item.relationship,
            }
            for item in page.attachments
        ],
    }


def _notice(page: Page) -> Text:
    unneeded = page.notice == TWODDOC_NOTICE and page.datamatrix is None
    return NO_TEXT if unneeded else page.notice


def _pair(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}


def gauge(fact: Fact) -> str:
    """A level as marks, `▰▰▰▱▱`, for facts that have one."""
    level, top = fact.gauge
    return "▰" * level + "▱" * (top - level)


def full_name(record: Record) -> str:
    """Given names, then the family name, as French certificates write a person."""
    return f"{' '.join(record.subject.given_names)} {record.subject.family_name}"


def birth(record: Record) -> Text:
    """`née le 3 juillet 2008 à Rennes` and its translation, with the usual name if there is one."""
    subject = record.subject
    born = {"F": "née", "M": "né"}.get(subject.gender, "né(e)")
    place = subject.birth_place
    foreign = f" ({subject.birth_country})" if subject.birth_country not in ("", "FR") else ""
    fr = f"{born} le {date_fr(subject.birth_date)}" + (f" à {place}{foreign}" if place else "")
    en = f"born on {date_en(subject.birth_date)}" + (f" in {place}{foreign}" if place else "")
    if subject.usual_name:
        return Text(
            f"{fr}, nom d’usage {subject.usual_name}", f"{en}, usual name {subject.usual_name}"
        )
    return Text(fr, en)


def awarded(record: Record, sealed_on: dt.date) -> Text:
    """When it was awarded, or sealed if nobody says that, and until when it holds if it ends."""
    day, end = record.awarded_on, record.valid_until
    if day is None:
        fr, en = f"Scellé le {date_fr(sealed_on)}", f"Sealed on {date_en(sealed_on)}"
    else:
        fr, en = f"Délivré le {date_fr(day)}", f"Awarded on {date_en(day)}"
    if end is None:
        return Text(fr, en)
    return Text(f"{fr}, valable jusqu’au {date_fr(end)}", f"{en}, valid until {date_en(end)}")
