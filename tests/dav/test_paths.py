"""URLs to paths and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_core.dav import paths
from vault_core.errors import BadRequest, InvalidName
from vault_core.vault.nodes.names import normalise

ACCEPTED = {
    "root": ("/dav/", ()),
    "root without slash": ("/dav", ()),
    "document": ("/dav/a.txt", ("a.txt",)),
    "folder": ("/dav/a/", ("a",)),
    "doubled slashes": ("/dav//a///b", ("a", "b")),
    "query": ("/dav/a?b=/c", ("a",)),
    "escapes": ("/dav/a%20b%2Cc", ("a b,c",)),
    "lower-case escapes": ("/dav/%c3%a9", ("é",)),
    "decoded once": ("/dav/%2541", ("%41",)),
    "decomposed becomes composed": ("/dav/e%CC%81", ("é",)),
    "raw UTF-8": ("/dav/\udcc3\udca9", ("é",)),
    "absolute form": ("http://host:1/dav/a", ("a",)),
    "encoded question mark": ("/dav/a%3Fb", ("a?b",)),
    "plus is plus": ("/dav/a+b", ("a+b",)),
    "backslash is a character": ("/dav/a%5Cb", ("a\\b",)),
    "three dots": ("/dav/...", ("...",)),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_parse(case: str) -> None:
    raw, path = ACCEPTED[case]
    assert paths.parse(raw, "/dav") == path


REFUSED = {
    "outside": "/other/a",
    "prefix of another": "/davos",
    "encoded prefix": "/d%61v/a",
    "dot": "/dav/./a",
    "dots": "/dav/../a",
    "dots below": "/dav/a/..",
    "encoded dots": "/dav/%2e%2e/a",
    "half-encoded dots": "/dav/.%2E/a",
    "encoded slash": "/dav/a%2Fb",
    "encoded dots and slash": "/dav/..%2f..%2fetc",
    "NUL": "/dav/a%00b",
    "CR LF": "/dav/a%0d%0aSet-Cookie:x",
    "DEL": "/dav/a%7f",
    "overlong UTF-8": "/dav/%c0%ae%c0%ae",
    "surrogate": "/dav/%ed%a0%80",
    "Latin-1": "/dav/%e9",
    "broken escape": "/dav/a%zz",
    "cut escape": "/dav/a%4",
    "fragment": "/dav/a#b",
    "bidi": "/dav/%e2%80%ae",
    "long name": "/dav/" + "a" * 256,
    "deep": "/dav" + "/a" * 257,
    "star": "*",
    "empty": "",
}


@pytest.mark.parametrize("case", REFUSED)
def test_parse_refuses(case: str) -> None:
    with pytest.raises((BadRequest, InvalidName)):
        paths.parse(REFUSED[case], "/dav")


def _is_name(text: str) -> bool:
    try:
        return normalise(text) == text
    except InvalidName:
        return False


@given(st.lists(st.text(max_size=30).filter(_is_name), max_size=6), st.booleans())
def test_what_href_writes_parse_reads(names: list[str], is_folder: bool) -> None:
    href = paths.href(tuple(names), is_folder, "/dav")
    assert href.isascii()
    assert not set("<>&\"'#? \r\n") & set(href)
    assert paths.parse(href, "/dav") == tuple(names)


@given(st.text(max_size=40))
def test_any_text_is_a_path_or_one_of_our_errors(text: str) -> None:
    try:
        path = paths.parse("/dav/" + text, "/dav")
    except (BadRequest, InvalidName):
        return
    assert all(name not in ("", ".", "..") and "/" not in name for name in path)
