"""Backups: incremental, verified, thinned out, and silent about the institution's key."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.parchemin import facts, parchemin
from tests.crypto.age_files import CLASSIC, HYBRID, TAGGED
from tests.processes import Account, opened, prepare
from tests.requirements import need
from tests.vault.workers import pieces
from vault_core.app.copies import back_up
from vault_core.copies import backup as backups
from vault_core.copies import catalogs, index
from vault_core.copies.progress import Progress, silent
from vault_core.crypto.keys import generate_identity
from vault_core.store.catalog import Unit

LARGE = 90_000


async def fill(data: Path, account: Account, *names: str) -> None:
    """Write documents that are large enough for the blob store."""
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password(account.username, account.token)
        for name in names:
            await vault.write((name,), pieces(os.urandom(LARGE)))


@pytest.fixture
def ada(tmp_path: Path) -> Account:
    """The one person of the institution, who has three documents."""
    (account,) = prepare(tmp_path / "data", "ada")
    asyncio.run(fill(tmp_path / "data", account, "1", "2", "3"))
    return account


@pytest.fixture
def data(tmp_path: Path, ada: Account) -> Path:
    """The institution's directory."""
    return tmp_path / "data"


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backup"


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_what_is_new_is_copied(data: Path, to: Path, ada: Account) -> None:
    first = facts("backup", "--to", to, data=data)
    assert (first["blobs"], first["new_blobs"]) == (3, 3)
    again = facts("backup", "--to", to, data=data)
    assert (again["blobs"], again["new_blobs"], again["new_pieces"]) == (3, 0, 0)
    asyncio.run(fill(data, ada, "4"))
    third = facts("backup", "--to", to, data=data)
    assert (third["blobs"], third["new_blobs"]) == (4, 1)


