"""The console's counts say when they were made where they are not made for each look."""

from __future__ import annotations

import pytest

from tests.web.admin.conftest import Console
from vault_core.store import sums

AT = 1_796_000_000_000
PAGES = ("/admin/", "/admin/storage")


async def test_a_large_institution_is_told_when_it_was_counted(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.site.reader("administrator") as reader:
        for page in PAGES:
            assert "de temps en temps" not in await reader.text(page)
        monkeypatch.setattr(sums, "LIVE", 1)
        await sums.keep(console.site.institution.catalog, AT)
        await console.site.person("somebody")
        for page in PAGES:
            text = await reader.text(page)
            assert "on ne compte que de temps en temps" in text
            assert 'datetime="2026-11-' in text
        assert text.count("de temps en temps") == 2, "persons and blobs are counted apart"
