"""One site a test, and callers of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rest.callers import Api
from tests.web.site import site


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A running institution, in which tests add persons by naming them."""
    async with site(tmp_path / "data") as found:
        yield Api(found)
