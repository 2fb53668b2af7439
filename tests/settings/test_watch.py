"""What a running server takes up from a changed file."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vault_core.settings import FILE_NAME, Settings, load_settings
from vault_core.settings.load import override
from vault_core.settings.watch import SettingsWatcher


class Applied:
    """The settings a watcher handed over, in order."""

    def __init__(self) -> None:
        self.all: list[Settings] = []
        self.came = threading.Event()

    def __call__(self, settings: Settings) -> None:
        self.all.append(settings)
        self.came.set()


@pytest.fixture
def applied() -> Applied:
    return Applied()


@pytest.fixture
def watcher(tmp_path: Path, applied: Applied) -> Iterator[SettingsWatcher]:
    (tmp_path / FILE_NAME).write_text("[vault]\ntrash_days = 7\n")
    with SettingsWatcher(tmp_path, {}, load_settings(tmp_path, {}), applied) as watcher:
        yield watcher


def test_a_saved_file_is_taken_up(
    watcher: SettingsWatcher, applied: Applied, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_text('[vault]\ntrash_days = 8\n[log]\nlevel = "debug"\n')
    assert applied.came.wait(60)
    watcher.reload()
    assert watcher.settings.vault.trash_days == 8
    assert watcher.settings.log.level == "debug"


def test_a_file_put_in_place_by_renaming_is_taken_up(
    watcher: SettingsWatcher, applied: Applied, tmp_path: Path
) -> None:
    fresh = tmp_path / ".parchemin.toml.new"
    fresh.write_text("[vault]\ntrash_days = 9\n")
    fresh.replace(tmp_path / FILE_NAME)
    assert applied.came.wait(60)
    assert applied.all[-1].vault.trash_days == 9


def test_a_wrong_value_is_logged_and_the_old_one_stays(
    tmp_path: Path, applied: Applied, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = SettingsWatcher(tmp_path, {}, load_settings(tmp_path, {}), applied)
    (tmp_path / FILE_NAME).write_text("[vault]\ntrash_days = -8\nidle_seconds = 5\n")
    with caplog.at_level(logging.INFO):
        watcher.reload()
    assert [line.levelname for line in caplog.records] == ["ERROR"]
    assert "vault.trash_days = -8" in caplog.text
    assert watcher.settings.vault.idle_seconds == 300
    assert applied.all == []


def test_what_needs_a_restart_waits_and_is_named(
    tmp_path: Path, applied: Applied, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = SettingsWatcher(tmp_path, {}, load_settings(tmp_path, {}), applied)
    (tmp_path / FILE_NAME).write_text("[server]\nworkers = 4\n[vault]\nidle_seconds = 5\n")
    with caplog.at_level(logging.INFO):
        watcher.reload()
    assert "need a restart: server.workers" in caplog.text
    assert caplog.records[0].levelname == "WARNING"
    assert applied.all[-1].vault.idle_seconds == 5
    assert applied.all[-1].server.workers == 1


def test_the_environment_still_wins_after_a_reload(tmp_path: Path, applied: Applied) -> None:
    env = {"PARCHEMIN_VAULT__TRASH_DAYS": "3"}
    watcher = SettingsWatcher(tmp_path, env, load_settings(tmp_path, env), applied)
    (tmp_path / FILE_NAME).write_text("[vault]\ntrash_days = 8\n")
    watcher.reload()
    assert watcher.settings.vault.trash_days == 3
    assert applied.all == []


def test_what_the_command_line_said_stays(
    tmp_path: Path, applied: Applied, caplog: pytest.LogCaptureFixture
) -> None:
    settings = override(load_settings(tmp_path, {}), "server", {"listen": "127.0.0.1:0"})
    watcher = SettingsWatcher(tmp_path, {}, settings, applied)
    (tmp_path / FILE_NAME).write_text("[vault]\nidle_seconds = 5\n")
    with caplog.at_level(logging.INFO):
        watcher.reload()
    assert [line.levelname for line in caplog.records] == ["INFO"]
    assert applied.all[-1].server.listen == "127.0.0.1:0"
    assert applied.all[-1].vault.idle_seconds == 5
