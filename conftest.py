"""Skipped tests: listed at the end with their reason, and failures where none may be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import once, stores
from vault_core.crypto.slots import Cost
from vault_core.vault.keys import keyslots

STRICT = os.environ.get("PARCHEMIN_TESTS_STRICT") == "1"
"""Set where everything is installed: there, a skipped test is a failure."""

# How long an example takes says how busy the machine is. Where a failure stops everybody, examples
# are the same each time; elsewhere others are looked for each time.
settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=STRICT
)
settings.load_profile("busy")

skips: dict[str, str] = {}

TEMPROOT = "PYTEST_DEBUG_TEMPROOT"
"""Where pytest makes its folders; its processes are told by it, too."""


ONE_MACHINE = "one_machine"
"""Marks what needs the SQLite file, the blob directory or a default setting."""


CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
"""What a password costs that is made in pytest's own process: a fifth of a second for each that is
chosen or typed would be minutes. Servers and commands in processes of their own are not told."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if stores.CLUSTER:
        config.hook.pytest_deselected(items=[item for item in items if not _on_both(item)])
        items[:] = [item for item in items if _on_both(item)]


def _on_both(item: pytest.Item) -> bool:
    """Whether a test is run on PostgreSQL and S3 as well."""
    return not (item.get_closest_marker(ONE_MACHINE) or once.reason(item.nodeid))


@pytest.fixture(autouse=True)
def _forget_databases(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where the catalog is PostgreSQL, a test's database goes with its folder."""
    folder: Path | None = None
    if stores.CLUSTER and "tmp_path" in request.fixturenames:
        folder = request.getfixturevalue("tmp_path")
    yield
    if folder is not None:
        stores.forget(folder)


def pytest_configure(config: pytest.Config) -> None:
    _use_memory(config)
    keyslots.PASSWORD_COST = CHEAP
    stores.share()


def _use_memory(config: pytest.Config) -> None:
    """Tests' folders are made in memory where there is plenty: thousands of institutions in them
    have 256 directories each, and every commit waits for its disk."""
    memory = stores.fast()
    chosen = config.getoption("basetemp", None) or os.environ.get(TEMPROOT)
    if memory is not None and not chosen:
        folder = memory / f"parchemin-tests-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        os.environ[TEMPROOT] = str(folder)


def pytest_unconfigure() -> None:
    stores.stop()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        skips[report.nodeid] = _reason(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skips[report.nodeid] = _reason(report)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return str(where[2] if isinstance(where, tuple) else where).removeprefix("Skipped: ")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if STRICT and skips and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not skips:
        return
    verdict = "and none may be" if STRICT else ".ci/system-packages installs what is missing"
    terminalreporter.section(f"{len(skips)} skipped; {verdict}", red=STRICT, yellow=not STRICT)
    for test, reason in sorted(skips.items()):
        terminalreporter.line(f"{test}: {reason}")
