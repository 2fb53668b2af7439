"""File systems made for one test: small ones, and ones whose power can be cut. They need root."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
"""Nothing that is still in memory reaches the disk, the journal included: a power cut."""


@cache
def can_mount() -> bool:
    """Whether this process may mount file systems (root, and no container that forbids it)."""
    if os.name != "posix" or os.geteuid() != 0:
        return False
    tried = _run("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt")
    return tried.returncode == 0


@cache
def can_cut_power() -> bool:
    """Whether ext4 can be made in a file and mounted from it."""
    return can_mount() and _run("losetup", "-f").returncode == 0 and _has_ext4()


def _has_ext4() -> bool:
    return (
        "ext4" in Path("/proc/filesystems").read_text() and _run("mkfs.ext4", "-V").returncode == 0
    )


@contextmanager
def tmpfs(point: Path, size: str) -> Iterator[Path]:
    """A file system in memory that holds `size` bytes, with mount's suffixes."""
    point.mkdir()
    _must("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(point))
    try:
        yield point
    finally:
        _must("umount", "--lazy", str(point))


class Ext4:
    """An ext4 file system in a file."""

    def __init__(self, image: Path, point: Path, size: int) -> None:
        """`size` in bytes; the file is sparse, so what is never written takes no room."""
        self.image = image
        self.point = point
        with image.open("wb") as file:
            file.truncate(size)
        _must("mkfs.ext4", "-q", "-F", str(image))
        point.mkdir()

    def mount(self) -> None:
        """Mount it; after a power cut this replays the file system's journal."""
        _must("mount", "-o", "loop", str(self.image), str(self.point))

    def cut_power(self) -> None:
        """Lose all that was not synced. From now on everything fails until the next `mount`."""
        descriptor = os.open(self.point, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Unmount it, once the processes that were killed are gone."""
        deadline = time.monotonic() + 60
        while _run("umount", str(self.point)).returncode != 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not self.point.is_mount()


@contextmanager
def ext4(folder: Path, size: int) -> Iterator[Ext4]:
    """A mounted one of `size` bytes, unmounted at the end."""
    disk = Ext4(folder / "image", folder / "disk", size)
    disk.mount()
    try:
        yield disk
    finally:
        _run("umount", "--lazy", str(disk.point))


def _must(*command: str) -> None:
    result = _run(*command)
    assert result.returncode == 0, (command, result.stderr)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": path}
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))
