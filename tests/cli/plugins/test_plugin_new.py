"""A new plugin: made, checked, tested by itself, installed, and a document delivered with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.cli.parchemin import facts, parchemin

ROOT = Path(__file__).parents[3]


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_made_tested_installed_and_delivered_with(tmp_path: Path) -> None:
    parchemin("plugin", "new", "swimming", "--to", tmp_path)
    made = tmp_path / "parchemin-swimming"
    python = environment(tmp_path / "venv")
    run(python, "-m", "build", "--wheel", "--no-isolation", made, cwd=tmp_path)
    (wheel,) = (made / "dist").glob("*.whl")
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    assert " passed" in run(python, "-m", "pytest", "-q", "tests", cwd=made)
    command = (python, "-m", "vault_core.cli")
    env = {"PARCHEMIN_DATA": str(tmp_path / "data")}
    run(*command, "init", cwd=tmp_path, env=env)
    assert '"swimming"' in (tmp_path / "data" / "parchemin.toml").read_text()
    run(*command, "person", "add", "ines", "--ine", "123456789AB", cwd=tmp_path, env=env)
    told = run(
        *command, "deliver", "swimming", made / "example.csv", "--json", cwd=tmp_path, env=env
    )
    assert json.loads(told)[0]["delivered"] == 1


def environment(folder: Path) -> Path:
    """A fresh environment that sees what this one has installed; its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    lines = [f"import site; site.addsitedir({path!r})" for path in here]
    (site / "beside.pth").write_text("\n".join([*lines, str(ROOT)]) + "\n")
    return folder / "bin" / "python"


def test_a_new_plugin_passes_the_check(tmp_path: Path) -> None:
    parchemin("plugin", "new", "my-permit", "--to", tmp_path)
    found = facts("plugin", "check", tmp_path / "parchemin-my-permit", data=tmp_path)
    assert found["plugins"] == ["my-permit"]
    assert found["checks"] > 20
    assert found["faults"] == []


FAULTS = {
    "a misspelt hook": (
        "__init__.py",
        "parchemin_issuers",
        "parchemin_isuers",
        "parchemin_issuers",
    ),
    "an unmarked hook": ("__init__.py", "@hookimpl\n", "", "lacks the decorator"),
    "a samples' seed": ("document.py", "random.Random(seed)", "random.Random(1)", "samples"),
    "a fact without a name": (
        "document.py",
        '"distance", DISTANCE',
        '"else", DISTANCE',
        "complete",
    ),
    "a syntax error": ("document.py", "class ", "clas ", "SyntaxError"),
    "another issuer": ("document.py", "issuer = ISSUER.id", 'issuer = "nobody"', "nobody"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_in_a_sentence(tmp_path: Path, case: str) -> None:
    file, before, after, told = FAULTS[case]
    parchemin("plugin", "new", "permit", "--to", tmp_path)
    path = tmp_path / "parchemin-permit" / "parchemin_permit" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    found = facts("plugin", "check", tmp_path / "parchemin-permit", data=tmp_path, status=1)
    assert any(told in fault for fault in found["faults"]), found["faults"]
    assert all("\n" not in fault for fault in found["faults"])


def test_an_installed_plugin_by_its_name(tmp_path: Path) -> None:
    assert facts("plugin", "check", "jdc", data=tmp_path)["faults"] == []
    unknown = facts("plugin", "check", "jdk", data=tmp_path, status=1)
    assert "not installed" in unknown["faults"][0]


@pytest.mark.parametrize("name", ["", "Two Words", "-x", "a--b", "été", "x" * 41, "../up", "class"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    done = parchemin("plugin", "new", "--to", tmp_path, "--", name, status=2)
    assert "cannot name a plugin" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    parchemin("plugin", "new", "permit", "--to", tmp_path)
    done = parchemin("plugin", "new", "permit", "--to", tmp_path, status=2)
    assert "there already" in done.stderr
