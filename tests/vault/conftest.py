"""One worker, a second one beside it, and somebody's open vault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.vault.workers import Clock, Worker, worker
from vault_core.vault.vault import Vault


@pytest.fixture
def clock() -> Clock:
    """The time of all workers."""
    return Clock()


@pytest.fixture
async def first(tmp_path: Path, clock: Clock) -> AsyncIterator[Worker]:
    """A worker."""
    async with worker(tmp_path, clock) as found:
        yield found


@pytest.fixture
async def second(tmp_path: Path, clock: Clock, first: Worker) -> AsyncIterator[Worker]:
    """Another worker over the same data."""
    async with worker(tmp_path, clock) as found:
        yield found


@pytest.fixture
async def enrolled(first: Worker) -> tuple[Vault, str]:
    """Ada's vault in the first worker, and her app password."""
    return await first.enrol("ada")


@pytest.fixture
def vault(enrolled: tuple[Vault, str]) -> Vault:
    """Ada's vault."""
    return enrolled[0]


@pytest.fixture
def token(enrolled: tuple[Vault, str]) -> str:
    """Ada's app password."""
    return enrolled[1]


@pytest.fixture
async def same(second: Worker, token: str) -> Vault:
    """Ada's vault in the second worker."""
    return await second.open("ada", token)
