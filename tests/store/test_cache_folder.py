"""Processes that share a data directory start at once; each gets a cache folder of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vault_core.store.blobs.cache_folder import CacheFolder


def test_many_that_start_at_once_remove_no_folder_that_lives(tmp_path: Path) -> None:
    def start(number: int) -> CacheFolder:
        folder = CacheFolder(tmp_path, 1000)
        folder.write(("a" * 32, number), b"x")
        return folder

    for _ in range(10):
        with ThreadPoolExecutor(16) as threads:
            folders = list(threads.map(start, range(16)))
        for number, folder in enumerate(folders):
            assert folder.read(("a" * 32, number)) == b"x"
        for folder in folders:
            folder.close()
    assert list(tmp_path.iterdir()) == []
