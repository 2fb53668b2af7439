"""A small institution with everything in it, and what its owner sees once something was altered."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests import stores
from tests.processes import Account, account, deliver, opened, settings_of
from vault_core.app.institution import Institution
from vault_core.app.opening import create_institution
from vault_core.crypto import age
from vault_core.crypto.keys import parse_identity
from vault_core.errors import ParcheminError
from vault_core.vault.export import Exported, export
from vault_core.vault.keys import keyslots
from vault_core.vault.nodes.names import Path as NodePath
from vault_core.vault.vault import Vault

CATALOG = "catalog.sqlite3"
ROW = "ctid" if stores.CLUSTER else "rowid"
"""How the database itself tells rows apart, whatever is altered in them."""
SMALL, BIG = b"small " * 100, os.urandom(200_000)


@dataclass
class View:
    """What there is to see: documents that can be read, sentences of refusals, what check found."""

    problems: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    documents: dict[NodePath, object] = field(default_factory=dict)
    others: dict[str, object] = field(default_factory=dict)
    """Names in the trash, folders, locks."""

    @property
    def noticed(self) -> bool:
        """Whether anybody is told that something is wrong."""
        return bool(self.problems or self.refusals)


@dataclass
class Sound:
    """The institution before anything is altered."""

    data: Path
    account: Account
    second: str
    """Another app password of the same person."""
    view: View
    paths: dict[bytes, NodePath]
    """Of every node, by its id."""
    blobs: dict[bytes, NodePath]
    """The document that shows each blob."""

    def copy(self, to: Path) -> Path:
        """A copy to alter."""
        stores.copy(self.data, to)
        return to


async def piece(data: bytes) -> AsyncIterator[bytes]:
    """Content in one piece."""
    yield data


async def build(data: Path) -> Sound:
    """Make it."""
    await create_institution(data, settings_of(data))
    async with opened(data) as institution:
        ada = await account(institution, "ada")
        await account(institution, "bob")
        vault = await institution.vaults.open_app_password("ada", ada.token)
        _, second = await keyslots.add_app_password(vault, "second")
        await _fill(institution, vault)
    sound = Sound(data, ada, second, View(), {}, {})
    sound.view = await look(sound, data)
    assert not sound.view.noticed, sound.view
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password("ada", ada.token)
        for path, node in await vault.walk((), 1000):
            sound.paths[node.id] = path
            if node.content is not None:
                sound.blobs[node.content.blob] = path
        await deliver(institution, "ada", 2)  # stays sealed
    _settle(data)
    return sound


async def _fill(institution: Institution, vault: Vault) -> None:
    await deliver(institution, "ada", 1)
    await vault.refresh()
    await vault.make_folder(("f",))
    await vault.make_folder(("f", "g"))
    await vault.write(("f", "small.txt"), piece(b"first"))
    await vault.write(("f", "small.txt"), piece(SMALL))
    await vault.write(("f", "g", "big.bin"), piece(BIG))
    await vault.write(("empty",), piece(b""))
    await vault.write(("gone",), piece(b"gone"))
    await vault.delete(("gone",))
    await vault.set_properties(("f",), {"{x}a": '<a xmlns="x"/>'})
    await vault.lock(
        ("f", "small.txt"), token="urn:uuid:1", shared=False, infinite=False, owner="me",
        seconds=100_000,
    )  # fmt: skip


def _settle(data: Path) -> None:
    """Everything into the one file that is altered, where it is one."""
    if stores.CLUSTER:
        return
    with sqlite3.connect(data / CATALOG) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def look(sound: Sound, data: Path, second: bool = False) -> View:
    """Check the institution, then open the vault and read all of it.

    Anything but one of our errors is a fault of the program, and passes through.
    """
    view = View()
    try:
        async with opened(data) as institution:
            report = await institution.maintenance.check()
            view.problems = [problem.kind for problem in report.problems]
            token = sound.second if second else sound.account.token
            vault = await institution.vaults.open_app_password("ada", token)
            await vault.refresh()
            await _read(view, vault)
    except ParcheminError as error:
        view.refusals.append(str(error))
    return view


async def _read(view: View, vault: Vault) -> None:
    for path, node in await vault.walk((), 1000):
        if node.is_folder:
            continue
        try:
            data = b"".join([bytes(part) async for part in vault.read(node)])
        except ParcheminError as error:
            view.refusals.append(str(error))
            continue
        origin = node.origin and (node.origin.issuer, node.origin.type, node.origin.certificate)
        view.documents[path] = (data, node.media_type, node.modified_at, origin)
    view.others["trash"] = [node.name for node in await vault.trash()]
    view.others["folders"] = [path for path, node in await vault.walk((), 1000) if node.is_folder]
    view.others["locks"] = [lock.path for lock in vault.opened.locks]


async def exported(sound: Sound, data: Path, to: Path) -> tuple[Exported, dict[str, bytes]]:
    """Export the vault, and open every file of it as a stock implementation would."""
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password("ada", sound.account.token)
        done = await export(vault, to)
        identity = parse_identity(str(vault.opened.identity))
    files = sorted((to / "documents").rglob("*.age"))
    return done, {file.name: age.decrypt(file.read_bytes(), [identity]) for file in files}


def rows(data: Path, table: str, column: str, most: int, random: Random) -> list[object]:
    """Some rows in which the column holds something."""
    query = f"SELECT {ROW} FROM {table} WHERE {column} IS NOT NULL"
    found = [row for (row,) in stores.rows(data, query)]
    return random.sample(found, min(most, len(found)))


def flip(data: Path, table: str, column: str, row: object, random: Random) -> bytes:
    """Flip one bit of the value; the row's id as it was, or its node's."""
    owner = {"versions": "node", "locks": "node", "journal": "vault", "deliveries": "blob"}
    wanted = f"{owner.get(table, 'id')}, {column}"
    [(key, value)] = stores.rows(data, f"SELECT {wanted} FROM {table} WHERE {ROW} = ?", row)
    change = f"UPDATE {table} SET {column} = ? WHERE {ROW} = ?"
    stores.rows(data, change, _flipped(value, random), row)
    assert isinstance(key, bytes)
    return key


async def alter_blob(data: Path, change: Callable[[bytes], bytes | None]) -> None:
    """Put what `change` makes of the only large blob in its place; None takes it away."""
    blobs = stores.open_blobs(data)
    [key] = [blob.key async for blob in blobs.list()]
    altered = change(await blobs.get(key))
    await blobs.delete(key)
    if altered is not None:
        await blobs.put(key, piece(altered))
    await blobs.close()


def _flipped(value: object, random: Random) -> object:
    if isinstance(value, int):
        return value ^ 1
    data = bytearray(value.encode() if isinstance(value, str) else value)  # type: ignore[call-overload]
    at = random.randrange(len(data))
    data[at] ^= 1 << random.randrange(3 if isinstance(value, str) else 8)
    return data.decode() if isinstance(value, str) else bytes(data)
