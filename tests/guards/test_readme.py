"""The commands of README.md work as they stand there."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli import diplomas
from tests.cli.parchemin import parchemin, serving

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```console\n(.*?)^```", README)
JOINED = [block.replace("\\\n", "") for block in BLOCKS]
COMMANDS = [line[2:] for block in JOINED for line in block.splitlines() if line.startswith("$ ")]


def test_make_knows_the_two_commands() -> None:
    wanted = [command.split()[1] for command in COMMANDS if command.startswith("make ")]
    assert wanted[:2] == ["run", "test"]
    for target in wanted:
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_an_institution_of_your_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = diplomas.rows(1)[0] | {
        "ine": "070000001ZZ",
        "given_names": "Amélie",
        "family_name": "DURAND",
        "birth_date": "14/03/2007",
    }
    diplomas.write(tmp_path / "results.csv", [row])
    commands = [shlex.split(line)[1:] for line in COMMANDS if line.startswith("parchemin ")]
    assert [command[0] for command in commands] == ["init", "person", "deliver", "serve"]
    for command in commands:
        here = [word.replace("/srv/parchemin", str(tmp_path / "data")) for word in command]
        if command[0] == "serve":
            with serving(*here, "--listen", "127.0.0.1:0") as address:
                assert address.startswith("http://127.0.0.1:")
        else:
            parchemin(*here)
