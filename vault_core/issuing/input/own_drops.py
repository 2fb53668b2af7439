"""A drop of PDFs: an index that names files of the same folder, gathered into one input.

The index is a table as any other; its rows name PDFs that lie beside it. What is wrong with a file
is said in its row, and the others go through. Gathered rows wait in a sealed spool, each on the
line that it has in the index, so that reports name lines as the issuer's program shows them.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from vault_core.api import Random, Reason, said
from vault_core.errors import InvalidInput
from vault_core.issuing.input import intake, own_documents
from vault_core.issuing.input.intake import RowError
from vault_core.issuing.input.own_documents import COLUMNS, LARGEST, OwnDocuments
from vault_core.issuing.input.spool import SealedSpool
from vault_core.issuing.reasons import packed

INDEXES: Final = (".csv", ".jsonl", ".ndjson", ".json", ".txt", ".tsv")
"""How names of indexes end."""
MOST: Final = 20_000
"""Rows of one index."""
LARGEST_DROP: Final = 2 * 10**9
"""Bytes of all PDFs of one drop."""
_NAMES: Final = {column.id: column.names[0] for column in COLUMNS}


@dataclass(slots=True)
class Gathered:
    """A drop as one input, and the PDFs in it."""

    spool: SealedSpool
    files: list[Path] = field(default_factory=list)

    def source(self) -> io.BufferedReader:
        """All of it, to be read."""
        return self.spool.seal()


def is_index(file: Path) -> bool:
    """Whether the name is one of an index; everything else in the folder is what indexes name."""
    return file.name.lower().endswith(INDEXES)


def is_waiting(
    index: BinaryIO,
    folder: Path,
    document_type: OwnDocuments,
    is_complete: Callable[[Path], bool],
) -> bool:
    """Whether the index names a PDF that is not there, or not complete, yet.

    Raises InvalidInput if the index is no such table.
    """
    named = _named(folder)
    for row in intake.read(index, document_type):
        if isinstance(row, RowError):
            continue
        with contextlib.suppress(ValueError):
            file = named.get(own_documents.file_name(row.values.get("file", "")))
            if file is None or not is_complete(file):
                return True
    return False


def gather(
    index: BinaryIO,
    folder: Path,
    document_type: OwnDocuments,
    is_complete: Callable[[Path], bool],
    random: Random,
) -> Gathered:
    """The index's rows, each with the PDF that it names, or with what is wrong about it.

    Raises InvalidInput if the index is no such table, or the drop is too large.
    """
    found, named = Gathered(SealedSpool(random)), _named(folder)
    last, size = 0, 0
    for count, row in enumerate(intake.read(index, document_type), 1):
        if count > MOST:
            raise InvalidInput(
                Reason(
                    f"un index a {MOST} lignes au plus : partagez-le en plusieurs dépôts",
                    f"an index may have {MOST} rows: cut it into several drops",
                )
            )
        if isinstance(row, RowError):
            values = {"fault": json.dumps(packed(row.reasons))}
        else:
            values = {**row.values, "content": "", "fault": ""}
            values |= _document(values.get("file", ""), named, is_complete, found)
        size += len(values.get("content", ""))
        if size > LARGEST_DROP * 4 // 3:
            raise InvalidInput(
                Reason(
                    f"les PDF d'un dépôt ont {LARGEST_DROP} octets au plus en tout",
                    f"the PDFs of one drop may have {LARGEST_DROP} bytes in all",
                )
            )
        line = {_NAMES[key]: text for key, text in values.items() if text}
        found.spool.add(b"\n" * (row.line - last - 1))
        found.spool.add(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        last = row.line
    return found


def _document(
    text: str,
    named: Mapping[str, Path],
    is_complete: Callable[[Path], bool],
    found: Gathered,
) -> dict[str, str]:
    """The row's document in base64, or its fault."""
    try:
        name = own_documents.file_name(text)
    except ValueError as error:
        return {} if not text.strip() else _fault(_shown(text), error.args[0])
    file = named.get(name)
    if file is None:
        return _fault(
            name, Reason("n'est pas dans le dossier de dépôt", "is not in the drop folder")
        )
    if not is_complete(file):
        return _fault(name, Reason("n'a jamais été complet", "was never complete"))
    try:
        data = _read(file)
        own_documents.check_pdf(data)
    except (ValueError, OSError) as error:
        unread = Reason("est illisible", "cannot be read")
        return _fault(name, error.args[0] if isinstance(error, ValueError) else unread)
    found.files.append(file)
    return {"content": base64.b64encode(data).decode()}


def _fault(name: str, why: str) -> dict[str, str]:
    """What is said of a row in place of its document."""
    reason = Reason(f"Fichier : « {name} » {said(why, 'fr')}", f"File: “{name}” {why}")
    return {"fault": json.dumps(packed([reason]))}


def _named(folder: Path) -> dict[str, Path]:
    """What lies there by normalised name: some disks spell accents in the other form (NFD)."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(ValueError):
                found[own_documents.file_name(entry.name)] = folder / entry.name
    return found


def _read(file: Path) -> bytes:
    """Never through a link: it could lead anywhere. Raises OSError, ValueError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as source:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(Reason("n'est pas un fichier", "is no file"))
        return source.read(LARGEST + 1)


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:60])
