"""A WebDAV server over a fresh vault, and a client that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.serving import Client, Institution, Person, dav_handler, institution, serving


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Institution]:
    """Vaults without a server."""
    async with institution(tmp_path) as found:
        yield found


@pytest.fixture
async def ada(inside: Institution) -> Person:
    """Somebody with an empty vault."""
    return await inside.person("ada")


@pytest.fixture
async def port(inside: Institution) -> AsyncIterator[int]:
    """The server's port."""
    async with serving(dav_handler(inside)) as number:
        yield number


@pytest.fixture
async def client(ada: Person, port: int) -> AsyncIterator[Client]:
    """A connection with Ada's app password."""
    connected = Client(port, ada.authorization)
    yield connected
    await connected.close()
