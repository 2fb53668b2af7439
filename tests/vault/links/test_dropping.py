"""Drop boxes: documents from strangers into a vault that nobody has open."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from tests.vault.links.visitors import visits_of
from tests.vault.workers import Clock, Rules, Worker, at, names, pieces, worker
from vault_core.api import Buffer
from vault_core.errors import (
    BadRequest,
    BoxFull,
    Forbidden,
    InvalidName,
    LinkRevoked,
    LinkUsedUp,
    NotAFolder,
    TooLarge,
    VisitOver,
)
from vault_core.vault.links import owning
from vault_core.vault.links.dropping import Receipt, Sender, deposit, drop_box
from vault_core.vault.links.link import Link, Terms
from vault_core.vault.nodes.names import Path
from vault_core.vault.vault import Vault

MANY = Terms(label="Devoirs", most=50, most_bytes=10_000_000)
ADA = Sender("Ada Lovelace", "Voici <b>mon</b> devoir & merci")


async def _box(vault: Vault, terms: Terms = MANY, limit: int = 5_000_000) -> Link:
    if "Devoirs" not in await names(vault):
        await vault.make_folder(("Devoirs",))
    return await drop_box(vault, ("Devoirs",), terms, limit)


async def _deposit(
    worker: Worker, link: Link, name: str, data: bytes, sender: Sender = ADA
) -> Receipt:
    visits = visits_of(worker)
    token, _ = await visits.open(link.code)
    visited = await visits.visited(token)
    return await deposit(worker.vaults.services, visited, name, pieces(data), sender)


@pytest.mark.parametrize("size", [1, 1000, 65_536, 700_000, 3_000_000])
async def test_a_deposit_becomes_a_document_when_the_vault_is_opened(
    second: Worker, vault: Vault, same: Vault, size: int
) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    link = await _box(vault)
    receipt = await _deposit(second, link, "devoir.pdf", data)
    assert receipt == Receipt("devoir.pdf", size, hashlib.sha256(data).digest())
    await vault.refresh()
    node = await vault.find(("Devoirs", "devoir.pdf"))
    assert await at(vault, "Devoirs", "devoir.pdf") == data
    assert (node.sha256, node.media_type) == (receipt.sha256, "application/pdf")
    assert node.origin is None
    assert node.deposit is not None
    assert (node.deposit.label, node.deposit.sender, node.deposit.note) == (
        "Devoirs", ADA.name, ADA.note,
    )  # fmt: skip
    await vault.write(("Devoirs", "devoir.pdf"), pieces(b"my own"))  # it may be altered
    assert (await vault.find(("Devoirs", "devoir.pdf"))).deposit is None


async def test_nobody_has_to_have_the_vault_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("closed")
    async with worker(data) as first:
        vault, token = await first.enrol("ada")
        link = await _box(vault)
    async with worker(data) as second:
        await _deposit(second, link, "a.txt", b"hello")
        assert second.vaults.opened_count == 0
    async with worker(data) as third:
        assert await at(await third.open("ada", token), "Devoirs", "a.txt") == b"hello"


async def test_equal_names_are_numbered_and_moved_folders_are_found(
    first: Worker, vault: Vault
) -> None:
    link = await _box(vault)
    for text in (b"1", b"2", b"3"):
        await _deposit(first, link, "a.txt", text)
    await vault.refresh()
    assert await names(vault, "Devoirs") == ["a (2).txt", "a (3).txt", "a.txt"]
    await vault.move(("Devoirs",), ("Classe",), overwrite=False)
    await _deposit(first, link, "b.txt", b"x")
    await vault.refresh()
    assert "b.txt" in await names(vault, "Classe")
    await vault.delete(("Classe",))
    await _deposit(first, link, "c.txt", b"x")
    await vault.refresh()
    assert await names(vault, "Deposits") == ["c.txt"]


async def test_the_number_of_deposits_is_a_limit_under_concurrency(
    first: Worker, second: Worker, vault: Vault
) -> None:
    link = await _box(vault, Terms(most=5, most_bytes=10_000_000))
    both = (first, second)

    async def one(number: int) -> bool:
        try:
            await _deposit(both[number % 2], link, f"{number}.bin", bytes(200_000))
        except LinkUsedUp:
            return False
        return True

    assert sum(await asyncio.gather(*(one(number) for number in range(16)))) == 5
    await vault.refresh()
    assert len(await names(vault, "Devoirs")) == 5
    assert (await vault.quota()).used == 5 * 200_000
    assert await _blobs(first) == 5  # nothing is left of those that were refused


async def _blobs(worker: Worker) -> int:
    return len([info async for info in worker.blobs.list()])


async def test_bytes_are_limited_by_box_document_and_vault(first: Worker, vault: Vault) -> None:
    link = await _box(vault, Terms(most=50, most_bytes=250_000), limit=150_000)
    with pytest.raises(TooLarge):
        await _deposit(first, link, "a.bin", bytes(150_001))
    await _deposit(first, link, "a.bin", bytes(150_000))
    with pytest.raises(BoxFull):
        await _deposit(first, link, "b.bin", bytes(149_999))
    await _deposit(first, link, "b.bin", bytes(100_000))
    with pytest.raises(LinkUsedUp):
        await _deposit(first, link, "c.bin", b"x")
    assert (await vault.quota()).used == 250_000


async def test_a_full_vault_takes_nothing_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with worker(tmp_path_factory.mktemp("small"), rules=Rules(quota=500_000)) as only:
        vault, _ = await only.enrol("ada")
        link = await _box(vault)
        visits = visits_of(only)
        token, _ = await visits.open(link.code)
        visited = await visits.visited(token)
        services = only.vaults.services

        async def one(number: int) -> bool:
            try:
                await deposit(services, visited, f"{number}", pieces(bytes(150_000)), Sender())
            except BoxFull:
                return False
            return True

        assert sum(await asyncio.gather(*(one(number) for number in range(8)))) == 3
        assert (await vault.quota()).used == 450_000
        assert await _blobs(only) == 3


async def test_a_revoked_box_takes_nothing_not_even_what_is_on_its_way(
    first: Worker, vault: Vault
) -> None:
    link = await _box(vault)
    visits = visits_of(first)
    token, _ = await visits.open(link.code)
    visited = await visits.visited(token)
    services = first.vaults.services

    async def slow() -> AsyncIterator[Buffer]:
        yield bytes(300_000)
        await owning.revoke(vault, link.id)
        yield bytes(300_000)

    with pytest.raises(LinkRevoked):
        await deposit(services, visited, "a.bin", slow(), Sender())
    with pytest.raises((LinkRevoked, VisitOver)):
        await visits.visited(token)
    assert (await vault.quota()).used == 0
    assert await _blobs(first) == 0


@pytest.mark.parametrize("path", [("Devoirs", "a.txt")])
async def test_only_folders_take_deposits(vault: Vault, path: Path) -> None:
    await vault.make_folder(("Devoirs",))
    await vault.write(path, pieces(b"x"))
    with pytest.raises(NotAFolder):
        await drop_box(vault, path, MANY, 10)


@pytest.mark.parametrize("terms", [Terms(), Terms(most=3), Terms(most_bytes=10)])
async def test_a_box_without_limits_is_not_made(vault: Vault, terms: Terms) -> None:
    with pytest.raises(Forbidden):
        await drop_box(vault, (), terms, 10)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\u202eb", "x" * 300])
async def test_names_that_no_document_may_have_are_refused(
    first: Worker, vault: Vault, name: str
) -> None:
    link = await _box(vault)
    with pytest.raises(InvalidName):
        await _deposit(first, link, name, b"x")


async def test_empty_documents_and_long_notes_are_refused(first: Worker, vault: Vault) -> None:
    link = await _box(vault)
    with pytest.raises(BadRequest):
        await _deposit(first, link, "a.txt", b"")
    with pytest.raises(BadRequest):
        await _deposit(first, link, "a.txt", b"x", Sender("x" * 121))
    with pytest.raises(BadRequest):
        await _deposit(first, link, "a.txt", b"x", Sender("", "x" * 2001))


async def test_nothing_that_is_stored_names_the_depositor(first: Worker, vault: Vault) -> None:
    link = await _box(vault)
    await _deposit(first, link, "Bulletin Quetzalcoatl.txt", b"Le contenu Xylophage")
    for table in ("deliveries", "blobs", "shared_links", "journal", "link_visits"):
        for row in await first.catalog.fetch(f"SELECT * FROM {table}"):
            text = repr(row)
            assert "Quetzalcoatl" not in text
            assert "Xylophage" not in text
            assert "Lovelace" not in text


async def test_the_vault_is_whole_afterwards(first: Worker, vault: Vault, clock: Clock) -> None:
    link = await _box(vault)
    await _deposit(first, link, "a.bin", bytes(700_000))
    report = await first.maintenance.check()
    assert report.problems == []
    await vault.refresh()
    clock.offset += 10_000
    report = await first.maintenance.check()
    assert report.problems == []
