"""Poste restante: vaults for those who have none, their letters, and codes that were lost."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import stores
from tests.issuing.deliveries.test_batches import exported, submit
from tests.issuing.house import House, house
from tests.requirements import need
from vault_core.crypto.keys import Identity, generate_identity
from vault_core.crypto.slots import SlotBinding, entrust_identity
from vault_core.entropy import Entropy
from vault_core.errors import AccessDenied, Forbidden
from vault_core.issuing.deliveries import letters
from vault_core.issuing.deliveries.letters import Letter

RANDOM = Entropy()


@dataclass(frozen=True)
class Office:
    """An institution that makes vaults, and the key of its letters."""

    house: House
    key: str

    async def deliver(self, count: int) -> list[Letter]:
        """Rows about people without a vault; the letters that wait then."""
        rows = [dict(row) for row in self.house.type("bac").sample(count, 7)]
        await submit(self.house, exported(self.house, rows))
        await self.house.institution.worker.work_off()
        return await self.house.institution.letters.opened(self.key)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    key: Identity = generate_identity("x25519", RANDOM)
    recipient = {"PARCHEMIN_ISSUING__LETTERS_RECIPIENT": str(key.recipient)}
    async with house(tmp_path / "data", **recipient) as running:
        yield Office(running, str(key))


async def test_somebody_unknown_gets_a_locked_vault_and_a_letter(office: Office) -> None:
    found = await office.deliver(3)
    [batch] = await office.house.institution.batches.newest()
    assert (batch.counts["delivered"], batch.counts["opened"], batch.counts["review"]) == (3, 3, 0)
    assert len(found) == 3
    vaults = office.house.institution.vaults
    for letter in found:
        vault = await vaults.open_by_code("activation", letter.username, letter.code)
        assert (await vault.quota()).used > 0
    other = generate_identity("x25519", RANDOM)
    with pytest.raises(AccessDenied):
        await office.house.institution.letters.opened(str(other))
    stored = b"".join(stores.stored(office.house.institution.data_dir).values())
    assert all(letter.code.encode() not in stored for letter in found)


async def test_the_next_file_finds_the_same_persons(office: Office) -> None:
    await office.deliver(2)
    assert len(await office.deliver(3)) == 3
    newest = (await office.house.institution.batches.newest())[0]
    assert (newest.counts["already"], newest.counts["opened"]) == (2, 1)


async def test_letters_are_a_page_each_or_a_signed_table(office: Office, tmp_path: Path) -> None:
    found = await office.deliver(2)
    file = tmp_path / "letters.pdf"
    file.write_bytes(letters.as_pdf(found, "Lycée d'essai", "https://coffre.example"))
    command = [need("pdftotext", "poppler-utils"), "-layout", str(file), "-"]
    text = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode()
    pages = text.rstrip("\f\n").split("\f")
    assert len(pages) == 2
    for letter, page in zip(found, pages, strict=True):
        assert letter.code in page
        assert letter.username in page
    table = letters.as_csv([Letter("=1+1", "A", "B", "2008-01-01", "ab", "code")])
    assert table.splitlines()[1].startswith(b"'=1+1;")
    assert await office.house.institution.letters.discard() == 2
    assert await office.house.institution.letters.opened(office.key) == []


async def test_a_lost_code_empties_the_vault_and_the_file_fills_it_again_once(
    office: Office,
) -> None:
    institution = office.house.institution
    letter, other = await office.deliver(2)
    person = await institution.persons.find(letter.username)
    before = [standing.id async for standing in institution.certificates.everything()]
    new = await institution.rekeying.by_emptying(person)
    assert new.lost == 1
    with pytest.raises(AccessDenied):
        await institution.vaults.open_by_code("activation", letter.username, letter.code)
    await office.deliver(2)
    await office.deliver(2)
    counts = [batch.counts for batch in await institution.batches.newest()]
    assert [(c["delivered"], c["already"]) for c in counts] == [(0, 2), (1, 1), (2, 0)]
    vault = await institution.vaults.open_by_code("activation", letter.username, new.code)
    assert (await vault.quota()).used > 0
    journal = [
        row[0]
        for row in await institution.catalog.fetch(
            "SELECT verb FROM journal WHERE vault = ?", (person.id,)
        )
    ]
    assert journal.count("deliver") == 2
    assert "rekey" in journal
    states = {s.id: s.state async for s in institution.certificates.everything()}
    assert sorted(states[one] for one in before) == ["replaced", "valid"]
    assert len(states) == 3
    await institution.vaults.open_by_code("activation", other.username, other.code)
    report = await institution.maintenance.check()
    assert report.clean


async def test_nobody_empties_a_vault_whose_owner_has_come(office: Office) -> None:
    holder = await office.house.holder("bac", office.house.row("bac"))
    person = await office.house.institution.persons.find(holder.username)
    with pytest.raises(Forbidden, match="signed in before"):
        await office.house.institution.rekeying.by_emptying(person)


async def test_escrow_gives_a_new_code_and_loses_nothing(office: Office) -> None:
    institution = office.house.institution
    [letter] = await office.deliver(1)
    person = await institution.persons.find(letter.username)
    with pytest.raises(Forbidden, match="no escrow slot"):
        await institution.rekeying.by_escrow(person, office.key, None)
    vault = await institution.vaults.open_by_code("activation", letter.username, letter.code)
    escrow = generate_identity("x25519", RANDOM)
    slot = bytes(range(16))
    binding = SlotBinding(person.id, slot, "escrow")
    wrapped = entrust_identity(vault.opened.identity, escrow.recipient, binding, RANDOM)
    await institution.catalog.commit(_add_slot, person.id, slot, wrapped)
    new = await institution.rekeying.by_escrow(person, str(escrow), None)
    assert new.lost == 0
    again = await institution.vaults.open_by_code("activation", letter.username, new.code)
    assert (await again.quota()).used > 0


def _add_slot(vault, slot, wrapped):  # type: ignore[no-untyped-def]
    yield (
        "INSERT INTO slots (id, vault, kind, lookup, parameters, wrapped, sealed, created_at)"
        " VALUES (?, ?, 'escrow', NULL, ?, ?, ?, 1)",
        (slot, vault, wrapped.parameters, wrapped.wrapped, b""),
    )
