"""The way out: an exported vault is opened by stock age programs, and nothing is missing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from tests.requirements import need, need_node_modules
from tests.vault.workers import Rules, Worker, pieces, worker
from vault_core.crypto import age
from vault_core.crypto.keys import IdentityKind
from vault_core.errors import StoreError
from vault_core.vault.export import export
from vault_core.vault.vault import Vault

NPM = Path(__file__).parents[1] / "conformance" / "age-encryption"
DOCUMENTS = {
    "empty.txt": b"",
    "small.txt": b"small",
    "folder/large.bin": os.urandom(300_000),
    "folder/été & more.pdf": b"%PDF" * 5000,
    "folder/deeper/" + "é" * 127: b"a long name",
}


@dataclass
class Way:
    """An export, and what was in the vault."""

    folder: Path
    identity: str
    index: dict[str, dict[str, object]]

    def file(self, path: str) -> Path:
        """The age file of a document."""
        return self.folder / str(self.index[path]["file"])


async def _fill(first: Worker) -> None:
    vault, _ = await first.enrol("ada")
    await vault.make_folder(("folder",))
    await vault.make_folder(("folder", "deeper"))
    for path, data in DOCUMENTS.items():
        await vault.write(tuple(path.split("/")), pieces(data))
    await first.deliver("ada", data=b"%PDF issued")
    await vault.refresh()


def _exported(data: Path, to: Path, kind: IdentityKind) -> Way:
    async def run() -> None:
        async with worker(data, rules=Rules(kind=kind)) as first:
            await _fill(first)
            vault = next(iter(first.vaults._held.values())).vault
            done = await export(vault, to)
            assert (done.documents, done.damaged) == (len(DOCUMENTS) + 1, 0)

    asyncio.run(run())
    lines = (to / "identity.txt").read_text().splitlines()
    index = {entry["path"]: entry for entry in json.loads((to / "index.json").read_text())}
    return Way(to, lines[-1], index)


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> Way:
    folder = tmp_path_factory.mktemp("classic")
    return _exported(folder, folder / "export", "x25519")


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory: pytest.TempPathFactory) -> Way:
    folder = tmp_path_factory.mktemp("hybrid")
    return _exported(folder, folder / "export", "mlkem768x25519")


ALL = {**DOCUMENTS, "Attestations/Examens/Diplôme.pdf": b"%PDF issued"}


def test_pyrage_opens_every_document(classic: Way) -> None:
    identity = pyrage.x25519.Identity.from_str(classic.identity)
    for path, data in ALL.items():
        assert pyrage.decrypt(classic.file(path).read_bytes(), [identity]) == data


@pytest.mark.client
def test_debians_age_opens_every_document(classic: Way) -> None:
    program = need("age")
    for path, data in ALL.items():
        words = [program, "-d", "-i", str(classic.folder / "identity.txt"), str(classic.file(path))]
        assert subprocess.run(words, capture_output=True, check=True, timeout=60).stdout == data


@pytest.mark.client
@pytest.mark.parametrize("kind", ["classic", "hybrid"])
def test_npms_age_opens_every_document(kind: str, request: pytest.FixtureRequest) -> None:
    way: Way = request.getfixturevalue(kind)
    words = [need("node", "nodejs"), str(need_node_modules(NPM) / "driver.mjs"), "decrypt"]
    for path, data in ALL.items():
        result = subprocess.run(
            [*words, way.identity], input=way.file(path).read_bytes(), capture_output=True,
            check=True, timeout=60,
        )  # fmt: skip
        assert result.stdout == data


def test_the_identity_says_its_kind(classic: Way, hybrid: Way) -> None:
    assert classic.identity.startswith("AGE-SECRET-KEY-1")
    assert hybrid.identity.startswith("AGE-SECRET-KEY-PQ-1")


def test_the_index_describes_every_document(hybrid: Way) -> None:
    for path, data in ALL.items():
        entry = hybrid.index[path]
        assert entry["size"] == len(data)
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
    assert hybrid.index["Attestations/Examens/Diplôme.pdf"]["issuer"] == "exams"
    assert hybrid.index["folder"]["kind"] == "folder"


def test_only_its_owner_reads_it(classic: Way) -> None:
    for path in [classic.folder, *classic.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_what_lies_too_deep_for_a_file_system_is_exported_too(
    first: Worker, vault: Vault, tmp_path: Path
) -> None:
    deep = tuple(f"a folder with a long name, number {number}" for number in range(150))
    for depth in range(1, len(deep) + 1):
        await vault.make_folder(deep[:depth])
    await vault.write((*deep, "deep.txt"), pieces(b"deep"))
    await vault.write((deep[0], "near.txt"), pieces(b"near"))
    done = await export(vault, tmp_path / "export")
    assert (done.documents, done.damaged) == (2, 0)
    entries = json.loads((tmp_path / "export" / "index.json").read_text())
    index = {entry["path"]: entry for entry in entries}
    assert len(index) == len(deep) + 2
    for path, data in {(*deep, "deep.txt"): b"deep", (deep[0], "near.txt"): b"near"}.items():
        file = tmp_path / "export" / index["/".join(path)]["file"]
        assert age.decrypt(file.read_bytes(), [vault.opened.identity]) == data


async def test_nothing_is_written_over(first: Worker, tmp_path: Path) -> None:
    vault, _ = await first.enrol("ada")
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "there already").touch()
    with pytest.raises(StoreError, match="not empty"):
        await export(vault, folder)
    assert [path.name for path in folder.iterdir()] == ["there already"]
