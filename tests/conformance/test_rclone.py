"""rclone on a WebDAV remote, and restic through it, against a real server process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.processes import PDF, Account, Server
from tests.requirements import need

pytestmark = pytest.mark.client
TREE: Mapping[str, bytes] = {
    "a.txt": b"hello",
    "empty": b"",
    "Cours/Été 2026/notes é.txt": b"notes" * 1000,
    "Cours/big.bin": os.urandom(3 * 1024 * 1024 + 7),
    "Cours/chunk.bin": os.urandom(65536),
    "with # and % and ?.txt": b"signs",
}


class Rclone:
    """rclone with a remote `vault:` and nothing from anybody's home."""

    def __init__(self, server: Server, person: Account, work: Path) -> None:
        self.program = need("rclone")
        self.work = work
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(work),
            "RCLONE_CONFIG": str(work / "rclone.conf"),
            "RCLONE_CACHE_DIR": str(work / "rclone-cache"),
            "RCLONE_CONFIG_VAULT_TYPE": "webdav",
            "RCLONE_CONFIG_VAULT_URL": server.url,
            "RCLONE_CONFIG_VAULT_VENDOR": "other",
            "RCLONE_CONFIG_VAULT_USER": person.username,
        }
        (work / "rclone.conf").touch()
        self.env["RCLONE_CONFIG_VAULT_PASS"] = self("obscure", person.token).strip()

    def __call__(self, *words: str) -> str:
        """Standard output and error of a command that must succeed."""
        result = subprocess.run(
            [self.program, *words], env=self.env, capture_output=True, text=True, timeout=180
        )
        assert result.returncode == 0, (words, result.stdout[-2000:], result.stderr[-2000:])
        return result.stdout + result.stderr


@pytest.fixture
def rclone(server: Server, person: Account, tmp_path: Path) -> Rclone:
    return Rclone(server, person, tmp_path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with documents of all sizes."""
    for name, data in TREE.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "tree"


def _read(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_copy_up_check_and_copy_down(rclone: Rclone, tree: Path, tmp_path: Path) -> None:
    rclone("copy", str(tree), "vault:tree")
    told = rclone("check", "--download", str(tree), "vault:tree")
    assert "0 differences found" in told
    assert f"{len(TREE)} matching files" in told
    rclone("copy", "vault:tree", str(tmp_path / "back"))
    assert _read(tmp_path / "back") == dict(TREE)


def test_what_was_delivered_is_copied(rclone: Rclone, tmp_path: Path) -> None:
    rclone("copy", "vault:Attestations", str(tmp_path / "back"))
    assert _read(tmp_path / "back") == {"Examens/Diplôme.pdf": PDF}


def test_sync_makes_the_vault_the_same(rclone: Rclone, tree: Path) -> None:
    rclone("sync", str(tree), "vault:tree")
    (tree / "a.txt").unlink()
    (tree / "Cours" / "big.bin").write_bytes(b"small now")
    (tree / "new.txt").write_bytes(b"new")
    rclone("sync", str(tree), "vault:tree")
    assert "0 differences found" in rclone("check", "--download", str(tree), "vault:tree")
    listed = rclone("lsf", "-R", "--files-only", "vault:tree").split("\n")
    assert "a.txt" not in listed
    assert "new.txt" in listed


def test_move_within_and_out_of_the_vault(rclone: Rclone, tree: Path, tmp_path: Path) -> None:
    rclone("copy", str(tree), "vault:one")
    rclone("move", "vault:one", "vault:two/below")
    rclone("moveto", "vault:two/below/a.txt", "vault:two/b.txt")
    rclone("move", "vault:two", str(tmp_path / "back"))
    back = _read(tmp_path / "back")
    assert back["b.txt"] == TREE["a.txt"]
    assert back["below/Cours/big.bin"] == TREE["Cours/big.bin"]
    assert rclone("lsf", "-R", "--files-only", "vault:two").strip() == ""


def test_bisync_carries_both_sides(rclone: Rclone, tree: Path) -> None:
    rclone("mkdir", "vault:both")
    rclone("bisync", str(tree), "vault:both", "--resync")
    (tree / "from-here.txt").write_bytes(b"here")
    (tree / "a.txt").unlink()
    there = tree.parent / "there.txt"
    there.write_bytes(b"there")
    rclone("copyto", str(there), "vault:both/from-there.txt")
    rclone("bisync", str(tree), "vault:both")
    assert (tree / "from-there.txt").read_bytes() == b"there"
    listed = rclone("lsf", "-R", "--files-only", "vault:both").split("\n")
    assert "from-here.txt" in listed
    assert "a.txt" not in listed
    assert "0 differences found" in rclone("check", "--download", str(tree), "vault:both")


def test_streaming_and_ranges(rclone: Rclone, tree: Path) -> None:
    rclone("copy", str(tree), "vault:tree")
    assert rclone("cat", "vault:tree/a.txt") == "hello"
    assert rclone("cat", "--offset", "2", "--count", "2", "vault:tree/a.txt") == "ll"


def test_restic_backs_up_through_rclone(rclone: Rclone, tree: Path, tmp_path: Path) -> None:
    restic = need("restic")
    env = {
        **rclone.env,
        "RESTIC_PASSWORD": "a test",
        "RESTIC_REPOSITORY": "rclone:vault:backup",
        "RESTIC_CACHE_DIR": str(tmp_path / "restic-cache"),
    }

    def run(*words: str) -> str:
        command = [restic, "-o", f"rclone.program={rclone.program}", *words]
        result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180)
        assert result.returncode == 0, (words, result.stdout[-2000:], result.stderr[-2000:])
        return result.stdout

    run("init")
    run("backup", str(tree))
    (tree / "a.txt").write_bytes(b"changed")
    run("backup", str(tree))
    assert "no errors were found" in run("check", "--read-data")
    run("forget", "--keep-last", "1", "--prune")
    run("restore", "latest", "--target", str(tmp_path / "restored"))
    restored = tmp_path / "restored" / tree.relative_to("/")
    assert _read(restored) == {**TREE, "a.txt": b"changed"}
