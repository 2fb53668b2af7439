"""One server process for all client programs; each test has a person of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.processes import Account, Server, account, deliver, opened, prepare, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over an institution without persons."""
    data = tmp_path_factory.mktemp("clients") / "data"
    prepare(data)
    with running(data) as started:
        yield started


@pytest.fixture
def person(server: Server, request: pytest.FixtureRequest) -> Account:
    """Somebody new, into whose vault one document was delivered beside the running server."""
    name = "".join(letter for letter in request.node.name.lower() if letter.isalnum())

    async def add() -> Account:
        async with opened(server.data) as institution:
            added = await account(institution, name[-60:])
            await deliver(institution, added.username)
            return added

    return asyncio.run(add())
