"""A real institution in a folder, and a real server process over it that tests may kill.

The server is `parchemin serve`, started as anybody starts it; its settings come from the
environment. What tests send to it goes over a real socket.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import stores
from tests.serving import basic
from tests.storage_backends.servers import free_ports
from vault_core.app.institution import Institution
from vault_core.app.opening import create_institution, open_institution
from vault_core.settings import Settings, load_settings
from vault_core.store.ids import VaultId
from vault_core.vault.documents import delivered
from vault_core.vault.documents.delivered import Document
from vault_core.vault.keys import keyslots
from vault_core.vault.persons.person import Facts

ROOT = Path(__file__).parents[1]
START_SECONDS = 300.0
_ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)/dav/")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 300 + b"\n%%EOF\n"
"""What `deliver` delivers if it is told nothing else."""
DELIVERED = "/dav/Attestations/Examens/Dipl%C3%B4me.pdf"
"""Where it lies."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with a vault, and one app password for it."""

    id: VaultId
    username: str
    token: str

    @property
    def authorization(self) -> str:
        """The value of the Authorization field."""
        return basic(self.username, self.token)


def settings_of(data: Path, env: Mapping[str, str] | None = None) -> Settings:
    """The settings that a server in `data` starts with; `env` as for `Server`."""
    return load_settings(data, stores.environment(data, env))


def prepare(data: Path, *usernames: str, env: Mapping[str, str] | None = None) -> list[Account]:
    """Make an institution in `data` with these persons."""

    async def run() -> list[Account]:
        await create_institution(data, settings_of(data, env))
        async with opened(data, env) as institution:
            return [await account(institution, username) for username in usernames]

    data.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1) as thread:  # the caller's may have a loop that runs
        return thread.submit(asyncio.run, run()).result()


@asynccontextmanager
async def opened(data: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Institution]:
    """The institution in this process, as every command opens it."""
    async with open_institution(data, settings_of(data, env)) as institution:
        yield institution


async def account(institution: Institution, username: str, facts: Facts | None = None) -> Account:
    """Add a person, and let them make an app password."""
    new = await institution.persons.add(username, facts or Facts())
    assert new.activation_code is not None
    vault = await institution.vaults.open_by_code("activation", username, new.activation_code)
    _, token = await keyslots.add_app_password(vault, "test")
    return Account(new.person.id, username, token)


async def deliver(
    institution: Institution, username: str, number: int = 0, data: bytes = PDF
) -> None:
    """Deliver one document to the person, whose vault stays locked."""
    person = await institution.persons.find(username)
    name = f"Diplôme {number}.pdf" if number else "Diplôme.pdf"
    key = person.id + number.to_bytes(16, "big")
    document = Document("exams", "Examens", "bac", f"c{number}", name, "application/pdf", data, key)
    row, blob = delivered.seal(person.id, person.recipient, document, time.time(), os.urandom)
    await delivered.deliver(institution.catalog, row, blob)


@dataclass
class Server:
    """One server process. Its standard error goes to `<data>.log`."""

    data: Path
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_ports(1)[0])
    """Its own at every start; 0 for any that the kernel gives at the first one."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        command = [
            sys.executable, "-m", "vault_core.cli", "serve",
            "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}",
        ]  # fmt: skip
        with self.log_path.open("ab") as log:
            said = log.tell()
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.port = self._told_port(said)

    def _environment(self) -> dict[str, str]:
        return clean_environment(stores.environment(self.data, self.env))

    def _told_port(self, said: int) -> int:
        """The port in the announcement that comes after `said` bytes of the log."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.alive:
            found = _ADDRESS.search(self.log_path.read_bytes()[said:])
            if found:
                return int(found[1])
            time.sleep(0.01)
        raise AssertionError(self.log_path.read_text()[said:])

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self.process is not None
        return self.process.pid

    @property
    def url(self) -> str:
        """Where the vaults are, with a slash at the end."""
        return f"http://127.0.0.1:{self.port}/dav/"

    @property
    def log_path(self) -> Path:
        """What the server said."""
        return self.data.with_name(self.data.name + ".log")

    def kill(self) -> None:
        """SIGKILL, to its workers too: no chance to finish anything."""
        os.killpg(self.pid, signal.SIGKILL)
        self._ended()
        stores.settled(self.data)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self._ended()

    def _ended(self) -> int:
        assert self.process is not None
        return self.process.wait(120)


@contextmanager
def running(data: Path, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server over the institution in `data`, stopped at the end."""
    server = Server(data, env or {})
    server.start()
    try:
        yield server
    finally:
        if server.alive:
            server.stop()


def command(data: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`parchemin WORDS --data DATA`, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "vault_core.cli", *words, "--data", str(data)],
        cwd=ROOT, env=clean_environment(stores.environment(data)), input=stdin,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's, without settings of Parchemin, and with `extra`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PARCHEMIN_")}
    return {**kept, **extra}
