"""Deliveries: into locked vaults, once only, and whoever opens first makes them nodes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.vault.workers import Rules, Worker, at, names, pieces, tree, worker
from vault_core.copies import freezing
from vault_core.crypto.keys import IdentityKind
from vault_core.errors import Conflict
from vault_core.vault.documents import delivered
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault

PATH = ("Attestations", "Examens", "Diplôme.pdf")


@pytest.mark.parametrize("kind", ["x25519", "mlkem768x25519"])
@pytest.mark.parametrize("size", [0, 1, 200_000])
async def test_what_was_delivered_is_there_at_the_first_opening(
    tmp_path: Path, kind: IdentityKind, size: int
) -> None:
    data = os.urandom(size)
    async with worker(tmp_path, rules=Rules(kind=kind)) as first:
        code = await first.add("ada")
        document = await first.deliver("ada", data=data)
        vault = await first.vaults.open_by_code("activation", "ada", code)
        await vault.refresh()
        node = await vault.find(PATH)
        assert await at(vault, *PATH) == data
        assert node.media_type == "application/pdf"
        assert node.origin is not None
        assert (node.origin.issuer, node.origin.type) == ("exams", "bac")
        assert node.origin.certificate == document.certificate
        assert (await first.maintenance.check()).problems == []


async def test_it_counts_from_the_moment_it_is_delivered(first: Worker, vault: Vault) -> None:
    await first.deliver("ada", data=b"x" * 1000)
    assert (await vault.quota()).used == 1000
    await vault.refresh()
    assert (await vault.quota()).used == 1000


async def test_an_open_vault_sees_it_at_its_next_request(
    second: Worker, vault: Vault, same: Vault
) -> None:
    await names(vault)
    await second.deliver("ada")
    await vault.refresh()
    assert await at(vault, *PATH) == b"%PDF"
    await same.refresh()
    assert await at(same, *PATH) == b"%PDF"


async def test_a_catalog_that_takes_no_changes_refuses_no_reader(
    first: Worker, second: Worker, vault: Vault, token: str
) -> None:
    """What waits goes on waiting, and is there once changes are possible again."""
    await vault.write(("x",), pieces(b"x"))
    await first.deliver("ada")
    await freezing.freeze(first.catalog)
    await vault.refresh()
    for opened in (vault, await second.open("ada", token)):
        assert await tree(opened) == {("x",): b"x"}
    await freezing.thaw(first.catalog)
    await vault.refresh()
    assert await at(vault, *PATH) == b"%PDF"


async def test_the_same_record_is_delivered_once(first: Worker, vault: Vault) -> None:
    person = await first.persons.find("ada")
    document = await first.deliver("ada")
    for _ in range(2):
        with pytest.raises(Conflict):
            await first.hand_over(person.recipient, person.id, document)
        await vault.refresh()
    assert await names(vault, "Attestations", "Examens") == ["Diplôme.pdf"]
    assert (await vault.quota()).used == 4
    assert (await first.maintenance.check()).problems == []


async def test_processes_deliver_the_same_record_at_once(
    first: Worker, second: Worker, vault: Vault
) -> None:
    person = await first.persons.find("ada")
    document = delivered.Document(
        "exams", "Examens", "bac", "c", "a.pdf", "application/pdf", b"%PDF", os.urandom(32)
    )
    attempts = [w.hand_over(person.recipient, person.id, document) for w in (first, second) * 5]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert {type(r) for r in results if r is not None} == {Conflict}
    await vault.refresh()
    assert await names(vault, "Attestations", "Examens") == ["a.pdf"]


async def test_processes_accept_each_delivery_once(
    first: Worker, vault: Vault, same: Vault
) -> None:
    """Both have the vault open, and both look at the same moment, again and again."""
    for number in range(12):
        await first.deliver("ada", f"{number % 4}.pdf", f"{number}".encode())
        await asyncio.gather(vault.refresh(), same.refresh())
    for opened in (vault, same) * 2:
        opened.opened.forget_generation()
        await opened.refresh()
    expected = {f"{n}{tail}.pdf" for n in range(4) for tail in ("", " (2)", " (3)")}
    for opened in (vault, same):
        assert set(await names(opened, "Attestations", "Examens")) == expected
    contents = [data for data in (await tree(vault)).values() if data is not None]
    assert sorted(contents, key=int) == [f"{number}".encode() for number in range(12)]
    assert await names(vault) == ["Attestations"]
    assert (await first.maintenance.check()).problems == []


async def test_many_wait_and_all_are_accepted(first: Worker) -> None:
    code = await first.add("ada")
    for number in range(100):
        await first.deliver("ada", f"{number}.pdf")
    vault = await first.vaults.open_by_code("activation", "ada", code)
    await vault.refresh()
    assert len(await names(vault, "Attestations", "Examens")) == 100


async def test_it_finds_another_name_where_one_is_taken(first: Worker, vault: Vault) -> None:
    await vault.write(("Attestations",), pieces(b"a document of that name"))
    await first.deliver("ada")
    await first.deliver("ada")
    await vault.refresh()
    assert await names(vault) == ["Attestations", "Attestations (2)"]
    assert await names(vault, "Attestations (2)", "Examens") == ["Diplôme (2).pdf", "Diplôme.pdf"]


async def test_a_deleted_folder_is_made_again(first: Worker, vault: Vault) -> None:
    await first.deliver("ada")
    await vault.refresh()
    await vault.delete(("Attestations",))
    await first.deliver("ada", data=b"second")
    await vault.refresh()
    assert await at(vault, *PATH) == b"second"


async def test_deleting_an_issued_document_can_be_undone(first: Worker, vault: Vault) -> None:
    await first.deliver("ada")
    await vault.refresh()
    await vault.delete(PATH)
    (gone,) = await vault.trash()
    back = await vault.restore(gone.id)
    assert back.origin is not None
    assert await at(vault, *PATH) == b"%PDF"


async def test_a_correction_takes_the_old_ones_place(first: Worker, vault: Vault) -> None:
    await first.deliver("ada", data=b"wrong", certificate="c1")
    await vault.refresh()
    await vault.move(PATH, ("moved.pdf",), overwrite=False)
    await first.deliver("ada", data=b"right", certificate="c2", replaces="c1")
    await vault.refresh()
    assert await at(vault, "moved.pdf") == b"right"
    (version,) = await vault.versions(("moved.pdf",))
    data = [bytes(part) async for part in vault.read_version(("moved.pdf",), version.number)]
    assert b"".join(data) == b"wrong"
    assert (await vault.quota()).used == 10
    assert (await first.maintenance.check()).problems == []


async def test_what_cannot_be_opened_harms_nothing_else(first: Worker, vault: Vault) -> None:
    """Somebody who can write to the catalog puts rubbish in: it waits, and the rest goes on."""
    await first.deliver("ada", "bad.pdf")
    await first.catalog.commit(_spoil)
    await first.deliver("ada", "good.pdf")
    await vault.refresh()
    assert await names(vault, "Attestations", "Examens") == ["good.pdf"]
    await vault.write(("x",), pieces(b"x"))


def _spoil():  # type: ignore[no-untyped-def]
    yield ("UPDATE deliveries SET envelope = ? WHERE accepted_at IS NULL", (b"rubbish",))


async def test_a_delivery_does_not_open_the_vault(first: Worker) -> None:
    await first.add("ada")
    await first.deliver("ada")
    assert first.vaults.opened_count == 0
    assert await first.catalog.fetch("SELECT id FROM nodes") == []


async def test_slots_come_and_go_and_what_was_delivered_stays(first: Worker, vault: Vault) -> None:
    await first.deliver("ada")
    _, token = await keyslots.add_app_password(vault, "new")
    again = await first.open("ada", token)
    assert await at(again, *PATH) == b"%PDF"
