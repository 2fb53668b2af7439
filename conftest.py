"""How the tests run everywhere: what a skip means, and where outside programs come from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

STRICT = os.environ.get("PARCHEMIN_TESTS_STRICT", "") not in ("", "0")
"""Set where everything is installed: there, a skipped test is a failure."""

skips: dict[str, str] = {}


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], str]:
    """`program("age", "age")`: the path of a program, or a skip that names its Debian package."""

    def find(name: str, package: str) -> str:
        path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        if path is None:
            pytest.skip(f"{name} is not installed: apt-get install {package}")
        return path

    return find


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
