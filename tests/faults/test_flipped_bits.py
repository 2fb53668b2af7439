"""One altered bit anywhere: told to somebody, never served as good, and nothing else is harmed."""

from __future__ import annotations

import asyncio
import os
import time
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests import stores
from tests.faults.damage import (
    BIG,
    CATALOG,
    SMALL,
    Sound,
    View,
    alter_blob,
    build,
    exported,
    flip,
    look,
    rows,
)

pytestmark = pytest.mark.fault
SEED = int(os.environ.get("PARCHEMIN_SEED", str(time.time_ns())))
ROWS = 1 if stores.CLUSTER else 3
"""Rows altered of each column."""

TOLD = (
    "nodes.sealed", "nodes.name_index", "nodes.parent", "nodes.kind", "nodes.size", "nodes.blob",
    "nodes.vault", "versions.size", "versions.blob", "versions.node", "versions.vault",
    "blobs.id", "blobs.size", "vaults.used", "vaults.journal_head", "vaults.journal_size",
    "vaults.recipient",
    "journal.at", "journal.verb", "journal.detail", "journal.hash", "journal.slot",
)  # fmt: skip
"""Columns whose damage is told, by `check` or by a refusal, if it touches what is live."""
HARMLESS = (
    "nodes.created_at", "nodes.modified_at", "versions.created_at", "versions.sealed",
    "blobs.data", "blobs.created_at", "blobs.vault", "locks.sealed", "locks.token", "locks.node",
    "deliveries.blob", "deliveries.size", "deliveries.envelope", "deliveries.issuer",
    "persons.sealed", "slots.sealed", "vaults.created_at",
)  # fmt: skip
"""Columns that others can be read without: only what they belong to may be missing or refused."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return asyncio.run(build(tmp_path_factory.mktemp("sound") / "data"))


@pytest.mark.parametrize("column", [*TOLD, *HARMLESS])
async def test_a_flipped_bit(sound: Sound, column: str, tmp_path: Path) -> None:
    random = Random(f"{SEED}{column}")
    table, name = column.split(".")
    chosen = rows(sound.data, table, name, ROWS, random)
    assert chosen, "there is such a row"
    for row in chosen:
        data = sound.copy(tmp_path / "altered")
        touched = flip(data, table, name, row, random)
        view = await look(sound, data)
        assert_nothing_false(sound, view)
        if table not in ("vaults", "deliveries"):
            assert_nothing_else_lost(sound, view, table, touched)
        if column in TOLD:
            assert view.noticed or _shows_less(sound, view), f"PARCHEMIN_SEED={SEED} row {row}"


def _shows_less(sound: Sound, view: View) -> bool:
    """What cannot be opened is left out, and its loss stands in the log."""
    fewer = sound.view.documents.keys() - view.documents.keys()
    return bool(fewer) or view.others != sound.view.others


def assert_nothing_false(sound: Sound, view: View) -> None:
    """Whatever is shown is as it was stored; a document may have found another folder."""
    true = {str(document) for document in sound.view.documents.values()}
    for path, document in view.documents.items():
        if path in sound.view.documents:
            assert document == sound.view.documents[path], path
        elif path[-1] != "Diplôme 2.pdf":  # it was still sealed when `sound` looked
            assert str(document) in true, path


def assert_nothing_else_lost(sound: Sound, view: View, table: str, touched: bytes) -> None:
    """What neither is nor lies in the altered node can be read."""
    top = sound.paths.get(touched) if table == "nodes" else None
    only = sound.blobs.get(touched) if table == "blobs" else None
    for path in sound.view.documents:
        if path == only or (top is not None and path[: len(top)] == top):
            continue
        assert path in view.documents, (table, path, view.refusals)


@pytest.mark.parametrize("column", ["id", "kind", "lookup", "parameters", "wrapped"])
async def test_a_damaged_slot_opens_nothing_and_the_others_do(
    sound: Sound, column: str, tmp_path: Path
) -> None:
    random = Random(f"{SEED}{column}")
    refused = 0
    for row in rows(sound.data, "slots", column, 99, random):
        data = sound.copy(tmp_path / "altered")
        flip(data, "slots", column, row, random)
        views = [await look(sound, data, second) for second in (False, True)]
        assert any(view.documents.keys() >= sound.view.documents.keys() for view in views)
        refused += sum(bool(view.refusals) for view in views)
    assert refused == 2, "one slot of two app passwords each"


PLACES = {"first chunk": 5000, "second chunk": 70_000, "last byte": -1}


@pytest.mark.parametrize("place", PLACES)
async def test_a_flipped_bit_in_a_stored_blob(sound: Sound, place: str, tmp_path: Path) -> None:
    data = sound.copy(tmp_path / "altered")
    await alter_blob(data, partial(_flipped, at=PLACES[place], bit=4))
    await _only_the_big_document_is_refused(sound, data)
    done, files = await exported(sound, data, tmp_path / "export")
    assert done.damaged == 1
    assert files["small.txt.age"] == SMALL


@pytest.mark.parametrize("at", [3, 25, 60, 500, -200_000 - 4 * 16 - 3], ids=str)
async def test_a_flipped_bit_in_a_stored_header(sound: Sound, at: int, tmp_path: Path) -> None:
    """Nothing is lost: reading needs no header, and an export gets a new one."""
    data = sound.copy(tmp_path / "altered")
    await alter_blob(data, partial(_flipped, at=at, bit=2))
    view = await look(sound, data)
    assert view.documents.items() >= sound.view.documents.items()
    done, files = await exported(sound, data, tmp_path / "export")
    assert done.damaged == 0
    assert files["big.bin.age"] == BIG


@pytest.mark.parametrize("length", [0, 100, 65_000, -1])
async def test_a_cut_blob(sound: Sound, length: int, tmp_path: Path) -> None:
    data = sound.copy(tmp_path / "altered")
    await alter_blob(data, lambda content: content[:length])
    view = await _only_the_big_document_is_refused(sound, data)
    assert "blob" in view.problems


async def test_a_missing_blob(sound: Sound, tmp_path: Path) -> None:
    data = sound.copy(tmp_path / "altered")
    await alter_blob(data, lambda _: None)
    view = await _only_the_big_document_is_refused(sound, data)
    assert "blob" in view.problems


async def _only_the_big_document_is_refused(sound: Sound, data: Path) -> View:
    view = await look(sound, data)
    assert_nothing_false(sound, view)
    lost = sound.view.documents.keys() - view.documents.keys()
    assert lost == {("f", "g", "big.bin")}
    return view


def _flipped(content: bytes, at: int, bit: int) -> bytes:
    altered = bytearray(content)
    altered[at] ^= bit
    return bytes(altered)


@pytest.mark.one_machine
async def test_bits_of_the_catalogs_file(sound: Sound, tmp_path: Path) -> None:
    """Below the rows: whatever SQLite makes of it, nothing false is shown and nothing breaks."""
    random = Random(SEED)
    size = (sound.data / CATALOG).stat().st_size
    for _ in range(30):
        data = sound.copy(tmp_path / "altered")
        at = random.randrange(size)
        with (data / CATALOG).open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0] ^ (1 << random.randrange(8))
            file.seek(at)
            file.write(bytes([byte]))
        print(f"PARCHEMIN_SEED={SEED}: byte {at} of {size}")
        assert_nothing_false(sound, await look(sound, data))
