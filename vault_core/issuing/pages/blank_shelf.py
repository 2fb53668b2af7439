"""Blanks on disk, so that every process of a machine, and the next batch, has them at once.

They hold no certificate's text but what is too long for an opening; files are sealed under the
institution's key all the same. A file that is missing, damaged or of another version is a blank
that has to be made again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from vault_core.api import Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import CryptoError
from vault_core.issuing.pages.blank import Blank
from vault_core.issuing.pages.faces import Face, Joint
from vault_core.issuing.pages.line_breaking import Column

MOST_FILES = 512
FORMAT = 3
"""To be counted up when what a blank is changes."""
Joints = Mapping[str, Mapping[str, Joint]]
"""By face, two letters to how they meet."""
_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class KindOnShelf:
    """What is known of a kind of page."""

    columns: Mapping[int, Column]
    faces: Mapping[str, Face]


@dataclass(frozen=True)
class _Blanks:
    __pydantic_config__: ClassVar[ConfigDict] = _BYTES
    blanks: tuple[Blank, ...]


class BlankShelf:
    """A folder of them; it need not exist. For any thread and process; all of it blocks."""

    def __init__(self, folder: Path, institution: ServerKeyring, random: Random) -> None:
        self._folder = folder
        self._institution = institution
        self._random = random
        self._versions = f"{FORMAT} {version('parchemin')} {version('typst')}"
        self._kinds = TypeAdapter(KindOnShelf)
        self._blanks = TypeAdapter(_Blanks)
        self._joints: TypeAdapter[Joints] = TypeAdapter(Joints)

    def kind(self, name: str) -> KindOnShelf | None:
        """What was kept of that kind."""
        return self._read(self._kinds, "kind", name)

    def keep_kind(self, name: str, kind: KindOnShelf) -> None:
        """Keep it for all."""
        faces = {key: _without_lines(face) for key, face in kind.faces.items()}
        self._write(self._kinds, replace(kind, faces=faces), "kind", name)

    def blanks(self, name: str, lines: Sequence[int]) -> Sequence[Blank]:
        """The blanks of that kind whose openings take so many lines."""
        found = self._read(self._blanks, "blanks", name, str(lines))
        return found.blanks if found else ()

    def keep_blanks(self, name: str, lines: Sequence[int], blanks: Sequence[Blank]) -> None:
        """Keep them for all."""
        kept = _Blanks(tuple(map(_bare, blanks)))
        self._write(self._blanks, kept, "blanks", name, str(lines))

    def joints(self) -> Joints:
        """How letters meet, as far as anybody has asked."""
        return self._read(self._joints, "joints") or {}

    def keep_joints(self, joints: Joints) -> None:
        """Keep them for all."""
        self._write(self._joints, joints, "joints")

    def _read(self, adapter: TypeAdapter[_T], *name: str) -> _T | None:
        path, context = self._place(name)
        try:
            return adapter.validate_json(
                zlib.decompress(self._institution.open(context, path.read_bytes()))
            )
        except (OSError, CryptoError, zlib.error, ValidationError):
            return None

    def _write(self, adapter: TypeAdapter[_T], value: _T, *name: str) -> None:
        path, context = self._place(name)
        data = zlib.compress(adapter.dump_json(value), 1)
        sealed = self._institution.seal(context, data, self._random)
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            temporary = path.with_name(f".{secrets.token_hex(8)}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
            temporary.replace(path)
            self._make_room()

    def _place(self, name: Sequence[str]) -> tuple[Path, bytes]:
        digest = self._institution.mac(b"blank", "\0".join((self._versions, *name)).encode())
        return self._folder / digest[:16].hex(), b"blank" + digest

    def _make_room(self) -> None:
        """Remove the oldest files. Raises OSError."""
        files = [file for file in self._folder.iterdir() if file.is_file()]
        if len(files) > MOST_FILES:
            for file in sorted(files, key=lambda file: file.stat().st_mtime)[: MOST_FILES // 4]:
                file.unlink(missing_ok=True)


def _bare(blank: Blank) -> Blank:
    """Without what the page it was made from attached."""
    own = replace(blank.file.own, streams=())
    faces = {key: _without_lines(face) for key, face in blank.faces.items()}
    return replace(blank, file=replace(blank.file, own=own), faces=faces)


def _without_lines(face: Face) -> Face:
    return Face(face.name, face.codes, face.other_forms, face.widths, face.letters)
