"""The register of persons, and how deliveries find whom they are about."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.vault.workers import Rules, Worker, worker
from vault_core.crypto.keys import parse_recipient
from vault_core.errors import BadRequest, PersonExists, PersonNotFound
from vault_core.store.catalog import Unit
from vault_core.vault.persons.person import Facts

BORN = dt.date(2008, 2, 29)
ADA = Facts("Ada Zoé", "Lefèvre-d'Œuvre", BORN, "123456789AB")


async def test_what_is_known_of_a_person_comes_back(first: Worker) -> None:
    await first.persons.add("ada", ADA)
    found = await first.persons.find("Ada")
    assert found.facts == ADA
    assert found.quota.used == 0
    assert parse_recipient(found.recipient).kind == "x25519"


async def test_hybrid_keys_are_made_where_they_are_wanted(tmp_path: Path) -> None:
    async with worker(tmp_path, rules=Rules(kind="mlkem768x25519")) as first:
        new = await first.persons.add("ada", Facts())
        assert new.person.recipient.startswith("age1pq1")


USERNAMES = {
    "capitals": ("Ada.Lovelace", "ada.lovelace"), "mail address": ("a@b.fr", "a@b.fr"),
    "spaces round it": (" ada ", "ada"), "full width": ("ada", "ada"),
}  # fmt: skip
NONE = ["", " ", ".ada", "a b", "a/b", "a:b", "é", "a" * 65, "a\0b", "ada\n\nx", "-ada"]


@pytest.mark.parametrize("case", USERNAMES)
async def test_usernames(first: Worker, case: str) -> None:
    given, stored = USERNAMES[case]
    assert (await first.persons.add(given, Facts())).person.username == stored


@pytest.mark.parametrize("name", NONE)
async def test_what_is_no_username(first: Worker, name: str) -> None:
    with pytest.raises(BadRequest):
        await first.persons.add(name, Facts())


async def test_a_username_and_an_ine_are_taken_once(first: Worker) -> None:
    await first.persons.add("ada", ADA)
    with pytest.raises(PersonExists):
        await first.persons.add("ADA", Facts())
    with pytest.raises(PersonExists):
        await first.persons.add("other", ADA)
    await first.persons.add("third", Facts())
    assert [person.username async for person in first.persons.everyone()] == ["ada", "third"]


async def test_nobody_is_not_found(first: Worker) -> None:
    with pytest.raises(PersonNotFound):
        await first.persons.find("nobody")
    assert await first.persons.by_ine("123456789AB") is None
    assert await first.persons.by_name("Lefèvre", "Ada", BORN) == []


async def test_found_by_ine(first: Worker) -> None:
    await first.persons.add("ada", ADA)
    await first.persons.add("bob", Facts("Bob", "Martin", BORN, "999999999ZZ"))
    found = await first.persons.by_ine("123456789AB")
    assert found is not None
    assert found.username == "ada"


SPELLINGS = [
    ("LEFEVRE D OEUVRE", "ADA ZOE"), ("lefèvre-d'œuvre", "ada zoé"),
    ("Lefe\u0300vre d’Œuvre", "Ada, Zoé"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "given"), SPELLINGS)
async def test_found_by_name_however_it_is_spelled(first: Worker, family: str, given: str) -> None:
    await first.persons.add("ada", ADA)
    assert [p.username for p in await first.persons.by_name(family, given, BORN)] == ["ada"]
    assert await first.persons.by_name(family, given, dt.date(2008, 3, 1)) == []


async def test_two_of_one_name_are_both_found(first: Worker) -> None:
    for username in ("one", "two"):
        await first.persons.add(username, Facts("Ada", "Martin", BORN))
    assert len(await first.persons.by_name("Martin", "Ada", BORN)) == 2


async def test_the_catalog_names_nobody(first: Worker) -> None:
    await first.persons.add("ada", ADA)
    [row] = await first.catalog.fetch("SELECT * FROM persons")
    values = [value.encode() if isinstance(value, str) else value for value in row]
    stored = b" ".join(value for value in values if isinstance(value, bytes))
    assert b"ada" in stored
    for text in ("Zoé", "Lefèvre", "123456789AB", "2008"):
        assert text.encode() not in stored


async def test_who_was_registered_before_there_were_keys_gets_them(first: Worker) -> None:
    def forget() -> Unit[None]:
        yield "DELETE FROM person_keys", ()

    everyone = {f"p{number}": Facts("Ada", f"Martin{number}", BORN) for number in range(5)}
    for username, facts in everyone.items():
        await first.persons.add(username, facts)
    rows = "SELECT person, key FROM person_keys ORDER BY person, key"
    before = await first.catalog.fetch(rows)
    await first.catalog.commit(forget)
    await first.persons.complete_keys()
    assert await first.catalog.fetch(rows) == before
    await first.persons.complete_keys()
    assert len(before) >= len(everyone)
