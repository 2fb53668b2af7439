"""Beginnings of age files: each used once, made ahead by a real process under load."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from vault_core.crypto import age, hybrid, x25519
from vault_core.crypto.age import Beginning
from vault_core.crypto.keys import Identity
from vault_core.vault.documents.beginnings import ORDER, STREAM, Beginnings

IDENTITIES: dict[str, Identity] = {
    "hybrid": hybrid.parse_identity(bytes(range(32))),
    "x25519": x25519.parse_identity(bytes(range(32))),
}
PATIENCE = 60.0


@pytest.fixture
async def beginnings() -> AsyncIterator[Beginnings]:
    made = Beginnings(ahead=True)
    yield made
    await made.close()


async def stream(beginnings: Beginnings, identity: Identity, ready: int) -> list[Beginning]:
    """Take until so many were ready."""
    taken, deadline = [], time.monotonic() + PATIENCE
    while beginnings.ready < ready:
        assert time.monotonic() < deadline, "the process made nothing"
        taken.append(beginnings.take([identity.recipient]))
        await asyncio.sleep(0.001)
    return taken


def reads(beginning: Beginning, identity: Identity) -> bool:
    encryptor = age.Encryptor(beginning)
    parts = (encryptor.header, encryptor.update(b"a document"), encryptor.finish())
    return age.decrypt(b"".join(parts), [identity]) == b"a document"


@pytest.mark.parametrize("kind", IDENTITIES)
async def test_each_is_its_own_and_opens(beginnings: Beginnings, kind: str) -> None:
    identity = IDENTITIES[kind]
    taken = await stream(beginnings, identity, 2 * ORDER)
    assert len({one.header for one in taken}) == len(taken)
    assert len({one.payload_key for one in taken}) == len(taken)
    assert all(reads(one, identity) for one in taken)


async def test_vaults_are_not_mixed_up(beginnings: Beginnings) -> None:
    deadline = time.monotonic() + PATIENCE
    while beginnings.ready < 4 * ORDER:
        assert time.monotonic() < deadline, "the process made nothing"
        for identity in IDENTITIES.values():
            assert reads(beginnings.take([identity.recipient]), identity)
        await asyncio.sleep(0)


async def test_a_few_documents_start_no_process(beginnings: Beginnings) -> None:
    recipient = IDENTITIES["x25519"].recipient
    for _ in range(STREAM):
        beginnings.take([recipient])
    await asyncio.sleep(0)
    assert beginnings.pid is None


async def test_without_a_core_to_spare_there_is_none() -> None:
    beginnings, recipient = Beginnings(), IDENTITIES["x25519"].recipient
    for _ in range(3 * STREAM):
        beginnings.take([recipient])
        await asyncio.sleep(0)
    assert (beginnings.pid, beginnings.ready) == (None, 0)


async def test_losing_the_process_loses_nothing(beginnings: Beginnings) -> None:
    identity = IDENTITIES["hybrid"]
    await stream(beginnings, identity, ORDER)
    first = beginnings.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    taken = await stream(beginnings, identity, beginnings.ready + 2 * ORDER)
    assert beginnings.pid not in (None, first), "nobody started another one"
    assert all(reads(one, identity) for one in taken)


async def test_it_ends_with_its_owner() -> None:
    beginnings = Beginnings(ahead=True)
    await stream(beginnings, IDENTITIES["hybrid"], 1)
    pid = beginnings.pid
    assert pid is not None
    await beginnings.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert beginnings.pid is None
    assert reads(beginnings.take([IDENTITIES["hybrid"].recipient]), IDENTITIES["hybrid"])
