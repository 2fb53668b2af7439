"""XML from strangers: what is read, what is refused, and what a dead property keeps."""

from __future__ import annotations

import time

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from vault_core.dav import xml_in
from vault_core.dav.errors import RefusedError
from vault_core.dav.xml_out import escape
from vault_core.errors import BadRequest, ParcheminError, TooLarge

HOSTILE = {
    "empty": (b"", BadRequest),
    "not XML": (b"hello", BadRequest),
    "cut": (b"<a><b>", BadRequest),
    "two roots": (b"<a/><b/>", BadRequest),
    "undeclared prefix": (b"<D:a/>", BadRequest),
    "undeclared prefix of an attribute": (b"<a x:b='1'/>", BadRequest),
    "empty prefix": (b'<a xmlns:b=""/>', BadRequest),
    "xmlns as a prefix": (b'<a xmlns:xmlns="x"/>', BadRequest),
    "xml bound elsewhere": (b'<a xmlns:xml="x"/>', BadRequest),
    "two colons": (b'<a:b:c xmlns:a="x"/>', BadRequest),
    "colon first": (b"<:a/>", BadRequest),
    "brace in a namespace": (b'<a xmlns="x}y"/>', BadRequest),
    "same attribute twice": (b'<a xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>', BadRequest),
    "document type": (b"<!DOCTYPE a><a/>", BadRequest),
    "entity": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', BadRequest),
    "external document type": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', RefusedError),
    "external entity": (
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        BadRequest,
    ),
    "billion laughs": (
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
        BadRequest,
    ),
    "undefined entity": (b"<a>&nbsp;</a>", BadRequest),
    "too deep": (b"<a>" * 65 + b"</a>" * 65, BadRequest),
    "depth of 10,000": (b"<a>" * 10_000, BadRequest),
    "too many elements": (b"<a>" + b"<b/>" * 4096 + b"</a>", BadRequest),
    "too many attributes": (
        b"<a " + b" ".join(b"b%d=''" % n for n in range(65)) + b"/>",
        BadRequest,
    ),
    "too many namespaces": (
        b"<a " + b" ".join(b"xmlns:b%d='%d'" % (n, n) for n in range(63)) + b"/>",
        BadRequest,
    ),
    "long namespace": (b'<a xmlns="' + b"x" * 1025 + b'"/>', BadRequest),
    "too large": (b"<a>" + b" " * xml_in.MAX_BODY + b"</a>", TooLarge),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', BadRequest),
    "broken UTF-8": (b"<a>\xff</a>", BadRequest),
    "control character": (b"<a>\x01</a>", BadRequest),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_documents_are_refused_quickly(case: str) -> None:
    document, error = HOSTILE[case]
    start = time.process_time()
    with pytest.raises(error):
        xml_in.parse(document)
    assert time.process_time() - start < 1, "processor time, however busy the machine is"


@given(st.binary(max_size=200))
def test_any_bytes_raise_only_our_errors(data: bytes) -> None:
    for document in (data, b"<a>" + data + b"</a>", b"<a " + data + b"/>"):
        try:
            xml_in.parse(document)
        except ParcheminError:
            continue


READ = {
    "default namespace": (b'<a xmlns="u"/>', "{u}a"),
    "prefix": (b'<p:a xmlns:p="u"/>', "{u}a"),
    "no namespace": (b"<a/>", "{}a"),
    "UTF-16": ('<?xml version="1.0" encoding="utf-16"?><a xmlns="ü"/>'.encode("utf-16"), "{ü}a"),
    "with a mark": (b"\xef\xbb\xbf<a/>", "{}a"),
}


@pytest.mark.parametrize("case", READ)
def test_names_are_resolved(case: str) -> None:
    document, name = READ[case]
    assert xml_in.parse(document).name == name


KEPT = {
    "text": b'<p xmlns="u">text</p>',
    "markup as text": b'<p xmlns="u">&lt;a&gt; &amp; &quot;b&quot;</p>',
    "attribute": b"<p xmlns='u' a='1 &amp; &quot;2&quot;'/>",
    "line ends in an attribute": b"<p xmlns='u' a='1&#10;2&#9;3&#13;4'/>",
    "children": b'<p xmlns="u"><a/>x<b xmlns="v"><c/></b>y<a/></p>',
    "prefixed children": b'<x:p xmlns:x="u" xmlns:y="v"><y:a y:b="1"/><x:c/></x:p>',
    "default undone": b'<p xmlns="u"><a xmlns=""><b/></a></p>',
    "prefix bound again": b'<x:p xmlns:x="u"><x:a xmlns:x="v"/><x:b/></x:p>',
    "high": "<p xmlns='ü'>\U0001f600\u00e9</p>".encode(),
    "carriage return": b'<p xmlns="u">a&#13;b</p>',
    "no namespace": b"<p><a/></p>",
    "CDATA": b'<p xmlns="u"><![CDATA[<a>&]]></p>',
}


@pytest.mark.parametrize("case", KEPT)
def test_a_property_survives_being_moved_elsewhere(case: str) -> None:
    inside = b'<D:prop xmlns:D="DAV:">' + KEPT[case] + b"</D:prop>"
    (element,) = xml_in.parse(inside).children
    again = f'<D:prop xmlns:D="DAV:">{xml_in.serialise(element)}</D:prop>'
    assert _shape(ElementTree.fromstring(again)) == _shape(ElementTree.fromstring(inside))
    twice = xml_in.serialise(xml_in.parse(again.encode()).children[0])
    assert twice == xml_in.serialise(element), "the stored form is stable"


def _shape(element: object) -> tuple[object, ...]:
    tag, text = element.tag, element.text or ""  # type: ignore[attr-defined]
    children = [(_shape(child), child.tail or "") for child in element]  # type: ignore[attr-defined]
    return tag, dict(element.attrib), text, children  # type: ignore[attr-defined]


def test_the_language_in_scope_is_kept() -> None:
    root = xml_in.parse(b'<prop xmlns="DAV:" xml:lang="fr"><p xmlns="u">bonjour</p></prop>')
    assert 'xml:lang="fr"' in xml_in.serialise(root.children[0])


def test_a_prefix_in_a_value_keeps_its_declaration() -> None:
    root = xml_in.parse(b'<a xmlns:q="urn:q" xmlns:z="urn:z"><p xmlns="u">q:name</p></a>')
    text = xml_in.serialise(root.children[0])
    assert 'xmlns:q="urn:q"' in text
    assert "urn:z" not in text


def test_prefixes_are_kept_as_written() -> None:
    root = xml_in.parse(b'<a><x:p xmlns:x="u"/></a>')
    assert xml_in.serialise(root.children[0]) == '<x:p xmlns:x="u"/>'


@given(st.text(max_size=60))
def test_escaped_text_is_always_well_formed(text: str) -> None:
    document = f'<a b="{escape(text)}">{escape(text)}</a>'
    found = ElementTree.fromstring(document.encode("utf-8")).text or ""
    writable = "".join(c for c in text if c.isprintable() or c in "\t\n\r")
    assert "".join(c for c in found if c.isprintable() or c in "\t\n\r").replace(
        "\ufffd", ""
    ) == writable.replace("\ufffd", "")
