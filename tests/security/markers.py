"""Looking for words in bytes: as text and as what programs make of it."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote


def forms(word: str) -> Iterator[bytes]:
    """The word in every encoding that it might have been stored in."""
    for codec in ("utf-8", "utf-16-le", "utf-16-be", "cp1252"):
        data = word.encode(codec)
        yield from (data, data.hex().encode(), data.hex().upper().encode())
        yield from (_base64(data, shift) for shift in range(3))
    yield quote(word).encode()
    yield word.encode("ascii", "backslashreplace")


def _base64(data: bytes, shift: int) -> bytes:
    """What base64 makes of the data `shift` bytes after a multiple of three, without its ends."""
    encoded = base64.b64encode(bytes(shift) + data)
    start = (0, 2, 3)[shift]
    return encoded[start : len(encoded) - 4]


def found(words: Iterable[str], data: bytes) -> set[str]:
    """The words that are in the data in some form, in capitals or not."""
    return {word for word in words if any(form in data for form in _all_forms(word))}


def _all_forms(word: str) -> set[bytes]:
    return {form for case in (word, word.lower(), word.upper()) for form in forms(case)}


def files(folder: Path) -> dict[str, bytes]:
    """Every file under the folder: its path and its bytes, the path among them."""
    return {
        str(path.relative_to(folder)): str(path.relative_to(folder)).encode() + path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def found_in_files(words: Iterable[str], stored: Mapping[str, bytes]) -> dict[str, set[str]]:
    """For each file with any of the words, which."""
    wanted = list(words)
    hits = {name: found(wanted, data) for name, data in stored.items()}
    return {name: words for name, words in hits.items() if words}


def memory(pid: int) -> bytes:
    """All that the process has in memory and may write to."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            addresses, rights = line.split()[:2]
            start, end = (int(text, 16) for text in addresses.split("-"))
            if rights.startswith("rw") and "[v" not in line:
                parts.append(_region(file.fileno(), start, end))
    return b"".join(parts)


def _region(file: int, start: int, end: int) -> bytes:
    try:
        return os.pread(file, end - start, start)
    except OSError:  # a guard page, or gone meanwhile
        return b""
