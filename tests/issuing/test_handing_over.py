"""A vault carried from one real server to another, with the statement that the first one signs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.site import PASSWORD, Site, site
from vault_core.errors import AccessDenied, BadRequest, StoreError, VerificationFailed
from vault_core.issuing.handing_over import HandOver, checked, read_statement
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault

SMALL, LARGE = b"bit for bit", bytes(range(256)) * 8192


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path / "school") as found:
        await found.person("ada")
        async with found.reader("ada") as reader:
            assert (await reader.upload("/", "a.txt", SMALL)).status == 201
            assert (await reader.upload("/", "%C3%89t%C3%A9.bin", LARGE)).status == 201
            await reader.send("/new-folder/", {"name": "Dossier vide"})
        yield found


@pytest.fixture
async def university(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path / "university") as found:
        await found.person("adurand")
        yield found


async def token_of(running: Site, username: str, *scopes: str) -> str:
    vault = await running.institution.vaults.open_password(username, PASSWORD)
    _, token = await keyslots.add_token(vault, "hand-over", scopes, 2**53)  # type: ignore[arg-type]
    return token


async def opened(running: Site, username: str) -> Vault:
    return await running.institution.vaults.open_password(username, PASSWORD)


async def test_everything_arrives_bit_for_bit_and_signed(school: Site, university: Site) -> None:
    token = await token_of(university, "adurand", "documents:read", "documents:write")
    vault = await opened(school, "ada")
    key = school.institution.register.institution_key
    first = await HandOver(vault, "Lycée d'essai", key).carry(university.url, token)
    assert (first.documents, first.size, first.there) == (2, len(SMALL) + len(LARGE), 0)
    there = await opened(university, "adurand")
    found = {path[1:]: node for path, node in await there.walk((first.folder,), 100)}
    assert {"/".join(path) for path in found} >= {"a.txt", "Été.bin", "Dossier vide"}
    for name, content in (("a.txt", SMALL), ("Été.bin", LARGE)):
        pieces = [bytes(piece) async for piece in there.read(found[(name,)])]
        assert b"".join(pieces) == content
    statement = b"".join([bytes(p) async for p in there.read(found[("hand-over.json",)])])
    said = read_statement(statement)
    assert said["key"] == school.institution.trusting.institution_key
    assert {entry["path"] for entry in said["documents"]} == {"a.txt", "Été.bin", "Dossier vide"}
    again = await HandOver(vault, "Lycée d'essai", key).carry(university.url, token)
    assert (again.documents, again.there) == (0, 2)  # it goes on; nothing is sent twice
    rows = await school.institution.catalog.fetch(
        "SELECT verb FROM journal WHERE vault = ? AND verb = ?", (vault.id, "handed-over-to")
    )
    assert len(rows) == 2
    altered = json.loads(statement)
    altered["documents"] = altered["documents"][1:]
    for wrong in (json.dumps(altered).encode(), b"", b"[]", b"{}", statement[:-20]):
        with pytest.raises(VerificationFailed):
            read_statement(wrong)


async def test_a_token_that_may_not_write_carries_nothing(school: Site, university: Site) -> None:
    vault = await opened(school, "ada")
    over = HandOver(vault, "Lycée d'essai", school.institution.register.institution_key)
    for token in (await token_of(university, "adurand", "documents:read"), "parchemin_x", ""):
        with pytest.raises(AccessDenied):
            await over.carry(university.url, token)
    with pytest.raises(StoreError):
        await over.carry("http://127.0.0.1:9", "x")


@pytest.mark.parametrize(
    "server", ["", "coffre.example.fr", "http://coffre.example.fr", "file:///etc", "https://",
               "https://a@b.fr", "https://b.fr/?x=1"],
)  # fmt: skip
def test_only_https_is_carried_to(server: str) -> None:
    with pytest.raises(BadRequest):
        checked(server)
