"""Who has the storage, the settings, the server's key and its memory reads nothing.

A diploma is delivered into a vault that nobody opens, by the command that everybody uses; somebody
else fills a vault over WebDAV. Then every stored byte is searched, and every key is tried.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from tests import stores
from tests.cli import diplomas
from tests.cli.parchemin import facts
from tests.processes import Account, Server, account, command, opened, running
from tests.security import markers
from tests.serving import Client, basic
from vault_core.crypto import age
from vault_core.crypto.keys import Identity, identity_of
from vault_core.crypto.sealed import Keyring, SealingKeys, ServerKeyring
from vault_core.crypto.slots import SlotBinding, SlotKind, WrappedIdentity, unwrap_identity
from vault_core.errors import AccessDenied, CryptoError
from vault_core.vault.persons.person import Facts

FAMILY = "DELACROIX-VANDENBERGHE"
GIVEN = "Hildegarde"
INE = "987654321QZ"
BIRTHPLACE = "Puybegon-les-Bains"
MINE = {
    "folder": "Dossier Zephyrine",
    "name": "Bulletin Quetzalcoatl.txt",
    "content": "Le contenu Xylophage est secret.",
    "long": "Un contenu Brontosaure qui est long. ",
    "property": "Propriete Melchisedech",
    "owner": "Proprietaire Nabuchodonosor",
    "label": "Telephone Artaxerxes",
}
"""What somebody puts into an open vault."""
DELIVERED = (FAMILY, GIVEN, INE, BIRTHPLACE, "Baccalaur", "Diplôme", "%PDF-1.", "Terminale")
"""What is in the delivered diploma, its names or its rows."""
IDLE = {"PARCHEMIN_VAULT__IDLE_SECONDS": "1"}


@dataclass(frozen=True, slots=True)
class World:
    """The institution after the delivery, and its server, which never opened the locked vault."""

    data: Path
    server: Server
    ada: Account
    locked: Account


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("readable")
    data = folder / "data"
    command(data, "init").check_returncode()
    row = diplomas.rows(1)[0] | _subject()
    ada, locked = asyncio.run(_people(data, row))
    table = diplomas.write(folder / "results.csv", [row])
    with running(data, IDLE) as server:
        [told] = facts("deliver", "bac", table, data=data)
        assert told["delivered"] == 1
        asyncio.run(_fill(server, ada))
        yield World(data, server, ada, locked)


def _subject() -> dict[str, str]:
    return {
        "ine": INE, "family_name": FAMILY, "given_names": GIVEN, "birth_date": "14/03/2007",
        "birth_place": BIRTHPLACE,
    }  # fmt: skip


async def _people(data: Path, row: dict[str, str]) -> tuple[Account, Account]:
    subject = diplomas.bac().parse(row).subject
    about = Facts(subject.given_names[0], subject.family_name, subject.birth_date, subject.ine)
    async with opened(data) as institution:
        return await account(institution, "ada"), await account(institution, "pupil", about)


async def _fill(server: Server, ada: Account) -> None:
    """Everything that a client can store."""
    client = Client(server.port, ada.authorization)
    folder = "/dav/" + MINE["folder"].replace(" ", "%20")
    name = f"{folder}/" + MINE["name"].replace(" ", "%20")
    assert (await client.request("MKCOL", folder)).status == 201
    assert (await client.request("PUT", name, MINE["content"].encode())).status == 201
    assert (await client.request("PUT", name, MINE["long"].encode() * 9000)).status == 204
    change = (
        '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">'
        f"{MINE['property']}</x></prop></set></propertyupdate>"
    )
    assert (await client.request("PROPPATCH", name, change.encode())).status == 207
    lock = (
        '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
        f"<owner>{MINE['owner']}</owner></lockinfo>"
    )
    assert (await client.request("LOCK", name, lock.encode())).status == 200
    assert (await client.request("COPY", name, Destination=f"{name}.copy")).status == 201
    assert (await client.request("DELETE", f"{name}.copy")).status == 204
    found = await client.request("PROPFIND", folder, Depth="1")
    assert {MINE["property"], MINE["owner"]} <= markers.found(MINE.values(), found.body)
    await client.close()


def test_no_stored_byte_tells_a_name_or_a_text(world: World) -> None:
    stored = stores.stored(world.data)
    catalog = {"catalog/nodes"} if stores.CLUSTER else {"catalog.sqlite3", "catalog.sqlite3-wal"}
    assert {*catalog, "institution.key"} <= set(stored)
    assert any(name.startswith("blobs/") for name in stored)
    assert markers.found_in_files([*MINE.values(), *DELIVERED], stored) == {}
    assert markers.found([*MINE.values(), *DELIVERED], world.server.log_path.read_bytes()) == set()


@pytest.mark.one_machine
def test_not_even_after_everything_is_written_back(world: World) -> None:
    with closing(sqlite3.connect(world.data / "catalog.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        dump = "\n".join(database.iterdump()).encode()
    stored = {"dump": dump, **markers.files(world.data)}
    assert markers.found_in_files([*MINE.values(), *DELIVERED], stored) == {}


@pytest.mark.parametrize("word", [*MINE.values(), *DELIVERED])
def test_the_search_finds_what_is_written_plainly(word: str, tmp_path: Path) -> None:
    for number, form in enumerate(markers.forms(word)):
        (tmp_path / f"blob{number}").write_bytes(b"\x00\xff" * 50 + form + b"\x00\xff" * 50)
    stored = markers.files(tmp_path)
    assert markers.found_in_files([word], stored) == {name: {word} for name in stored}
    (tmp_path / "inner").mkdir()
    with closing(sqlite3.connect(tmp_path / "inner" / "plain.sqlite3")) as database:
        database.execute("CREATE TABLE nodes (name TEXT)")
        database.execute("INSERT INTO nodes VALUES (?)", (word,))
        database.commit()
    assert "inner/plain.sqlite3" in markers.found_in_files([word], markers.files(tmp_path))


@dataclass(frozen=True, slots=True)
class Sealed:
    """One stored ciphertext, and for which place it was sealed."""

    where: str
    vault: bytes
    context: bytes
    data: bytes


SEALED = {
    "nodes": "SELECT vault, id, sealed FROM nodes",
    "versions": "SELECT vault, node, sealed FROM versions",
    "slots": "SELECT vault, id, sealed FROM slots",
    "locks": "SELECT vault, CAST(token AS BLOB), sealed FROM locks",
}


def _sealed(data: Path) -> list[Sealed]:
    return [
        Sealed(table, vault, table.removesuffix("s").encode() + place, sealed)
        for table, query in SEALED.items()
        for vault, place, sealed in stores.rows(data, query)
    ]


def _age_files(data: Path) -> list[bytes]:
    """Every age file that is stored: contents, large and small, and envelopes."""
    rows = stores.rows(data, "SELECT data FROM blobs WHERE data IS NOT NULL")
    rows += stores.rows(data, "SELECT envelope FROM deliveries WHERE envelope IS NOT NULL")
    return [row[0] for row in rows] + [blob for blob in _large(data) if blob.startswith(b"age-")]


def _large(data: Path) -> list[bytes]:
    if stores.CLUSTER:
        return [blob for _, blob in stores.objects(data)]
    return [path.read_bytes() for path in (data / "blobs").rglob("*") if path.is_file()]


def _held(data: Path) -> dict[str, bytes]:
    """Everything of 16 bytes and more that might be a key, by where the server has it."""
    key = bytes.fromhex((data / "institution.key").read_text().split()[1])
    found = {
        f"{table}.{column}": value
        for table, column in itertools.chain(
            itertools.product(["vaults"], ["id", "journal_head"]),
            itertools.product(["slots"], ["id", "lookup"]),
            itertools.product(["persons"], ["ine_index", "name_index"]),
            itertools.product(["deliveries"], ["id", "record_key"]),
        )
        for (value,) in stores.rows(data, f"SELECT {column} FROM {table}")
        if value is not None
    }
    return {"institution.key": key, **found}


def _identities(data: Path) -> list[Identity]:
    secrets = [(value + value)[:32] for value in _held(data).values()]
    return [identity_of(kind, each) for kind in ("x25519", "mlkem768x25519") for each in secrets]


def _keyrings(data: Path, vault: bytes) -> list[SealingKeys]:
    servers = [ServerKeyring((value + value)[:32]) for value in _held(data).values()]
    return [*servers, *(Keyring(identity, vault) for identity in _identities(data))]


def _opens(keyring: SealingKeys, sealed: Sealed) -> bool:
    try:
        keyring.open(sealed.context, sealed.data)
    except CryptoError:
        return False
    return True


def test_no_key_of_the_server_opens_what_is_sealed(world: World) -> None:
    stored = _sealed(world.data)
    assert {sealed.where for sealed in stored} == set(SEALED)
    for vault in {sealed.vault for sealed in stored}:
        keyrings = _keyrings(world.data, vault)
        mine = [sealed for sealed in stored if sealed.vault == vault]
        opened_by = [s.where for s in mine for keyring in keyrings if _opens(keyring, s)]
        assert opened_by == []


def test_no_key_of_the_server_opens_an_age_file(world: World) -> None:
    stored = _age_files(world.data)
    assert len(stored) >= 4  # two contents, the diploma and its envelope
    for identity, data in itertools.product(_identities(world.data), stored):
        with pytest.raises(CryptoError):
            age.decrypt(data, [identity])


def test_no_key_of_the_server_opens_a_slot(world: World) -> None:
    slots = stores.rows(world.data, "SELECT vault, id, kind, parameters, wrapped FROM slots")
    assert {str(slot[2]) for slot in slots} == {"activation", "app-password"}
    tried = 0
    for (vault, slot, _, parameters, wrapped), kind in itertools.product(slots, get_args(SlotKind)):
        stored = WrappedIdentity(str(parameters), wrapped)
        for secret in _held(world.data).values():
            with pytest.raises(AccessDenied):
                unwrap_identity(stored, secret, SlotBinding(vault, slot, kind))
            tried += 1
    assert tried >= 4 * len(get_args(SlotKind)) * 5


async def test_the_owners_credential_opens_all_of_it(tmp_path: Path) -> None:
    """The keys are tried in the right places: the right key opens everything there."""
    data = tmp_path / "data"
    command(data, "init").check_returncode()
    async with opened(data) as institution:
        ada = await account(institution, "ada")
    with running(data) as server:
        await _fill(server, ada)
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password("ada", ada.token)
        identity = vault.opened.identity
        keyring = Keyring(identity, ada.id)
        stored = _sealed(data)
        assert {sealed.where for sealed in stored} == set(SEALED)
        assert all(_opens(keyring, sealed) for sealed in stored)
        files = b"".join(age.decrypt(file, [identity]) for file in _age_files(data))
    assert MINE["content"].encode() in files
    assert MINE["long"].encode() in files


def test_the_servers_memory_has_nothing_of_a_vault_that_it_never_opened(world: World) -> None:
    held = markers.memory(world.server.pid)
    assert str(world.data).encode() in held  # it is the memory of the process that serves
    assert markers.found([FAMILY, INE, BIRTHPLACE], held) == set()
    assert world.locked.token.encode() not in held


async def test_memory_is_searched_where_an_open_vault_is(world: World) -> None:
    client = Client(world.server.port, world.ada.authorization)
    assert (await client.request("PROPFIND", "/dav/", Depth="infinity")).status in (207, 403)
    held = markers.memory(world.server.pid)
    await client.close()
    assert MINE["folder"] in markers.found([MINE["folder"]], held)


async def test_what_is_forgotten_opens_by_the_credential_alone(world: World) -> None:
    client = Client(world.server.port, world.ada.authorization)
    assert (await client.request("GET", "/dav/")).status == 200
    before: int | None = None
    async with asyncio.timeout(120):
        while before is None or len(_openings(world)) == before:  # until it was opened anew
            await asyncio.sleep(5)  # idle after 1 s, looked at every 2 s; then written
            before = len(_openings(world)) if before is None else before
            for password in ("", "wrong", world.locked.token, world.ada.id.hex()):
                refused = await client.request("GET", "/dav/", Authorization=basic("ada", password))
                assert refused.status == 401
            assert (await client.request("GET", "/dav/")).status == 200
    await client.close()


def _openings(world: World) -> list[tuple[bytes, ...]]:
    query = "SELECT number FROM journal WHERE vault = ? AND verb = 'open'"
    return stores.rows(world.data, query, world.ada.id)


async def test_the_owner_reads_what_was_delivered(world: World) -> None:
    client = Client(world.server.port, world.locked.authorization)
    listed = await client.request("PROPFIND", "/dav/Attestations/", Depth="infinity")
    hrefs = [element.text for element in listed.xml().iter("{DAV:}href")]
    [document] = [href for href in hrefs if href.endswith(".pdf")]
    assert markers.found(["Diplôme", "Baccalaur"], document.encode())
    assert (await client.request("GET", document)).body.startswith(b"%PDF-1.")
    await client.close()
    assert markers.found(["%PDF-1."], markers.memory(world.server.pid)) == {"%PDF-1."}
