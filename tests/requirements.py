"""Programs that only some tests need: found, or named in one sentence that says how to get them.

With PARCHEMIN_TESTS_STRICT=1 a missing one fails the test; otherwise it skips it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

STRICT = os.environ.get("PARCHEMIN_TESTS_STRICT") == "1"


def missing(sentence: str) -> NoReturn:
    """End the test: a failure where everything is to be installed, elsewhere a skip."""
    if STRICT:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def need(program: str, package: str = "") -> str:
    """The path of a program; `package` is its Debian package, if named otherwise.

    Programs that came with Python packages (rclone) lie beside the interpreter.
    """
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
    path = shutil.which(program, path=":".join((*places, "/usr/sbin", "/sbin")))
    if path is None:
        missing(f"{program} is not installed: apt-get install {package or program}")
    return path


def need_node_modules(folder: Path) -> Path:
    """A copy of `folder` in the cache, in which `npm ci` has installed its locked packages.

    It is made once for each content of the folder, and several test processes may ask at once.
    """
    need("node", "nodejs")
    npm = need("npm")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parchemin-tests"
    ready = cache / f"{folder.name}-{digest[:16]}"
    if not ready.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _install(npm, files, ready)
    return ready


def _install(npm: str, files: list[Path], ready: Path) -> None:
    """Install beside `ready`, then rename: it is there whole or not at all."""
    with tempfile.TemporaryDirectory(dir=ready.parent) as temporary:
        work = Path(temporary) / "work"
        work.mkdir()
        for path in files:
            shutil.copy(path, work)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        result = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=300)
        if result.returncode:
            reason = result.stderr.strip()[-500:]
            missing(f"npm ci could not install {ready.name}; let npm reach its registry: {reason}")
        try:
            work.rename(ready)
        except OSError:
            if not ready.is_dir():
                raise
