"""The tags of a page that typst set, written anew around other texts (ISO 32000-1, section 14.7).

They are as typst writes them: the texts after the heading in one span, each fact in a block.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vault_core.issuing.pages.blank import Unfit
from vault_core.issuing.pdf.file import PdfFile
from vault_core.issuing.pdf.syntax import Reference, Value

MIDDLE = 13
"""Texts between head and foot of the page that typst sets: see `page_base.base_page`."""
_HEADING = b"/Type/StructElem/S/H1/"
_KIDS = re.compile(rb"/K\[(\d+(?: \d+)*)\]")
_BLOCK = b"/A[<</O/Layout/Placement/Block>>]"


@dataclass(frozen=True)
class Tree:
    """The tags of a page that typst set: which elements stand before, in and after the middle."""

    root: int
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

    @property
    def written_anew(self) -> set[int]:
        """The objects that are different in each kind of page, or are not there."""
        return {self.document, self.parents, self.destination, *self.after, *self.freed}

    def around(
        self, texts: int, facts: Sequence[int], page: int, destination: bytes, unused: int
    ) -> dict[int, bytes]:
        """Objects of a page with so many texts after its heading, and in each of its facts.

        `destination` is where its outline leads; no object has the number `unused`, or a higher
        one.
        """
        numbers = itertools.chain(self.freed, itertools.count(unused))
        span, start = next(numbers), self.mark + 1
        objects = {span: _span(self.document, range(start, start + texts), page)}
        owners = [*self.owners[:start], *[span] * texts]
        between = [span]
        if facts:
            block = next(numbers)
            between.append(block)
            divs = []
            for count in facts:
                div, inner = next(numbers), next(numbers)
                marks = range(len(owners), len(owners) + count)
                objects |= {div: _div(block, [inner]), inner: _span(div, marks, page)}
                owners += [inner] * count
                divs.append(div)
            objects[block] = _div(self.document, divs)
        shift = len(owners) - self.mark - MIDDLE
        objects |= {one: _shifted(body, shift) for one, body in self.after.items()}
        owners += self.owners[self.mark + MIDDLE :]
        objects[self.document] = b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (
            self.root, _listed((*self.head, self.heading, *between, *self.tail)),
        )  # fmt: skip
        objects[self.parents] = b"[%s]" % _listed(owners)
        objects[self.destination] = destination
        return objects | {one: b"null" for one in self.freed if one not in objects}


def read_tree(file: PdfFile) -> Tree:
    """Raises Unfit if the tags are not as typst writes them."""
    root = file.reference(file.catalog.get("StructTreeRoot")).number
    entries = file.dictionary(Reference(root, 0))
    [document] = [file.reference(kid).number for kid in file.array(entries.get("K"))]
    numbers = file.array(file.dictionary(entries.get("ParentTree")).get("Nums"))
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
    return Tree(
        root, document, parents, heading, mark, destination, head, tail, after, owners, freed,
    )  # fmt: skip


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


def _listed(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % one for one in numbers)


def _div(parent: int, kids: Sequence[int]) -> bytes:
    return b"<</Type/StructElem/S/Div/P %d 0 R/K[%s]>>" % (parent, _listed(kids))


def _span(parent: int, marks: Sequence[int], page: int) -> bytes:
    listed = b" ".join(b"%d" % mark for mark in marks)
    return b"<</Type/StructElem/S/Span/P %d 0 R%s/K[%s]/Pg %d 0 R>>" % (
        parent, _BLOCK, listed, page,
    )  # fmt: skip


def _shifted(body: bytes, shift: int) -> bytes:
    def moved(match: re.Match[bytes]) -> bytes:
        return b"/K[%s]" % b" ".join(b"%d" % (int(one) + shift) for one in match[1].split())

    return _KIDS.sub(moved, body)
