"""The offline verifier on files that are timestamped and archived: as strict as the server."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.browser.test_offline import REFUSED, chromium, opened, ready, told, written
from tests.issuing.authorities import NOW, authorities
from tests.issuing.seals.test_timestamps import HOUR, issued, stamps
from tests.issuing.world import world
from vault_core.errors import CertificateRefused
from vault_core.issuing.seals.archive import Evidence, archive_pdf
from vault_core.issuing.seals.pades import read_seal
from vault_core.issuing.seals.sealing import Sealing

__all__ = ["chromium"]


def token_bytes(data: bytes, count: int) -> list[int]:
    """Places spread over the digits of the newest timestamp token, and over the seal's."""
    [*_, last] = re.finditer(rb"/Contents<([0-9a-f]+?)(?:00)*>", data)
    start, end = last.span(1)
    if b"/DocTimeStamp" not in data:  # the token is the end of the seal's CMS
        start += data[start:end].index(b"060b2a864886f70d0109100104")
    return list(range(start + 20, end, max(1, (end - start) // count)))


def flipped(data: bytes, at: int) -> bytes:
    """With another hexadecimal digit, or another byte, there."""
    if data[at : at + 1] in b"0123456789abcdef":
        return data[:at] + (b"1" if data[at : at + 1] == b"0" else b"0") + data[at + 1 :]
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, bytes]:
    """Files at levels B-T and B-LTA, a renewed one, and others that were made of them."""
    (tmp_path / "authorities").mkdir()
    with authorities(tmp_path / "authorities", NOW) as outside:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = outside.certify("Académie", key.public_key())
        outside.index(certificate)
        keys = world().keys.take(NOW - HOUR, key, (certificate,))
        stamp = stamps(outside)
        timed = issued(keys, Sealing(None, stamp))
        archived = archive_pdf(timed, Evidence((b"\x30\x00\r",), (b"\x30\x01\n",)), stamp)
        renewed = archive_pdf(archived, Evidence((), (), (b"\x30\x02\x00",)), stamp)
    start = len(timed)
    page = archived.index(b"/Type/Page/", start)
    files = {
        "timed": timed,
        "archived": archived,
        "renewed": renewed,
        "another page": archived[:page] + b"/Type/Pagf/" + archived[page + 11 :],
        "more at the end": archived + b"%%EOF\n",
        "another timestamp": archived.replace(
            archived[archived.rindex(b"/Contents<") :][:9000].split(b">")[0],
            renewed[renewed.rindex(b"/Contents<") :][:9000].split(b">")[0],
        ),
    }
    files |= {
        f"a byte of it: {at}": flipped(archived, at)
        for at in (start + 20, start + 300, len(archived) - 300, len(archived) - 60)
    }
    for name, data in (("timed", timed), ("archived", archived)):
        for at in token_bytes(data, 9):
            files[f"a byte of the token of {name}: {at}"] = flipped(data, at)
    (tmp_path / "trusted").mkdir()
    trust = world().trust(keys=keys)
    written(tmp_path / "trusted", replace(trust, stamp_roots=(outside.root,)))
    (tmp_path / "without").mkdir()
    written(tmp_path / "without", trust)
    return files


async def test_it_takes_what_is_genuine_and_refuses_the_rest(
    chromium: Any, tmp_path: Path, shown: dict[str, bytes]
) -> None:
    found = await ready(await opened(chromium, tmp_path / "trusted" / "verifier.html"))
    words = {name: (await told(found, data))[0] for name, data in shown.items()}
    genuine = {"timed", "archived", "renewed"}
    assert {name for name, word in words.items() if word == "Valid"} == genuine
    assert set(words.values()) <= {"Valid", *REFUSED}
    assert found.problems == []
    for name in genuine:
        assert read_seal(shown[name]).token is not None
    for name in set(shown) - genuine:
        with pytest.raises(CertificateRefused):
            read_seal(shown[name])


async def test_it_tells_who_dated_a_seal_and_whether_they_are_known(
    chromium: Any, tmp_path: Path, shown: dict[str, bytes]
) -> None:
    for folder, said in (("trusted", "by Test time-stamping unit"), ("without", "not proven")):
        found = await ready(await opened(chromium, tmp_path / folder / "verifier.html"))
        for name in ("timed", "archived", "renewed"):
            word, _, facts = await told(found, shown[name])
            assert (word, said in facts) == ("Valid", True), (folder, name)
        assert found.problems == []
