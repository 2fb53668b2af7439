"""The page that typst sets once for all diplomas of one title, cut into head, middle and foot.

Its middle is left out: `vault_core.issuing.composing` writes others. Its tags are written anew
around them, as typst writes them (ISO 32000-1, section 14.7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from vault_core.api import Fact, Text
from vault_core.issuing import common_page
from vault_core.issuing.blank import Moving, Unfit, own
from vault_core.issuing.blank_file import BlankFile, take_apart
from vault_core.issuing.blank_making import Told
from vault_core.issuing.common_page import Sheet
from vault_core.issuing.openings import Shown, probed_line
from vault_core.issuing.pdf_file import PdfFile, open_pdf
from vault_core.issuing.pdf_syntax import Reference, Value
from vault_core.issuing.rendering import NO_TEXT, Page
from vault_core.issuing.text_runs import Run, array_of, number

_HEADING = b"/Type/StructElem/S/H1/"
MIDDLE = 13
"""Texts between head and foot of the page that typst sets: see `base_page`."""
_KIDS = re.compile(rb"/K\[(\d+(?: \d+)*)\]")
_RULE = re.compile(rb"EMC/Artifact<</Type/Layout>>BDC\nq 1 0 0 -1 ([\d.]+) ([\d.]+) cm[^Q]*Q\n")
_BLOCK = b"/A[<</O/Layout/Placement/Block>>]"

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


@dataclass(frozen=True)
class _Tree:
    """The tags of a page that typst set: which elements stand before, in and after the middle."""

    document: int
    parents: int
    heading: int
    mark: int
    """The heading's marked content."""
    destination: int
    head: tuple[int, ...]
    """The document's children before the heading."""
    tail: tuple[int, ...]
    after: Mapping[int, bytes]
    """Elements of the tail, and of what they hold."""
    owners: tuple[int, ...]
    """By marked content, its element."""
    freed: tuple[int, ...]
    """Numbers of elements that are not used again."""


def _read_tree(file: PdfFile) -> _Tree:
    """Raises Unfit if the tags are not as typst writes them."""
    root = file.dictionary(file.catalog.get("StructTreeRoot"))
    [document] = [file.reference(kid).number for kid in file.array(root.get("K"))]
    numbers = file.array(file.dictionary(root.get("ParentTree")).get("Nums"))
    parents = file.reference(numbers[1]).number
    owners = tuple(file.reference(one).number for one in file.array(numbers[1]))
    kids = [file.reference(kid).number for kid in _kids(file, document)]
    [heading] = [kid for kid in kids if _HEADING in _raw(file, kid)]
    [mark] = _kids(file, heading)
    if not isinstance(mark, int):
        raise Unfit
    marks = {kid: list(_marks(file, kid)) for kid in kids}
    head = tuple(kid for kid in kids if marks[kid] and max(marks[kid]) < mark)
    tail = tuple(kid for kid in kids if marks[kid] and min(marks[kid]) >= mark + MIDDLE)
    after = {one: _raw(file, one) for kid in tail for one in _below(file, kid)}
    dropped = [kid for kid in kids if kid not in (*head, *tail, heading)]
    freed = tuple(sorted({one for kid in dropped for one in _below(file, kid)}))
    outline = file.dictionary(file.dictionary(file.catalog.get("Outlines")).get("First"))
    destination = file.reference(outline.get("Dest")).number
    return _Tree(document, parents, heading, mark, destination, head, tail, after, owners, freed)


def _kids(file: PdfFile, element: int) -> list[Value]:
    return [*file.array(file.dictionary(Reference(element, 0)).get("K"))]


def _below(file: PdfFile, element: int) -> Iterator[int]:
    yield element
    for kid in _kids(file, element):
        if isinstance(kid, Reference):
            yield from _below(file, kid.number)


def _marks(file: PdfFile, element: int) -> Iterator[int]:
    for one in _below(file, element):
        yield from (kid for kid in _kids(file, one) if isinstance(kid, int))


