"""`make run` on a machine that lacks something: one sentence that says what, and nothing begun."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LACKS = {
    "no Python": ("", "Parchemin needs Python 3.11 or newer: install python3."),
    "an old Python": (
        'case "$*" in *version_info*) exit 1;; *) exit 0;; esac',
        "Parchemin needs Python 3.11 or newer: name one with 'make PYTHON=python3.11 …'.",
    ),
    "no venv": (
        'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac',
        "Python's venv module is missing: install it, for example with"
        " 'apt-get install python3-venv'.",
    ),
}


@pytest.mark.parametrize("lack", LACKS)
def test_what_is_missing_is_said_in_one_sentence(lack: str, tmp_path: Path) -> None:
    script, sentence = LACKS[lack]
    python = tmp_path / "python"
    if script:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    venv = tmp_path / "venv"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MA")}
    done = subprocess.run(
        ["make", f"PYTHON={python}", f"VENV={venv}", "run"], cwd=ROOT, env=alone,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stdout == ""
    told = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert told == [sentence]
    assert not venv.exists()
