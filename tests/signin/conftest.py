"""A site with ada, whose INE a directory may know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.signin.arriving import site_of_ada
from tests.web.site import Site


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """The site, with nobody signed in."""
    async with site_of_ada(tmp_path / "data") as found:
        yield found
