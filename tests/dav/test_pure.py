"""Ranges, dates, entity tags, credentials and time-outs, apart from any server."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_core.dav import auth
from vault_core.dav.call import Limits
from vault_core.dav.get import representation
from vault_core.dav.locks import timeout
from vault_core.errors import AccessDenied, BadRequest
from vault_core.http import conditions, ranges, times


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=64),
    st.integers(0, 250),
)
def test_ranges_are_inside_and_never_more_than_the_document(
    asked: list[tuple[int, int]], size: int
) -> None:
    text = "bytes=" + ",".join(f"{start}-{start + extra}" for start, extra in asked)
    found = ranges.parse(text, size)
    assert found is not None
    wanted = {n for a, extra in asked for n in range(a, min(a + extra + 1, size))}
    sent = {n for part in found for n in range(part.start, part.end)}
    assert wanted <= sent
    assert sum(part.length for part in found) == len(sent) <= size
    assert all(part.length > 0 for part in found)


@given(st.text(max_size=40))
def test_any_range_field_is_ranges_or_ignored(text: str) -> None:
    for found in (ranges.parse(text, 100), ranges.parse("bytes=" + text, 100)):
        assert found is None or sum(part.length for part in found) <= 100


@given(st.integers(-62135596800, 253402300799))
def test_dates_come_back(seconds: int) -> None:
    text = times.http_date(seconds * 1000)
    if int(text.split()[3]) >= 1000:
        assert times.parse_http_date(text) == seconds * 1000


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    for parse in (times.parse_http_date, times.parse_epoch):
        found = parse(text)
        assert found is None or len(times.iso_date(found)) == 20


DATES = {
    784887151_000: ("Tue, 15 Nov 1994 08:12:31 GMT", "1994-11-15T08:12:31Z"),
    0: ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"),
    -1: ("Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"),
    10**18: ("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"),
    -(10**18): ("Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("milliseconds", DATES)
def test_dates_are_written(milliseconds: int) -> None:
    assert (times.http_date(milliseconds), times.iso_date(milliseconds)) == DATES[milliseconds]


TAGS = {
    '"a"': {'"a"'},
    ' "a" , W/"b"': {'"a"', 'W/"b"'},
    '"a,b"': {'"a,b"'},
    '""': {'""'},
    "*": None,
}


@pytest.mark.parametrize("text", TAGS)
def test_entity_tags(text: str) -> None:
    assert conditions.entity_tags(text) == TAGS[text]


@pytest.mark.parametrize("text", ["", "a", '"a', '"a" "b"', "*, *", '"a" x', 'w/"a"'])
def test_malformed_entity_tags(text: str) -> None:
    with pytest.raises(BadRequest):
        conditions.entity_tags(text)


def _basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_credentials() -> None:
    assert auth.credentials("Basic " + _basic("ada:p:w")) == ("ada", "p:w")
    assert auth.credentials("bAsIc " + _basic("é:ü")) == ("é", "ü")


@pytest.mark.parametrize(
    "field",
    [None, "", "Basic", "Basic ", "Bearer x", "Basic !!!", "Basic " + _basic("nocolon"),
     "Basic " + _basic(":pw"), "Basic " + _basic("user:"), "Basic " + "A" * 2000,
     "Basic /w=="],
)  # fmt: skip
def test_what_is_no_credential_is_denied(field: str | None) -> None:
    with pytest.raises(AccessDenied):
        auth.credentials(field)


TIMEOUTS = {
    "Second-600": 600,
    "Infinite": 86400,
    "Infinite, Second-4100000000": 86400,
    "Second-4100000000": 86400,
    "Second-0": 1,
    "Second-" + "9" * 400: 86400,
    "Second--5": 3600,
    "Second-x, Second-7": 7,
    "soon": 3600,
    "": 3600,
}


@pytest.mark.parametrize("field", TIMEOUTS)
def test_timeouts_are_bounded(field: str) -> None:
    assert timeout(field, Limits()) == TIMEOUTS[field]


MEDIA_TYPES = {
    "text/html": b"Content-Type: text/html\r\nContent-Disposition: attachment\r\n",
    "text/plain; charset=utf-8": b"Content-Type: text/plain; charset=utf-8\r\n",
    "IMAGE/PNG": b"Content-Type: IMAGE/PNG\r\n",
    "image/svg+xml": b"Content-Type: image/svg+xml\r\nContent-Disposition: attachment\r\n",
    "": b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n",
    "a/b\r\nX: y": b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n",
    "image/png\n": b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n",
}


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_media_types_cannot_break_out_of_their_line(media_type: str) -> None:
    assert representation(media_type) == MEDIA_TYPES[media_type]
