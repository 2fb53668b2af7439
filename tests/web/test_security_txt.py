"""`/.well-known/security.txt`, as RFC 9116 has it, from the institution's settings."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.web.site import Site
from vault_core.settings.load import override

CONTACTS = {
    "aide@lycee.example": "mailto:aide@lycee.example",
    "https://lycee.example/aide": "https://lycee.example/aide",
    "": None,
    "bureau 12, 01 23 45 67 89": None,
    "aide@lycee.example\nContact: mailto:eve@evil.example": None,
}


@pytest.mark.parametrize("contact", CONTACTS)
async def test_it_says_whom_to_tell(running: Site, contact: str) -> None:
    institution = running.institution
    institution.reconfigure(override(institution.settings, "institution", {"contact": contact}))
    async with running.reader() as anybody:
        answer = await anybody.get("/.well-known/security.txt")
    uri = CONTACTS[contact]
    if uri is None:
        assert answer.status == 404
        return
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Contact"] == uri
    assert fields["Preferred-Languages"] == "fr, en"
    assert fields["Canonical"] == f"{running.url}/.well-known/security.txt"
    left = dt.datetime.fromisoformat(fields["Expires"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=170) < left < dt.timedelta(days=365)
