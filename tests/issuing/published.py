"""Test data that others publish, fetched once through pip and pinned by hash.

1EdTech's schema and W3C's vector document are not ours to redistribute; the source distribution
of `openbadgeslib` (LGPL) carries both, verbatim.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.requirements import missing

_PACKAGE = "openbadgeslib"
_VERSION = "4.6.3"
_SHA256 = "aec21bf41b223ae3fcd196aa92972e3d3a6b12048f4929b2ceedd5fc54ea1eaf"


def published(name: str) -> Any:
    """A JSON file of the distribution's `tests/fixtures/`."""
    with tarfile.open(_archive()) as archive:
        member = archive.extractfile(f"{_PACKAGE}-{_VERSION}/tests/fixtures/{name}")
        assert member is not None
        return json.loads(member.read())


@cache
def _archive() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "parchemin-tests" / f"{_PACKAGE}-{_VERSION}"
    path = folder / f"{_PACKAGE}-{_VERSION}.tar.gz"
    if not path.is_file():
        _download(folder)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == _SHA256
    return path


def _download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder), f"{_PACKAGE}=={_VERSION}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if result.returncode:
        missing(f"pip could not fetch {_PACKAGE} {_VERSION}: {result.stderr.strip()[-300:]}")
