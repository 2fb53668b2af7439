"""The page that typst sets once for all diplomas of one title, cut into head, middle and foot.

Its middle is left out: `vault_core.issuing.pages.composing` writes others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from vault_core.api import Fact, Text
from vault_core.issuing.pages import common_page
from vault_core.issuing.pages.blank import Moving, Unfit, own
from vault_core.issuing.pages.blank_file import BlankFile, take_apart
from vault_core.issuing.pages.blank_making import Told
from vault_core.issuing.pages.common_page import Sheet
from vault_core.issuing.pages.openings import Shown, probed_line
from vault_core.issuing.pages.page_tags import MIDDLE, read_tree
from vault_core.issuing.pages.rendering import NO_TEXT, Page
from vault_core.issuing.pages.text_runs import Run, array_of, number
from vault_core.issuing.pdf.file import open_pdf

_RULE = re.compile(rb"EMC/Artifact<</Type/Layout>>BDC\nq 1 0 0 -1 ([\d.]+) ([\d.]+) cm[^Q]*Q\n")

Part = bytes | int | Run


def base_page(page: Page) -> Page:
    """The page that typst sets: the title, no more lines than every page has, and one fact."""
    subject = replace(
        page.record.subject, given_names=("Camille",), family_name="Durand", usual_name="",
        birth_place="Rennes", birth_country="FR", gender="F",
    )  # fmt: skip
    fact = Fact("fact", Text("Titre", "Title"), Text("Valeur", "Valeur"))
    statement = Text("a satisfait aux épreuves.", "has passed the examination.")
    shown = replace(
        page.presentation, subtitle=NO_TEXT, distinction=NO_TEXT, facts=(fact,),
        statement=statement,
    )  # fmt: skip
    return replace(page, record=replace(page.record, subject=subject), presentation=shown)


class Base:
    """What all blanks of one title share: head, foot, faces, and the file around them."""

    def __init__(self, told: Told, page: Page, shown: Shown) -> None:
        """`told` of `base_page`, whose view with probes is `shown`. Raises Unfit."""
        file = open_pdf(told.data)
        self.tree = read_tree(file)
        self.proofs = 0
        self._shown = shown
        self._told = told
        self.faces = {face.name: face for face in told.faces.values()}
        self._fonts = {face.name: font for font, face in told.faces.items()}
        self._divide(told)
        self._file = take_apart(told.data, self.head, own(page, told.name), self.tree.written_anew)
        self._page = file.reference(file.array(file.dictionary(file.catalog["Pages"])["Kids"])[0])
        self._files: dict[tuple[object, ...], BlankFile] = {}

    def _divide(self, told: Told) -> None:
        """Cut what is drawn: before the heading, between, and the foot. Raises Unfit."""
        before, rest = _cut(told.parts, self.tree.mark)
        middle, tail = _cut(rest, self.tree.mark + MIDDLE)
        issuer, texts, foot = (_runs(told, parts) for parts in (before, middle, tail))
        rule = _RULE.search(b"".join(part for part in middle if isinstance(part, bytes)))
        if len(texts) != MIDDLE or rule is None or not issuer:
            raise Unfit
        self.head = b"".join(_written(part) for part in before)
        self.tail = [part if isinstance(part, int) else _written(part) for part in tail]
        self.rule = rule[0].replace(b" %s cm" % rule[2], b" %s cm", 1)
        self.paints = {"ink": texts[0].paint, "soft": texts[1].paint, "gold": issuer[0].paint}
        self.dot = array_of(texts[10].pieces), texts[11].x - texts[10].x
        self.top = min(run.y for run in issuer)
        self.foot = max(
            run.y + common_page.capitals(told.faces[run.font].name, float(run.size))
            for run in foot
            if run.x > common_page.LEFT - 1
        )

    def font(self, face: str) -> str:
        """The name by which the page's content calls a face. Raises Unfit."""
        try:
            return self._fonts[face]
        except KeyError as error:
            raise Unfit from error

    def opening(self, number: int, shown: Shown) -> int:
        """The opening of another page that shows the same as one of the foot's here."""
        for before, now in (
            *((self._shown[key], shown[key]) for key in ("certificate", "code", "url-shown")),
            *((self._shown["awarded"][key], shown["awarded"][key]) for key in ("fr", "en")),
        ):
            if probed_line(before) == (number, 0):
                found = probed_line(now)
                if found is not None:
                    return found[0]
        raise Unfit

    @property
    def moving(self) -> tuple[Moving, ...]:
        """The lines that numbers in `tail` are about."""
        return self._told.moving

    def file_of(self, sheet: Sheet) -> BlankFile:
        """The file of pages with the same texts in the same places of their tree."""
        shape = tuple(tuple(one.style.second for one in fact) for fact in sheet.facts)
        key = (len(sheet.texts), shape, round(sheet.heading_top, 2))
        found = self._files.get(key)
        if found is None:
            if len(self._files) >= 64:
                self._files.clear()
            found = self._files[key] = self._tagged(sheet)
        return found

    def _tagged(self, sheet: Sheet) -> BlankFile:
        """With the tags of these texts."""
        page = self._page.number
        destination = b"[%d 0 R/XYZ %s %s 0]" % (
            page, number(common_page.LEFT), number(sheet.heading_top + 10),
        )  # fmt: skip
        known = (*self._file.offsets, *self._file.own_numbers, *self.tree.written_anew)
        facts = [len(fact) for fact in sheet.facts]
        return self._file.with_objects(
            self.tree.around(len(sheet.texts), facts, page, destination, max(known) + 1)
        )


def _cut(parts: Sequence[Part], mark: int) -> tuple[list[Part], list[Part]]:
    """What is drawn before a marked content, and from it on. Raises Unfit."""
    begin = re.compile(rb"EMC/Span<</MCID %d(?:/[^>]*)?>>BDC" % mark)
    for at, part in enumerate(parts):
        match = begin.search(part) if isinstance(part, bytes) else None
        if match is not None and isinstance(part, bytes):
            before = [*parts[:at], part[: match.start()]]
            return before, [part[match.start() :], *parts[at + 1 :]]
    raise Unfit


def _runs(told: Told, parts: Sequence[Part]) -> list[Run]:
    """The lines among what is drawn."""
    found = (told.moving[part].run if isinstance(part, int) else part for part in parts)
    return [run for run in found if isinstance(run, Run)]


def _written(part: Part) -> bytes:
    """What does not move. Raises Unfit for what does."""
    if isinstance(part, int):
        raise Unfit
    return part.written(part.x, array_of(part.pieces)) if isinstance(part, Run) else part
