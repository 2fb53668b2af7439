"""A large file kept as pieces of 1 MiB named by their SHA-256: what did not change is kept once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from vault_core.copies import files
from vault_core.errors import InvalidBackup

SIZE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cut:
    """A file as its pieces, in order; `written` of them were not there before."""

    size: int
    sha256: str
    pieces: tuple[str, ...]
    written: int = 0


def cut(source: Path, folder: Path) -> Cut:
    """Store the file's pieces in the folder, durably."""
    whole, names, size, written = hashlib.sha256(), [], 0, 0
    with source.open("rb") as file:
        while piece := file.read(SIZE):
            whole.update(piece)
            size += len(piece)
            names.append(hashlib.sha256(piece).hexdigest())
            written += _keep(folder, names[-1], piece)
    return Cut(size, whole.hexdigest(), tuple(names), written)


def _keep(folder: Path, name: str, piece: bytes) -> bool:
    path = folder / name[:2] / name
    if path.is_file() and path.stat().st_size == len(piece):
        return False
    files.make_folder(path.parent)
    files.write(path, piece)
    return True


def join(kept: Cut, folder: Path, target: Path) -> None:
    """Write the file again, durably. Raises InvalidBackup if a piece is missing or altered."""
    whole = hashlib.sha256()
    with files.writing(target) as file:
        for name in kept.pieces:
            piece = _read(folder / name[:2] / name)
            if hashlib.sha256(piece).hexdigest() != name:
                raise InvalidBackup(f"The backup's piece {name} was altered: use another backup.")
            whole.update(piece)
            file.write(piece)
        if whole.hexdigest() != kept.sha256:
            raise InvalidBackup("The backup's catalog is not the one its index names.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InvalidBackup(
            f"The backup's piece {path.name} is missing: use another one."
        ) from None
