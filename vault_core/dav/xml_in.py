"""Request bodies: XML from strangers, bounded while it is parsed and not afterwards.

No document type, no entity but the five predefined ones, and no more than the stated depth,
elements, attributes and namespaces: each bound is checked before an element is kept. Namespaces
are resolved here rather than by expat, for a dead property keeps its prefixes (RFC 4918 4.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.expatreader import DefusedExpatParser

from vault_core.dav.clark import dav
from vault_core.dav.errors import RefusedError
from vault_core.dav.xml_out import escape
from vault_core.errors import BadRequest, TooLarge

MAX_BODY: Final = 64 * 1024
"""Bytes of a request's XML."""
MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 4096
MAX_ATTRIBUTES: Final = 64
MAX_NAMESPACES: Final = 64
"""In scope at once."""

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
# Only where a name begins: a long word would otherwise be scanned from each of its letters.
_PREFIX_IN_USE = re.compile(r"(?<![\w.-])([^\W\d][\w.-]*+):")


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its Clark name, its name as written, and what it holds, in order."""

    name: str
    written: str
    attributes: tuple[tuple[str, str], ...]
    """As written, without the declarations of namespaces."""
    namespaces: Mapping[str, str]
    """In scope, by prefix; "" is the default namespace."""
    language: str
    """xml:lang in scope, "" for none."""
    content: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """The elements directly inside."""
        return [part for part in self.content if isinstance(part, Element)]

    def child(self, local: str) -> Element | None:
        """The first element inside of that local name in `DAV:`."""
        name = dav(local)
        return next((part for part in self.children if part.name == name), None)

    @property
    def text(self) -> str:
        """The character data directly inside, trimmed."""
        return "".join([part for part in self.content if isinstance(part, str)]).strip()


def parse(body: bytes) -> Element:
    """The root element of a document.

    Raises TooLarge over MAX_BODY, RefusedError (403, no-external-entities) for a document type that
    points elsewhere, and BadRequest for any other document type, for what is not well-formed with
    namespaces, and beyond the bounds.
    """
    if len(body) > MAX_BODY:
        raise TooLarge(f"The XML of a request may have {MAX_BODY} bytes.")
    builder = _Builder()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(builder)
    try:
        parser.feed(body)
        parser.close()
    except DTDForbidden as error:
        raise _document_type(error) from None
    except DefusedXmlException:
        raise BadRequest("Entities are not accepted in XML.") from None
    except (SAXException, UnicodeError, LookupError, ValueError):
        raise BadRequest("The XML of the request is not well-formed.") from None
    if builder.root is None:
        raise BadRequest("The XML of the request has no element.")
    return builder.root


def _document_type(error: DTDForbidden) -> RefusedError | BadRequest:
    if error.sysid or error.pubid:
        return RefusedError(403, "External entities are not read.", "no-external-entities")
    return BadRequest("A document type is not accepted in XML.")


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._count += 1
        pairs = attrs.items()
        within_bounds = len(self._open) < MAX_DEPTH and self._count <= MAX_ELEMENTS
        if not within_bounds or len(pairs) > MAX_ATTRIBUTES:
            raise BadRequest("The XML of the request nests too deep or has too many parts.")
        element = _element(name, pairs, self._open[-1] if self._open else None)
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: N802
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].content.append(content)


def _element(written: str, pairs: list[tuple[str, str]], parent: Element | None) -> Element:
    namespaces: Mapping[str, str] = parent.namespaces if parent else {"": "", "xml": _XML}
    declared = {name[6:]: uri for name, uri in pairs if name == "xmlns" or name[:6] == "xmlns:"}
    if declared:
        _check_declarations(declared)
        namespaces = {**namespaces, **declared}
        if len(namespaces) > MAX_NAMESPACES:
            raise BadRequest("The XML of the request declares too many namespaces.")
    attributes = tuple(
        [(name, value) for name, value in pairs if name != "xmlns" and name[:6] != "xmlns:"]
    )
    seen = [resolve(name, namespaces) if ":" in name else name for name, _ in attributes]
    if len(set(seen)) < len(seen):
        raise BadRequest("The XML of the request repeats an attribute.")
    inherited = parent.language if parent else ""
    language = next((value for name, value in attributes if name == "xml:lang"), inherited)
    return Element(resolve(written, namespaces), written, attributes, namespaces, language)


def _check_declarations(declared: Mapping[str, str]) -> None:
    """Namespaces in XML 1.0, sections 2.2 and 3: what may be declared, and how long here."""
    for prefix, uri in declared.items():
        reserved = prefix == "xmlns" or uri == _XMLNS or (prefix == "xml") != (uri == _XML)
        if reserved or (prefix and not uri) or ":" in prefix or len(uri) > 1024 or "}" in uri:
            raise BadRequest("The XML of the request declares a namespace that is not allowed.")


def resolve(written: str, namespaces: Mapping[str, str]) -> str:
    """The Clark name of a name as written. Raises BadRequest if its prefix is not declared."""
    prefix, colon, local = written.rpartition(":")
    if colon and (not prefix or not local or prefix not in namespaces):
        raise BadRequest("The XML of the request uses a prefix that it does not declare.")
    return f"{{{namespaces[prefix]}}}{local}"


def serialise(element: Element) -> str:
    """The element as a document of its own: it can be put verbatim where any prefix is in scope.

    Prefixes stay as they were; the namespaces and the xml:lang that it inherits are declared on it.
    """
    body = _write(element, element.namespaces)
    prefixes = {"", *_PREFIX_IN_USE.findall(body)}
    declarations = "".join(
        [
            f' xmlns{":" if prefix else ""}{prefix}="{escape(uri)}"'
            for prefix, uri in element.namespaces.items()
            if prefix in prefixes and prefix != "xml" and (prefix or uri)
        ]
    )
    if element.language and all(name != "xml:lang" for name, _ in element.attributes):
        declarations += f' xml:lang="{escape(element.language)}"'
    start = 1 + len(element.written)
    return body[:start] + declarations + body[start:]


def serialise_content(element: Element) -> str:
    """What is inside of an element, each element in it as a document of its own."""
    return "".join(
        [escape(part) if isinstance(part, str) else serialise(part) for part in element.content]
    )


def _write(element: Element, outer: Mapping[str, str]) -> str:
    """The element where `outer` is in scope; depth is bounded by MAX_DEPTH."""
    pairs = [f' {name}="{_attribute(value)}"' for name, value in element.attributes]
    if element.namespaces is not outer:
        pairs += [
            f' xmlns{":" if prefix else ""}{prefix}="{escape(uri)}"'
            for prefix, uri in element.namespaces.items()
            if outer.get(prefix) != uri
        ]
    start = element.written + "".join(pairs)
    if not element.content:
        return f"<{start}/>"
    inside = "".join(
        [
            escape(part) if isinstance(part, str) else _write(part, element.namespaces)
            for part in element.content
        ]
    )
    return f"<{start}>{inside}</{element.written}>"


def _attribute(value: str) -> str:
    """Line ends and tabs as references, for a parser would make them spaces."""
    return escape(value).replace("\t", "&#9;").replace("\n", "&#10;")
