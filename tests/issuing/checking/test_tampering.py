"""Every way of passing off something else as a certificate is told in a sentence of its own."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.issuing.house import Row, code, credential, house
from vault_core.issuing.certificates.verifying import check_file
from vault_core.issuing.checking.answer import Answer
from vault_core.issuing.checking.snapshot import read_snapshot
from vault_core.issuing.checking.trust import Trust


@dataclass(frozen=True)
class Exhibits:
    """Certificates of every fate, and the trust that an employer has."""

    trust: Trust
    good: bytes
    other: bytes
    revoked: bytes
    replaced: bytes
    foreign: bytes
    expiring: bytes


async def _collect(here: Path, elsewhere: Path) -> Exhibits:
    async with house(here) as ours:
        found = []
        for number in range(4):
            row: Row = ours.row("bac", number)
            holder = await ours.holder("bac", row, f"person{number}")
            await ours.deliver("bac", row)
            found.append(await ours.fetch_one(holder))
            if number == 2:
                await ours.institution.certificates.revoke(await ours.newest(), "fraud")
        await ours.deliver("bac", {**row, "birth_place": "Ys"})
        pix = ours.row("pix", 9)
        holder = await ours.holder("pix", pix, "person9")
        await ours.deliver("pix", pix)
        expiring = await ours.fetch_one(holder)
        trusting = ours.institution.trusting
        trust = read_snapshot(await trusting.snapshot(), trusting.institution_key)
    async with house(elsewhere, PARCHEMIN_SERVER__PUBLIC_URL="https://ailleurs.example") as theirs:
        holder = await theirs.holder("bac", row)
        await theirs.deliver("bac", row)
        foreign = await theirs.fetch_one(holder)
    return Exhibits(trust, *found, foreign, expiring)


@cache
def exhibits() -> Exhibits:
    """Made once for all tests of a process."""
    with tempfile.TemporaryDirectory() as data:
        return asyncio.run(_collect(Path(data) / "here", Path(data) / "elsewhere"))


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _asked(data: bytes) -> Answer:
    trust = exhibits().trust
    return check_file(data, trust, trust.made_at)


def _attachment_swapped(mine: bytes, theirs: bytes) -> bytes:
    """One page with the other's credential, in the place of its own."""
    from tests.issuing.checking.test_verification import with_attachment

    return with_attachment(mine, credential(theirs))


FORGERIES: dict[str, tuple[Callable[[Exhibits], bytes], str]] = {
    "a byte of the page": (
        lambda all_: _flipped(all_.good, len(all_.good) // 2),
        "The file was altered after it was sealed: ask for the original PDF.",
    ),
    "another one's attachment": (
        lambda all_: _attachment_swapped(all_.good, all_.other),
        "Something was added to the file after it was sealed: ask for the original PDF.",
    ),
    "its end cut off": (
        lambda all_: all_.good[:-20],
        "The file was cut, its end is missing: ask for it once more.",
    ),
    "a fact of the credential": (
        lambda all_: credential(all_.good).replace(b'"awardedOn":"2', b'"awardedOn":"1', 1),
        "The record hash does not fit the facts that are asserted: ask for the original.",
    ),
    "a title of the credential": (
        lambda all_: credential(all_.good).replace(b"General track", b"General ticks", 1),
        "The machine-readable credential was altered after it was proved: ask for the original.",
    ),
    "another institution's": (
        lambda all_: all_.foreign,
        "The seal is not of any issuer known here",
    ),
    "another institution's credential": (
        lambda all_: credential(all_.foreign),
        "The credential is not of any issuer known here",
    ),
    "a revoked one": (
        lambda all_: all_.revoked,
        "The certificate was revoked by its issuer: rely on it no more.",
    ),
    "a replaced one": (
        lambda all_: all_.replaced,
        "The certificate was replaced by its issuer: ask for the new one.",
    ),
    "no seal": (
        lambda all_: all_.good[: all_.good.index(b"%%EOF") + 6],
        "This PDF carries no issuer's seal",
    ),
    "a photograph": (
        lambda _: b"\xff\xd8\xff\xe0 JFIF",
        "This file is not a PDF: ask for the original PDF.",
    ),
}


def test_the_genuine_ones_hold() -> None:
    for data in (exhibits().good, exhibits().other, exhibits().expiring):
        assert _asked(data).valid
        assert _asked(credential(data)).valid


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_told_for_what_it_is(name: str) -> None:
    make, sentence = FORGERIES[name]
    answer = _asked(make(exhibits()))
    assert not answer.valid
    assert answer.sentence("en").startswith(sentence)
    assert answer.sentence("fr") != answer.sentence("en")


def test_any_changed_byte_is_noticed() -> None:
    good = exhibits().good
    step = max(1, len(good) // 400)
    assert [at for at in range(0, len(good), step) if _asked(_flipped(good, at)).valid] == []


def test_only_what_is_genuine_shows_its_facts() -> None:
    shown = {name for name, (make, _) in FORGERIES.items() if _asked(make(exhibits())).claims}
    assert shown == {"a revoked one", "a replaced one"}


def test_what_expired_is_told_with_its_day() -> None:
    trust = exhibits().trust
    answer = check_file(exhibits().expiring, trust, trust.made_at.replace(year=2040))
    assert answer.verdict == "expired"
    assert re.match(r"The certificate expired on \d\d? \w+ \d{4}: ask", answer.sentence("en"))
    assert answer.claims is not None


def test_without_status_lists_nothing_is_called_valid() -> None:
    trust = exhibits().trust
    blind = Trust(trust.institution, trust.made_at, trust.issuers, {})
    answer = check_file(exhibits().good, blind, trust.made_at)
    assert answer.verdict == "unproven"


def test_codes_of_different_certificates_differ() -> None:
    assert code(exhibits().good) != code(exhibits().other)
