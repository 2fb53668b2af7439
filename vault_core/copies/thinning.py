"""Letting old backups go, and what only they name."""

from __future__ import annotations

import shutil
from pathlib import Path

from vault_core.copies import files, index, ledger
from vault_core.copies.ledger import Ledger


def thin_out(backup: Path, keep: int, known: Ledger) -> None:
    """Remove all but the newest `keep` snapshots, then pieces and blobs that none names."""
    found = index.snapshots(backup)
    for old in found[:-keep]:
        shutil.rmtree(old)
    files.sync_folder(backup / index.SNAPSHOTS)
    wanted: set[str] = set()
    held: set[str] = set()
    for snapshot in found[-keep:]:
        wanted |= set(index.read(snapshot).catalog.pieces)
        held |= ledger.parse((snapshot / index.LIST).read_text("ascii")).keys()
    _remove_others(backup / index.PIECES, wanted)
    known.forget(known.known.keys() - held)
    _remove_others(backup / "blobs", held)


def _remove_others(folder: Path, names: set[str]) -> None:
    for path in folder.glob("??/*"):
        if path.name not in names:
            path.unlink()