def test_sha256sum_checks_it(data: Path, to: Path) -> None:
    facts("backup", "--to", to, data=data)
    command = [need("sha256sum", "coreutils"), "--check", "--strict", "blobs.sha256"]
    done = subprocess.run(command, cwd=to, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == 3


def test_the_institutions_key_is_not_in_it(data: Path, to: Path) -> None:
    key = (data / "institution.key").read_text().split()[1]
    told = parchemin("backup", "--to", to, data=data).stdout
    assert "NOT in this backup" in told
    parchemin(
        "backup", "--to", to, "--passphrase-stdin", data=data, given="twelve letters or more\n"
    )
    for path, content in files_of(to).items():
        assert key.encode() not in content, path
        assert bytes.fromhex(key) not in content, path


def test_backups_are_for_the_owner_only(data: Path, to: Path) -> None:
    facts("backup", "--to", to, data=data)
    for path in (to, *to.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_key_travels_to_an_age_recipient(data: Path, to: Path, tmp_path: Path) -> None:
    identity = generate_identity("x25519", os.urandom)
    (tmp_path / "id.txt").write_text(f"# kept in a safe\n{identity}\n")
    made = facts("backup", "--to", to, "--recipient", str(identity.recipient), data=data)
    assert made["institution_key"] == "wrapped"
    command = [need("age"), "--decrypt", "-i", tmp_path / "id.txt"]
    wrapped = Path(made["snapshot"]) / "institution.age"
    done = subprocess.run([*command, wrapped], capture_output=True, check=True)
    assert (
        json.loads(done.stdout)["files"]["institution.key"]
        == (data / "institution.key").read_text()
    )
    back = tmp_path / "back"
    told = facts("restore", to, "--identity", tmp_path / "id.txt", data=back)
    assert told["has_key"] is True
    assert (back / "institution.key").read_bytes() == (data / "institution.key").read_bytes()
    assert facts("check", data=back)["problems"] == []


def test_a_passphrase_opens_it_and_another_does_not(data: Path, to: Path, tmp_path: Path) -> None:
    secret = "correct horse battery"
    parchemin("backup", "--to", to, "--passphrase-stdin", data=data, given=f"{secret}\n")
    words = ("restore", to, "--passphrase-stdin")
    refused = parchemin(*words, data=tmp_path / "a", given="something else\n", status=2)
    assert "does not open" in refused.stderr
    assert secret not in refused.stderr
    facts(*words, data=tmp_path / "b", given=f"{secret}\n")
    assert (tmp_path / "b" / "institution.key").exists()


REFUSED = {
    "a short passphrase": (("--passphrase-stdin",), "short\n", "at least 12"),
    "no recipient": (("--recipient", "age1nonsense"), "", "no age recipient"),
    "both": (("--recipient", "age1x", "--passphrase-stdin"), "correct horse battery\n", "not both"),
    "two kinds": (
        ("--recipient", str(CLASSIC.recipient), "--recipient", str(HYBRID.recipient)),
        "",
        "recipients of one kind",
    ),
    "a tagged one": (("--recipient", TAGGED), "", "age1pq1"),
    "an identity": (("--recipient", "AGE-SECRET-KEY-1QQQ"), "", "no age recipient"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_options(data: Path, to: Path, case: str) -> None:
    words, given, told = REFUSED[case]
    done = parchemin("backup", "--to", to, *words, data=data, given=given, status=2)
    assert told in done.stderr
    assert not to.exists()


def test_old_backups_go_with_what_only_they_name(data: Path, to: Path) -> None:
    first = facts("backup", "--to", to, data=data)
    destroyed = sorted((data / "blobs").glob("[0-9a-f][0-9a-f]/*"))[0].name
    asyncio.run(destroy(data, destroyed))
    kept = facts("backup", "--to", to, "--keep", "1", data=data)
    assert [path.name for path in (to / "snapshots").iterdir()] == [Path(kept["snapshot"]).name]
    assert Path(first["snapshot"]).name != Path(kept["snapshot"]).name
    assert not (to / "blobs" / destroyed[:2] / destroyed).exists()
    assert destroyed not in (to / "blobs.sha256").read_text()
    assert facts("restore", to, "--prove", data=to.parent / "back")["proved"]["blobs"] == 2


async def destroy(data: Path, key: str) -> None:
    """The document and its blob go, as when its owner purges it."""
    async with opened(data) as institution:
        await institution.catalog.commit(_forget, bytes.fromhex(key))
        await institution.blobs.delete(key)
        await institution.maintenance.check(repair=True)


def _forget(blob: bytes) -> Unit[None]:
    yield ("DELETE FROM nodes WHERE blob = ?", (blob,))
    yield ("DELETE FROM blobs WHERE id = ?", (blob,))


def test_a_blob_that_the_store_lost_is_named(data: Path, to: Path) -> None:
    lost, cut, _ = sorted((data / "blobs").glob("[0-9a-f][0-9a-f]/*"))
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:1000])
    made = facts("backup", "--to", to, data=data, status=1)
    assert {one["blob"]: one["why"] for one in made["lacking"]} == {
        lost.name: "missing", cut.name: "damaged",
    }  # fmt: skip
    assert made["blobs"] == 1


async def test_what_is_destroyed_between_catalog_and_blobs_is_no_loss(
    data: Path, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalog is copied again, until every blob that it names is there."""
    key = sorted((data / "blobs").glob("[0-9a-f][0-9a-f]/*"))[0].name
    rounds: list[int] = []
    plain = catalogs.sqlite_source

    def destroying(path: Path) -> backups.CopyCatalog:
        copy = plain(path)

        async def first_copy_then_destroy(target: Path, progress: Progress) -> None:
            await copy(target, progress)
            rounds.append(1)
            if len(rounds) == 1:
                await destroy(data, key)

        return first_copy_then_destroy

    async def no_blob_yet(self: backups.Backup) -> object:
        return
        yield

    monkeypatch.setattr("vault_core.app.copies.sqlite_source", destroying)
    monkeypatch.setattr(backups.Backup, "_live_blobs", no_blob_yet)
    async with opened(data) as institution:
        made = await back_up(institution, to, Progress(silent))
    assert len(rounds) == 2
    assert made.index.lacking == ()
    assert made.index.blobs.count == 2


def test_two_at_once_are_kept_apart(data: Path, to: Path) -> None:
    from vault_core.copies.files import only_one

    facts("backup", "--to", to, data=data)
    with only_one(to, "taken"):
        done = parchemin("backup", "--to", to, data=data, status=2)
    assert "Another backup" in done.stderr


def _alter_blob(to: Path) -> str:
    path = sorted(to.glob("blobs/[0-9a-f][0-9a-f]/*"))[1]
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    return path.name


def _remove_blob(to: Path) -> str:
    path = sorted(to.glob("blobs/[0-9a-f][0-9a-f]/*"))[2]
    path.unlink()
    return path.name


@pytest.mark.parametrize("harm", [_alter_blob, _remove_blob])
def test_a_harmed_blob_is_named_and_the_others_come_back(
    data: Path, to: Path, harm: Callable[[Path], str]
) -> None:
    facts("backup", "--to", to, data=data)
    name = harm(to)
    told = facts("restore", to, "--prove", data=to.parent / "back", status=1)
    assert told["altered"] == [name]
    assert told["blobs"] == 2
    assert [one for one in told["problems"] if name in one and "missing" in one]


def _alter_piece(to: Path) -> None:
    path = sorted(to.glob("pieces/??/*"))[0]
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def _remove_piece(to: Path) -> None:
    sorted(to.glob("pieces/??/*"))[0].unlink()


def _swap_pieces(to: Path) -> None:
    """Pieces that are whole each, and not this catalog together."""
    snapshot = index.snapshots(to)[0]
    found = json.loads((snapshot / "index.json").read_text())
    found["catalog"]["pieces"].append(found["catalog"]["pieces"][0])
    (snapshot / "index.json").write_text(json.dumps(found))


def _shorten_list(to: Path) -> None:
    path = index.snapshots(to)[0] / "blobs.sha256"
    path.write_bytes(path.read_bytes()[:-90])


def _garble_index(to: Path) -> None:
    (index.snapshots(to)[0] / "index.json").write_text('{"format": "parchemin-backup-2"}')


def _escape(to: Path) -> None:
    """A name that would lead out of the folder."""
    snapshot = index.snapshots(to)[0]
    found = json.loads((snapshot / "index.json").read_text())
    found["catalog"]["pieces"][0] = "../../../etc/passwd"
    (snapshot / "index.json").write_text(json.dumps(found))


HARMS = [_alter_piece, _remove_piece, _swap_pieces, _shorten_list, _garble_index, _escape]


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_catalog_is_refused(data: Path, to: Path, harm: Callable[[Path], None]) -> None:
    facts("backup", "--to", to, data=data)
    harm(to)
    back = to.parent / "back"
    done = parchemin("restore", to, data=back, status=2)
    assert done.stderr.startswith("parchemin: ")
    assert done.stderr.count("\n") == 1
    assert not (back / "catalog.sqlite3").exists()


def test_a_restore_replaces_nothing(data: Path, to: Path) -> None:
    facts("backup", "--to", to, data=data)
    before = files_of(data)
    done = parchemin("restore", to, data=data, status=2)
    assert "not empty" in done.stderr
    assert files_of(data) == before


def test_an_earlier_snapshot_comes_back_by_its_name(data: Path, to: Path, ada: Account) -> None:
    first = Path(facts("backup", "--to", to, data=data)["snapshot"]).name
    asyncio.run(fill(data, ada, "4", "5"))
    facts("backup", "--to", to, data=data)
    old = facts("restore", to, "--snapshot", first, "--prove", data=to.parent / "old")
    assert (old["blobs"], old["problems"]) == (3, [])
    assert facts("restore", to, data=to.parent / "new")["blobs"] == 5
    done = parchemin(
        "restore", to, "--snapshot", "20200101T000000Z", data=to.parent / "x", status=2
    )
    assert first in done.stderr


def test_the_list_of_a_snapshot_is_what_its_index_says(data: Path, to: Path) -> None:
    facts("backup", "--to", to, data=data)
    snapshot = index.snapshots(to)[0]
    listed = (snapshot / "blobs.sha256").read_bytes()
    found = index.read(snapshot)
    assert hashlib.sha256(listed).hexdigest() == found.blobs.list_sha256
    assert found.blobs.count == listed.count(b"\n") == 3
