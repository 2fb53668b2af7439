"""What was copied and verified already, one line each: how an interrupted copy goes on.

The lines are those of `sha256sum`, so the backup's own list is checked with
`sha256sum --check blobs.sha256` and nothing else.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_LINE = re.compile(r"([0-9a-f]{64})  blobs/[0-9a-f]{2}/([0-9a-f]{32})\n")


def place(key: str) -> str:
    """Where a blob lies in a backup."""
    return f"blobs/{key[:2]}/{key}"


def line(key: str, sha256: str) -> str:
    """A blob's line in a list."""
    return f"{sha256}  {place(key)}\n"


def parse(text: str) -> dict[str, str]:
    """Key to SHA-256. A line that was cut by a crash, or is none of ours, is passed over."""
    return {key: sha256 for sha256, key in _LINE.findall(text)}


class Ledger:
    """A list that only grows; what it says is true, for a line is written after its blob."""

    def __init__(self, path: Path) -> None:
        """Read it, if it is there."""
        self.path = path
        try:
            text = path.read_text("ascii", errors="replace")
        except FileNotFoundError:
            text = ""
        self.known = parse(text)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if text and not text.endswith("\n"):
            os.write(self._file, b"\n")

    def add(self, key: str, sha256: str) -> None:
        """The blob is copied and durable. Losing the line in a crash costs reading it again."""
        self.known[key] = sha256
        os.write(self._file, line(key, sha256).encode())

    def forget(self, keys: set[str]) -> None:
        """These are gone; the list is written anew without them."""
        for key in keys:
            self.known.pop(key, None)
        text = "".join(line(key, sha256) for key, sha256 in sorted(self.known.items()))
        unfinished = self.path.with_name(self.path.name + ".unfinished")
        unfinished.write_text(text, "ascii")
        unfinished.chmod(0o600)
        unfinished.rename(self.path)
        os.close(self._file)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def close(self) -> None:
        """Make the list durable."""
        os.fsync(self._file)
        os.close(self._file)
