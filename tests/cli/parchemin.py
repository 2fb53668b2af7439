"""Running the `parchemin` command: its output, its status, and its server."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests import stores
from vault_core.cli import main
from vault_core.settings import FILE_NAME
from vault_core.settings.sections import Plugins

COMMAND = (sys.executable, "-m", "vault_core.cli")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed."""

    stdout: str
    stderr: str


def parchemin(
    *arguments: str | Path, data: Path | None = None, given: str = "", status: int = 0
) -> Done:
    """Run a command to its end, which must be with this status; `given` is its standard input.

    It runs in this process, for starting one takes longer than most commands.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARCHEMIN")}
    if data is not None:
        env |= _institution(data)
    output, errors, ended = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch.object(sys, "argv", ["parchemin", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", io.StringIO(given)),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as end:
            ended = end.code if isinstance(end.code, int) else int(bool(end.code))
    assert ended == status, f"{arguments}: {output.getvalue()}{errors.getvalue()}"
    return Done(output.getvalue(), errors.getvalue())


def in_a_process(*arguments: str | Path, data: Path | None = None, given: str = "") -> str:
    """What a command prints that runs, and must succeed, in a process of its own."""
    env = os.environ | (_institution(data) if data else {})
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], input=given, env=env, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def _institution(data: Path) -> dict[str, str]:
    """Variables that say where it is, and what else it is stored in (`tests/stores.py`)."""
    settings, enabled = data / FILE_NAME, Plugins().enabled
    if settings.exists():
        told = tomllib.loads(settings.read_text()).get("plugins", {})
        enabled = tuple(told.get("enabled", enabled))
    where = stores.environment(data, {stores.PLUGINS: ",".join(enabled)} if stores.CLUSTER else {})
    return {"PARCHEMIN_DATA": str(data), **where}


def facts(*arguments: str | Path, data: Path, given: str = "", status: int = 0) -> Any:
    """What a command prints with --json."""
    return json.loads(parchemin(*arguments, "--json", data=data, given=given, status=status).stdout)


@contextmanager
def serving(*arguments: str | Path, data: Path | None = None) -> Iterator[str]:
    """The address of a server that runs meanwhile and must stop cleanly when told to.

    `data` is the institution's folder, as for `parchemin`.
    """
    server = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, env=os.environ | (_institution(data) if data else {}),
    )  # fmt: skip
    assert server.stderr is not None
    try:
        told = ""
        for line in server.stderr:
            told += line
            if match := re.search(r"Parchemin serves (http://\S+)/ ", line):
                yield match[1]
                break
        else:
            raise AssertionError(f"it did not serve: {told}")
        server.send_signal(signal.SIGTERM)
        assert server.wait(120) == 0, server.stderr.read()
    finally:
        server.kill()
        server.wait()
        server.stderr.close()
