"""The built wheels work by themselves, without the repository beside them."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.cli import diplomas

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def run(*command: str | Path, cwd: Path, given: str = "") -> str:
    """What a command prints; it must succeed. It sees nothing of this test's environment."""
    hidden = ("PYTHON", "PARCHEMIN", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, input=given, capture_output=True,
        text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment into which only the wheels, and what they need, were installed."""
    folder = tmp_path_factory.mktemp("wheels")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist")
    for project in PROJECTS:
        run(*build, project, cwd=folder)
    wheels = sorted((folder / "dist").glob("*.whl"))
    assert len(wheels) == len(PROJECTS)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        try:
            run(uv, "pip", "install", "--python", python, *wheels, cwd=folder)
        except AssertionError:  # uv does not read pip's configuration
            run(python, "-m", "pip", "install", *wheels, cwd=folder)
    else:
        run(python, "-m", "pip", "install", *wheels, cwd=folder)
    return folder


def parchemin(folder: Path, *arguments: str | Path, given: str = "") -> str:
    """What the installed command prints."""
    return run(folder / "venv" / "bin" / "parchemin", *arguments, cwd=folder, given=given)


def test_the_command_is_there(installed: Path) -> None:
    assert "person" in parchemin(installed, "--help")
    python = installed / "venv" / "bin" / "python"
    where = run(python, "-c", "import vault_core; print(vault_core.__file__)", cwd=installed)
    assert str(installed) in where


def test_what_else_belongs_to_it_is_installed(installed: Path) -> None:
    share = installed / "venv" / "share" / "parchemin"
    for name in ("parchemin.toml", "systemd/parchemin.service", "caddy/Caddyfile"):
        assert (share / name).is_file(), name


def test_the_demonstration_and_a_delivery_work(installed: Path) -> None:
    demo = json.loads(parchemin(installed, "demo", "--once", "--json", "--data", "demo"))
    assert all(count > 0 for count in demo["delivered"].values())
    parchemin(installed, "init", "--data", "own")
    row = diplomas.rows(1)[0]
    subject = diplomas.bac().parse(row).subject
    parchemin(installed, "person", "add", "somebody", "--ine", subject.ine, "--data", "own")
    diplomas.write(installed / "results.csv", [row])
    told = parchemin(installed, "deliver", "bac", "results.csv", "--data", "own", "--json")
    assert json.loads(told)[0]["delivered"] == 1
    assert json.loads(parchemin(installed, "check", "--json", "--data", "own"))["problems"] == []
