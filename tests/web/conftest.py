"""One site a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.site import Site, site


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with one person, ada, who has a password."""
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        yield found
