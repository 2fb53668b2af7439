"""A real PostgreSQL of the tests' own, which they may stop, kill and start again.

The server refuses to run as root; tests that run as root start it as another user.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from tests.requirements import missing
from tests.storage_backends.servers import answers, free_ports

USER = "parchemin"
Statement: TypeAlias = "str | tuple[str, Sequence[Any]]"
"""SQL, with its parameters where it has any."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "on",
    "unix_socket_directories": "",
}


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs, which Debian keeps out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        missing("postgresql is not installed: apt-get install postgresql")
    return path


@dataclass
class PostgreSQL:
    """One server over the cluster in `folder`."""

    folder: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    process: subprocess.Popen[bytes] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Instead of, or besides, SETTINGS."""
    authentication: str = "scram-sha-256"

    def make(self) -> None:
        """Make the cluster."""
        self.folder.mkdir()
        secret = self.folder / "password"
        secret.write_text(self.password)
        for path in (self.folder, secret):
            _give_away(path)
        command = [program("initdb"), "-D", str(self.cluster), "-U", USER,
                   "-A", self.authentication, f"--pwfile={secret}",
                   "-E", "UTF8", "--locale=C.UTF-8"]  # fmt: skip
        made = subprocess.run(command, capture_output=True, text=True, **_as_other_user())
        assert made.returncode == 0, made.stderr

    @property
    def cluster(self) -> Path:
        """The data directory."""
        return self.folder / "cluster"

    def url(self, database: str = "postgres", port: int = 0) -> str:
        """The address of a database; `port` where something stands in front of the server."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {**SETTINGS, **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [program("postgres"), "-D", str(self.cluster), "-p", str(self.port), *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_as_other_user())
        deadline = time.monotonic() + 120
        while not self._takes_connections():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends what runs, SIGQUIT is a crash from which it recovers."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(120)
            self.process = None

    def run(self, *statements: Statement, database: str = "postgres") -> list[Any]:
        """Execute statements; the rows of the last one."""

        async def work() -> list[Any]:
            connection = await asyncpg.connect(self.url(database))
            try:
                rows: list[Any] = []
                for statement in statements:
                    sql, values = (statement, ()) if isinstance(statement, str) else statement
                    rows = await connection.fetch(sql, *values)
                return rows
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:  # the caller's may have a loop that runs
            return thread.submit(asyncio.run, work()).result()

    def create(self, template: str = "template0", name: str = "") -> str:
        """A new database like `template` (an empty one), or the one of that name; its name."""
        name = name or f"t{secrets.token_hex(6)}"
        with suppress(asyncpg.DuplicateDatabaseError):
            self.run(f"CREATE DATABASE {name} TEMPLATE {template}{self._strategy}")
        return name

    @cached_property
    def _strategy(self) -> str:
        """Copying files takes two thirds of the time that writing them to the log takes."""
        [(version,)] = self.run("SELECT current_setting('server_version_num')::int")
        return " STRATEGY FILE_COPY" if version >= 150000 else ""

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _takes_connections(self) -> bool:
        if not answers(self.port):
            return False
        try:
            self.run("SELECT 1")
        except (asyncpg.PostgresError, OSError):
            return False
        return True


@contextmanager
def postgresql(
    place: Path | None = None, authentication: str = "scram-sha-256", **settings: str
) -> Iterator[PostgreSQL]:
    """A server that runs, with a new cluster in a folder of its own under `place`.

    Not in pytest's folders: each run of pytest closes them to every other user.
    """
    with tempfile.TemporaryDirectory(prefix="parchemin-postgresql-", dir=place) as folder:
        Path(folder).chmod(0o711)
        server = PostgreSQL(
            Path(folder) / "server", free_ports(1)[0], settings=settings,
            authentication=authentication,
        )  # fmt: skip
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


def _other_user() -> pwd.struct_passwd | None:
    """Whom a server is started as where the tests run as root."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known.get("nobody")
    if user is None:
        missing("PostgreSQL does not run as root, and there is no user postgres or nobody")
    return user


def _as_other_user() -> dict[str, Any]:
    user = _other_user()
    places = {"cwd": "/"}
    return places if user is None else {**places, "user": user.pw_uid, "group": user.pw_gid}


def _give_away(path: Path) -> None:
    user = _other_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
