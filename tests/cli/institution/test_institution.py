"""init, serve, demo, check, doctor: an institution from nothing to a running server."""

import base64
import json
import shutil
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import stores
from tests.cli.conftest import PASSWORD
from tests.cli.parchemin import COMMAND, facts, in_a_process, parchemin, serving
from tests.storage_backends.servers import free_ports
from vault_core.plugins import installed


def listed(address: str, username: str, token: str) -> str:
    """The page of the vault's root."""
    request = urllib.request.Request(f"{address}/dav/")
    secret = base64.b64encode(f"{username}:{token}".encode()).decode()
    request.add_header("Authorization", f"Basic {secret}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode())


def test_init_makes_a_closed_directory_and_valid_settings(data: Path) -> None:
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "institution.key").stat().st_mode) == 0o600
    assert "Lycée d'essai" in (data / "parchemin.toml").read_text()
    assert facts("doctor", data=data)[0]["about"] == "python"


def test_init_harms_no_existing_institution(data: Path) -> None:
    key = (data / "institution.key").read_bytes()
    done = parchemin("init", data=data, status=2)
    assert done.stderr == f"parchemin: There is an institution in '{data}' already.\n"
    assert (data / "institution.key").read_bytes() == key


@pytest.mark.parametrize("command", [["check"], ["person", "list"]])
def test_where_there_is_no_institution_one_sentence_says_how_to_make_one(
    command: list[str], tmp_path: Path
) -> None:
    done = parchemin(*command, data=tmp_path, status=2)
    assert "parchemin init --data" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_stops_every_command_with_its_name(data: Path) -> None:
    (data / "parchemin.toml").write_text("[server]\nworkers = 0\n")
    for command in (["serve"], ["check"], ["issuer", "list"]):
        told = parchemin(*command, data=data, status=2).stderr
        assert told.startswith("parchemin: server.workers = 0 is not allowed: ")


def test_a_wrong_option_is_refused_like_the_setting(data: Path) -> None:
    told = parchemin("serve", "--listen", "nowhere", data=data, status=2).stderr
    assert told.startswith("parchemin: server.listen = 'nowhere' is not allowed")


def test_an_app_password_opens_the_served_vault_and_the_password_does_not(data: Path) -> None:
    token = parchemin(
        "app-password", "add", "amelie", "--label", "laptop", "--password-stdin",
        data=data, given=f"{PASSWORD}\n",
    ).stdout.strip()  # fmt: skip
    with serving("serve", "--listen", "127.0.0.1:0", data=data) as address:
        assert "<h1>" in listed(address, "amelie", token)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            listed(address, "amelie", PASSWORD)


def test_several_workers_answer_and_stop(data: Path) -> None:
    listen = f"127.0.0.1:{free_ports(1)[0]}"
    with (
        serving("serve", "--listen", listen, "--workers", "2", data=data) as address,
        urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer,
    ):
        assert answer.status == 200


def test_check_finds_a_fresh_institution_sound(data: Path) -> None:
    report = facts("check", data=data)
    assert report["problems"] == []
    assert report["checked"]["vaults"] == 1
    assert "all is sound" in parchemin("check", "--repair", data=data).stdout


def test_check_finds_a_lost_blob(data: Path, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    parchemin("demo", "--once", "--data", demo, data=demo)
    stores.rows(demo, "DELETE FROM blobs WHERE id = (SELECT blob FROM deliveries LIMIT 1)")
    report = facts("check", data=demo, status=1)
    assert [problem["kind"] for problem in report["problems"]] == ["blob"]


def test_doctor_tells_an_open_directory(data: Path) -> None:
    data.chmod(0o755)
    findings = facts("doctor", data=data, status=1)
    bad = [finding for finding in findings if finding["verdict"] == "bad"]
    assert [finding["about"] for finding in bad] == ["privacy"]
    assert "chmod 700" in bad[0]["sentence"]


def test_the_demonstration_serves_what_it_prints(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    prepared = facts("demo", "--once", "--data", folder, data=folder)
    assert prepared["data"] == str(folder)
    assert len(prepared["persons"]) == 3
    assert all(count > 0 for count in prepared["delivered"].values())
    assert {"bac"} <= set(prepared["delivered"])
    with serving("demo", "--data", folder, "--listen", "127.0.0.1:0", data=folder) as address:
        for person in prepared["persons"]:
            page = listed(address, person["username"], person["app_password"])
            assert "Attestations" in page


@pytest.mark.one_machine  # the folder is made by the command, and its catalog lies in it
def test_a_demonstration_without_a_folder_is_made_in_a_new_one(tmp_path: Path) -> None:
    prepared = facts("demo", "--once", data=tmp_path / "unused")
    try:
        assert facts("check", data=Path(prepared["data"]))["problems"] == []
        assert not (tmp_path / "unused").exists()
    finally:
        shutil.rmtree(prepared["data"])


def test_a_busy_address_is_told_before_a_demonstration_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        done = parchemin("demo", "--data", folder, "--listen", address, data=folder, status=2)
    assert done.stdout == ""
    assert address in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not folder.exists()


def test_help_comes_at_once() -> None:
    """It loads none of the libraries that make a start slow."""
    slow = ("aiohttp", "aiosqlite", "cryptography", "jinja2", "pydantic", "pluggy", "typst")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], "--help"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "vault_core.cli" in loaded
    assert loaded.isdisjoint(slow), loaded.intersection(slow)


def test_the_token_is_alone_on_the_pipe_of_a_script(data: Path) -> None:
    add = ("app-password", "add", "amelie", "--label", "script", "--password-stdin")
    assert len(in_a_process(*add, data=data, given=f"{PASSWORD}\n").split()) == 1


def test_plugins_and_issuers_are_listed(data: Path) -> None:
    plugins = facts("plugin", "list", data=data)
    assert [plugin["name"] for plugin in plugins] == sorted(installed())
    assert all(plugin["enabled"] for plugin in plugins)
    types = facts("issuer", "list", data=data)
    assert "bac" in [row["type"] for row in types]
    assert json.dumps(types)


def test_a_plugin_that_is_not_enabled_brings_nothing(data: Path) -> None:
    (data / "parchemin.toml").write_text('[plugins]\nenabled = ["local"]\n')
    assert facts("issuer", "list", data=data) == []
    listed = {plugin["name"]: plugin["enabled"] for plugin in facts("plugin", "list", data=data)}
    assert listed["local"] is True
    assert listed["bac"] is False
