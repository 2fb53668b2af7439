"""The index of a backup: what `index.json` of one snapshot says (docs/format-backup.md)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vault_core.copies import files
from vault_core.errors import InvalidBackup

FORMAT: Literal["parchemin-backup-1"] = "parchemin-backup-1"
NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
INDEX, LIST, SNAPSHOTS, PIECES = "index.json", "blobs.sha256", "snapshots", "pieces"
WRAPPED = "institution.age"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
BlobKey = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Part(BaseModel):
    """What all parts of the index share."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CatalogPart(Part):
    """The catalog: a SQLite file, as pieces."""

    size: Annotated[int, Field(ge=0)]
    sha256: Sha256
    pieces: tuple[Sha256, ...]


class BlobsPart(Part):
    """The blobs that the catalog names and the blob store holds; `list_sha256` is of the list."""

    count: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    list_sha256: Sha256


class Lacking(Part):
    """A blob that the catalog names and the backup does not have, and why."""

    blob: BlobKey
    why: Literal["missing", "damaged", "destroyed"]


class MigrationPart(Part):
    """One step of the catalog's schema."""

    number: int
    name: str
    sha256: Sha256


class SettingsPart(Part):
    """What a rebuilt institution needs to start; never a secret, an address or a path."""

    name: str
    plugins: tuple[str, ...]


class Index(Part):
    """One snapshot."""

    format: Literal["parchemin-backup-1"]
    made_at: dt.datetime
    version: str
    migrations: tuple[MigrationPart, ...]
    catalog: CatalogPart
    blobs: BlobsPart
    lacking: tuple[Lacking, ...]
    institution_key: Literal["absent", "wrapped"]
    settings: SettingsPart


def name_of(made_at: dt.datetime) -> str:
    """`20261126T111500Z`: the snapshot's folder."""
    return made_at.strftime("%Y%m%dT%H%M%SZ")


def snapshots(backup: Path) -> list[Path]:
    """The folders of complete snapshots, the oldest first. Raises InvalidBackup without any."""
    folder = backup / SNAPSHOTS
    found = sorted(path for path in folder.glob("*") if NAME.fullmatch(path.name))
    if not found:
        raise InvalidBackup(f"There is no complete backup in '{backup}'.")
    return found


def read(snapshot: Path) -> Index:
    """A snapshot's index. Raises InvalidBackup."""
    try:
        return Index.model_validate_json((snapshot / INDEX).read_bytes())
    except OSError as error:
        raise InvalidBackup(f"'{snapshot}' cannot be read: {error.strerror}.") from None
    except ValidationError:
        raise InvalidBackup(
            f"'{snapshot / INDEX}' is not an index that this version reads: it was altered, or a"
            " newer version made it."
        ) from None


def write(snapshot: Path, index: Index) -> None:
    """Put the index in place, durably."""
    files.write(snapshot / INDEX, (index.model_dump_json(indent=1) + "\n").encode())