def _raw(file: PdfFile, element: int) -> bytes:
    _, end = file.object(element)
    return file.data[file.body(element) : end]


class Base:
    """What all blanks of one title share: head, foot, faces, and the file around them."""

    def __init__(self, told: Told, page: Page, shown: Shown) -> None:
        """`told` of `base_page`, whose view with probes is `shown`. Raises Unfit."""
        file = open_pdf(told.data)
        self.tree = _read_tree(file)
        self.proofs = 0
        self._shown = shown
        self._told = told
        self.faces = {face.name: face for face in told.faces.values()}
        self._fonts = {face.name: font for font, face in told.faces.items()}
        self._divide(told)
        without = (
            self.tree.document, self.tree.parents, self.tree.destination, *self.tree.after,
            *self.tree.freed,
        )  # fmt: skip
        self._file = take_apart(told.data, self.head, own(page, told.name), without)
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
        tree, page = self.tree, self._page.number
        texts, facts = len(sheet.texts), [len(fact) for fact in sheet.facts]
        shift = 1 + texts + sum(facts) - MIDDLE
        free = iter(tree.freed)
        last = max(*self._file.offsets, *self._file.own_numbers, *tree.freed, tree.document,
                   tree.parents, tree.destination, *tree.after)  # fmt: skip

        def fresh() -> int:
            nonlocal last
            found = next(free, 0)
            if not found:
                last += 1
                found = last
            return found

        span, block = fresh(), fresh()
        cells = [(fresh(), fresh()) for _ in facts]
        start = tree.mark + 1
        owners = [*tree.owners[: tree.mark + 1], *[span] * texts]
        objects = {span: _span(tree.document, range(start, start + texts), page)}
        start += texts
        for (div, inner), count in zip(cells, facts, strict=True):
            objects[div] = b"<</Type/StructElem/S/Div/P %d 0 R/K[%d 0 R]>>" % (block, inner)
            objects[inner] = _span(div, range(start, start + count), page)
            owners += [inner] * count
            start += count
        listed = b" ".join(b"%d 0 R" % div for div, _ in cells)
        objects[block] = b"<</Type/StructElem/S/Div/P %d 0 R/K[%s]>>" % (tree.document, listed)
        objects |= {one: _shifted(body, shift) for one, body in tree.after.items()}
        owners += tree.owners[tree.mark + MIDDLE :]
        kids = (*tree.head, tree.heading, span, *([block] if facts else []), *tree.tail)
        objects[tree.document] = self._document(kids)
        objects[tree.parents] = b"[%s]" % b" ".join(b"%d 0 R" % owner for owner in owners)
        objects[tree.destination] = b"[%d 0 R/XYZ %s %s 0]" % (
            page, number(common_page.LEFT), number(sheet.heading_top + 10),
        )  # fmt: skip
        objects |= dict.fromkeys(free, b"null")
        return self._file.with_objects(objects)

    def _document(self, kids: Sequence[int]) -> bytes:
        root = self._root
        listed = b" ".join(b"%d 0 R" % kid for kid in kids)
        return b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (root, listed)

    @cached_property
    def _root(self) -> int:
        file = open_pdf(self._told.data)
        return file.reference(file.catalog.get("StructTreeRoot")).number


def _span(parent: int, marks: Sequence[int], page: int) -> bytes:
    listed = b" ".join(b"%d" % mark for mark in marks)
    return b"<</Type/StructElem/S/Span/P %d 0 R%s/K[%s]/Pg %d 0 R>>" % (
        parent, _BLOCK, listed, page,
    )  # fmt: skip


def _shifted(body: bytes, shift: int) -> bytes:
    def moved(match: re.Match[bytes]) -> bytes:
        return b"/K[%s]" % b" ".join(b"%d" % (int(one) + shift) for one in match[1].split())

    return _KIDS.sub(moved, body)


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
