"""Commands in processes of their own, killed in the middle of their work."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.processes import ROOT, clean_environment

SECONDS = 240.0


def start(*words: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`parchemin WORDS`, not waited for; `env` as for `Server`."""
    return subprocess.Popen(
        [sys.executable, "-m", "vault_core.cli", *map(str, words)], cwd=ROOT,
        env=clean_environment(env or {}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def kill_when(process: subprocess.Popen[str], condition: Callable[[], bool]) -> str | None:
    """SIGKILL once the condition holds; None.

    What it printed if it ended well before that was seen, as it may where much else runs.
    """
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    told, complained = process.communicate(timeout=SECONDS)
    assert process.returncode in (0, -9), told + complained
    return told if process.returncode == 0 else None


def run(*words: str | Path, status: int = 0, env: Mapping[str, str] | None = None) -> str:
    """What `parchemin WORDS` prints, errors included; it must end with that status."""
    process = start(*words, env=env)
    told, complained = process.communicate(timeout=SECONDS)
    assert process.returncode == status, told + complained
    return told if status == 0 else told + complained


def blobs_in(folder: Path) -> int:
    """How many finished blobs lie in a backup, or in a local store."""
    return sum(1 for path in folder.glob("blobs/[0-9a-f][0-9a-f]/*") if len(path.name) == 32)
