"""The local store keeps to the contract, syncs in the right order, and survives a bad disk."""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from storage_backends.local import LocalBlobStore, open_local, parchemin_blob_stores
from storage_backends.local_files import BLOCK
from tests.requirements import missing, need
from vault_core.api import BlobStore
from vault_core.errors import BlobNotFound, SettingsError, StoreError, StoreFull
from vault_core.testing.blobstore import (
    KEY,
    OTHER,
    BlobStoreContract,
    chunks_of,
    collect,
    reused,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LocalBlobStore]:
    store = LocalBlobStore(tmp_path / "blobs")
    yield store
    await store.close()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


class TestLocalBlobStore(BlobStoreContract):
    """Every sentence of the `BlobStore` protocol."""

    async def assert_free(self, store: BlobStore) -> None:
        assert await store.sweep(time.time() + 3600) == 0
        await super().assert_free(store)


class TestWithoutNowait(BlobStoreContract):
    """The same where the kernel cannot tell what is cached: every read takes a thread."""

    @pytest.fixture
    async def store(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[LocalBlobStore]:
        monkeypatch.setattr("storage_backends.local._NOWAIT", None)
        store = LocalBlobStore(tmp_path / "blobs")
        yield store
        await store.close()


async def test_files_and_folders_are_their_owners_alone(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    await store.put(KEY, chunks_of(b"x"))
    assert files(tmp_path) == [tmp_path / "blobs" / "01" / KEY]
    assert (tmp_path / "blobs" / "01" / KEY).stat().st_mode & 0o777 == 0o600
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


async def test_two_stores_on_one_tree_see_each_other(store: LocalBlobStore, tmp_path: Path) -> None:
    other = LocalBlobStore(tmp_path / "blobs")
    await store.put(KEY, chunks_of(b"x"))
    assert await other.get(KEY) == b"x"
    await other.delete(KEY)
    with pytest.raises(BlobNotFound):
        await store.get(KEY)
    await other.close()


async def test_a_symbolic_link_is_not_followed(store: LocalBlobStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "blobs" / "01" / KEY).symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError):
        await store.get(KEY)
    with pytest.raises(StoreError):
        await collect(store.stream(KEY, 0, 1, 1))
    assert [info async for info in store.list()] == []


async def test_sweep_removes_what_a_crash_left_once_it_is_old(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    left = tmp_path / "blobs" / "incoming" / f"{KEY}.0011223344556677"
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    recent = left.with_suffix(".8899aabbccddeeff")
    recent.write_bytes(b"half")
    assert [info async for info in store.list()] == []
    assert await store.sweep(1000) == 0
    assert await store.sweep(time.time() - 60) == 1
    assert files(tmp_path) == [recent]


async def test_a_blob_cut_while_it_is_read_is_an_error(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    await store.put(KEY, chunks_of(bytes(100_000)))
    pieces = store.stream(KEY, 0, 100_000, 1000)
    assert len(await anext(pieces)) == 1000
    os.truncate(tmp_path / "blobs" / "01" / KEY, 1500)
    with pytest.raises(StoreError, match="ends too early"):
        await collect(pieces)


LONG = 11 * BLOCK + 17
PLACES = {
    "whole": (0, LONG, BLOCK),
    "odd steps": (0, LONG, BLOCK - 1),
    "from within a page": (777, LONG - 777, BLOCK + 16),
    "to within a page": (4096, 8 * BLOCK + 1, BLOCK),
    "one step": (3, 8 * BLOCK + 5, LONG),
}


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on a disk: the other tests' folders are in memory where there is plenty."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize(("offset", "length", "step"), PLACES.values(), ids=PLACES)
async def test_a_large_blob_reads_the_same_from_the_disk_and_from_memory(
    disk: Path, offset: int, length: int, step: int
) -> None:
    store = LocalBlobStore(disk)
    content = random.Random(2).randbytes(LONG)
    await store.put(KEY, chunks_of(content))
    for _ in ("the disk", "memory"):
        pieces = [bytes(piece) async for piece in store.stream(KEY, offset, length, step)]
        assert [len(piece) for piece in pieces[:-1]] == [step] * (len(pieces) - 1)
        assert b"".join(pieces) == content[offset : offset + length]
    await store.close()


async def test_a_large_blob_cut_while_it_is_read_is_an_error(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    await store.put(KEY, chunks_of(bytes(LONG)))
    pieces = store.stream(KEY, 0, LONG, BLOCK)
    assert len(await anext(pieces)) == BLOCK
    os.truncate(tmp_path / "blobs" / "01" / KEY, 4 * BLOCK + 5)
    with pytest.raises(StoreError, match="ends too early"):
        await collect(pieces)


async def test_a_large_blob_of_which_a_part_is_read_leaves_nothing_open(
    store: LocalBlobStore,
) -> None:
    await store.put(KEY, chunks_of(bytes(LONG)))
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        async with aclosing(store.stream(KEY, 0, LONG, BLOCK)) as pieces:
            await anext(pieces)
    assert sorted(os.listdir("/proc/self/fd")) == before


_PUT_AND_SAY = """
import asyncio, os, sys
from storage_backends.local import LocalBlobStore
from vault_core.testing.blobstore import KEY, chunks_of

async def main():
    store = LocalBlobStore(sys.argv[1], random=bytes)
    os.write(2, b"begin put\\n")
    await store.put(KEY, chunks_of(*[bytes(700_000)] * int(sys.argv[2])))
    os.write(2, b"acknowledged put\\n")
    await store.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("chunks", [1, 5], ids=["small", "large"])
async def test_content_is_synced_then_linked_then_its_folder_synced(
    tmp_path: Path, chunks: int
) -> None:
    subprocess.run(
        [need("strace"), "-f", "-y", "-o", tmp_path / "trace",
         "-e", "trace=fsync,fdatasync,link,linkat,rename,renameat2,write,pwrite64",
         sys.executable, "-c", _PUT_AND_SAY, tmp_path / "blobs", str(chunks)],
        check=True, capture_output=True,
    )  # fmt: skip
    trace = (tmp_path / "trace").read_text()
    between = trace.split("begin put")[1].split("acknowledged put")[0]
    temporary = rf"blobs/incoming/{KEY}\.[0-9a-f]{{16}}"
    steps = {
        "last write": rf"write\(\d+<[^>]*{temporary}>",
        "file synced": rf"f(data)?sync\(\d+<[^>]*{temporary}>",
        "named": rf'link(at)?\([^)]*{temporary}"[^)]*blobs/01/{KEY}"',
        "folder synced": r"fsync\(\d+<[^>]*blobs/01>",
    }
    places = {
        step: [found.start() for found in re.finditer(pattern, between)]
        for step, pattern in steps.items()
    }
    assert all(places.values()), places
    last = [found[-1] for found in places.values()]
    assert last == sorted(last), places
    assert [len(places[step]) for step in list(steps)[1:]] == [1, 1, 1]


SIZES = {
    "a block": [BLOCK],
    "a byte less": [BLOCK - 1],
    "a byte more": [BLOCK + 1],
    "blocks in one piece": [3 * BLOCK],
    "odd pieces": [700_001] * 7,
    "many small pieces": [997] * 3000,
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("kind", ["disk", "ramfs"])
async def test_content_round_the_size_of_a_block(
    tmp_path: Path, kind: str, sizes: list[int]
) -> None:
    """On a disk past the page cache; ramfs has nothing but that cache."""
    if kind == "ramfs":
        command = ["mount", "-t", "ramfs", "ramfs", tmp_path]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            missing("mounting a ramfs needs root")
    try:
        store = LocalBlobStore(tmp_path / "blobs")
        content = random.Random(1).randbytes(sum(sizes))
        ends = list(itertools.accumulate(sizes))
        pieces = [content[end - size : end] for end, size in zip(ends, sizes, strict=True)]
        assert await store.put(KEY, reused(pieces)) == len(content)
        assert await store.get(KEY) == content
        await store.close()
    finally:
        if kind == "ramfs":
            subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.fault
async def test_a_full_disk_stores_nothing_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        missing("mounting a small tmpfs needs root")
    try:
        store = LocalBlobStore(folder / "blobs")
        await store.put(KEY, chunks_of(b"before"))
        with pytest.raises(StoreFull):
            await store.put(OTHER, chunks_of(*[bytes(1 << 20)] * 4))
        assert files(folder) == [folder / "blobs" / "01" / KEY]
        await store.put(OTHER, chunks_of(b"there is room for this"))
        assert await store.get(KEY) == b"before"
        await store.close()
    finally:
        subprocess.run(["umount", folder], check=True)


_PUT_OVER_THE_LIMIT = """
import asyncio, resource, sys
from storage_backends.local import LocalBlobStore
from vault_core.errors import StoreFull
from vault_core.testing.blobstore import KEY, chunks_of

async def main():
    store = LocalBlobStore(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
    try:
        await store.put(KEY, chunks_of(*[bytes(1 << 20)] * 4))
    except StoreFull as error:
        print(error)
    await store.close()

asyncio.run(main())
"""


@pytest.mark.fault
async def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PUT_OVER_THE_LIMIT, tmp_path / "blobs"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "disk is full" in done.stdout
    assert files(tmp_path) == []


@pytest.mark.fault
@pytest.mark.parametrize(
    ("call", "path"),
    [
        pytest.param("fsync", f"blobs/incoming/{KEY}.{'00' * 8}", id="file not synced"),
        pytest.param("link", f"blobs/incoming/{KEY}.{'00' * 8}", id="not named"),
        pytest.param("fsync", "blobs/01", id="folder not synced"),
    ],
)
async def test_a_failing_call_stores_nothing(tmp_path: Path, call: str, path: str) -> None:
    done = subprocess.run(
        [need("strace"), "-f", "-o", "/dev/null", "-P", tmp_path / path,
         "-e", f"trace={call}", "-e", f"inject={call}:error=EIO",
         sys.executable, "-c", _PUT_AND_SAY, tmp_path / "blobs", "5"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "StoreError" in done.stderr
    assert "acknowledged" not in done.stderr
    assert files(tmp_path) == []


@pytest.mark.fault
async def test_a_read_only_disk_refuses_writes_and_serves_reads(tmp_path: Path) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        missing("mounting a tmpfs needs root")
    try:
        store = LocalBlobStore(folder / "blobs")
        await store.put(KEY, chunks_of(b"before"))
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        with pytest.raises(StoreError, match="Read-only"):
            await store.put(OTHER, chunks_of(b"x"))
        with pytest.raises(StoreError, match="Read-only"):
            await store.delete(KEY)
        assert await store.get(KEY) == b"before"
        await store.close()
    finally:
        subprocess.run(["umount", folder], check=True)


async def test_a_missing_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="file/blobs"):
        LocalBlobStore(tmp_path / "file" / "blobs")


async def test_the_hook_opens_it_in_the_data_directory(tmp_path: Path) -> None:
    factory = parchemin_blob_stores()["local"]
    store = factory({}, str(tmp_path))
    await store.put(KEY, chunks_of(b"x"))
    await store.close()
    assert files(tmp_path) == [tmp_path / "blobs" / "01" / KEY]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": 5}, r"storage\.local\.path is 5"),
        ({"path": ""}, r"storage\.local\.path is empty"),
        ({"bucket": "b"}, r"storage\.local\.bucket is not a setting; known are path"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        open_local(options, str(tmp_path))
