"""The If header's grammar and meaning (RFC 4918 section 10.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_core.dav import if_header
from vault_core.dav.if_header import ResourceState
from vault_core.errors import BadRequest

HERE = ResourceState('"e1"', frozenset({"urn:a", "urn:b"}))
THERE = ResourceState('"e2"', frozenset({"urn:c"}))

MEANING = {
    "token": ("(<urn:a>)", True),
    "other token": ("(<urn:x>)", False),
    "tag": ('(["e1"])', True),
    "weak tag": ('([W/"e1"])', False),
    "token and tag": ('(<urn:a> ["e1"])', True),
    "token and wrong tag": ('(<urn:a> ["e9"])', False),
    "two lists": ("(<urn:x>) (<urn:b>)", True),
    "not": ("(Not <urn:x>)", True),
    "not, in other case": ("(NOT <urn:x>)", True),
    "not a token that is": ("(Not <urn:a>)", False),
    "not a tag": ('(Not ["e9"])', True),
    "no lock": ("(<DAV:no-lock>)", False),
    "not no lock": ("(<urn:x>) (Not <DAV:no-lock>)", True),
    "RFC 10.4.6": ('(<urn:a> ["x"]) (["e1"])', True),
    "tagged here": ("</dav/here> (<urn:a>)", True),
    "tagged there": ("</dav/there> (<urn:c>)", True),
    "tagged there, token of here": ("</dav/there> (<urn:a>)", False),
    "two tags, the second holds": ("</dav/there> (<urn:a>) </dav/here> (<urn:b>)", True),
    "one tag, two lists": ('</dav/there> (<urn:a>) (["e2"])', True),
    "no spaces": ('(Not<urn:x>["e1"])(<urn:y>)', True),
    "many spaces": ('  (  <urn:a>   [ "e1" ]  )  ', True),
}


@pytest.mark.parametrize("case", MEANING)
def test_meaning(case: str) -> None:
    text, holds = MEANING[case]
    states = {None: HERE, "/dav/here": HERE, "/dav/there": THERE}
    assert if_header.parse(text).holds(states) == holds


def test_every_token_is_submitted_even_in_a_list_that_does_not_hold() -> None:
    header = if_header.parse('(<urn:a> ["x"]) (Not <DAV:no-lock> <urn:b>)')
    assert header.tokens == {"urn:a", "urn:b", "DAV:no-lock"}


MALFORMED = {
    "empty": "",
    "empty list": "()",
    "no list": "<urn:a>",
    "tag without list at the end": "</a> (<urn:a>) </b>",
    "two tags": "</a> </b> (<urn:a>)",
    "tag after an untagged list": "(<urn:a>) </a> (<urn:b>)",
    "not alone": "(Not)",
    "not twice": "(Not Not <urn:a>)",
    "open": "(<urn:a>",
    "open tag": "(<urn:a",
    "nested": "((<urn:a>))",
    "unquoted tag": "([e1])",
    "word": "(hello)",
    "closing": ")",
    "comma": "(<urn:a>), (<urn:b>)",
    "33 resources": " ".join(f"</dav/{n}> (<urn:a>)" for n in range(33)),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(case: str) -> None:
    with pytest.raises(BadRequest):
        if_header.parse(MALFORMED[case])


@given(st.text(alphabet='()<>[]"W/Not urn:a\t', max_size=60))
def test_any_text_parses_or_is_a_bad_request(text: str) -> None:
    try:
        header = if_header.parse(text)
    except BadRequest:
        return
    assert all(entry.conditions for entry in header.lists)
    header.holds(dict.fromkeys(header.resources, HERE))
