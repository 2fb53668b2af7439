"""Several worker processes on one port: one that dies is replaced, and all end with the server."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import Account, Server, command, prepare, running
from tests.security.wire import request, send
from tests.storage_backends.servers import free_ports

pytestmark = pytest.mark.fault
TWO = {"PARCHEMIN_SERVER__WORKERS": "2"}
PATIENCE = 300.0
"""Seconds after which even a busy machine has started a worker, or ended one."""


def _workers_of(server: Server) -> list[int]:
    """Processes that the server started and that have its port open."""
    found = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(pid) for pid in found if b"spawn_main" in _command(pid)]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def _answers(server: Server, person: Account) -> bool:
    """Whether everybody who connects gets an answer."""
    asked = request("PROPFIND", "/dav/", {"Authorization": person.authorization, "Depth": "0"})
    try:
        return all(send(server.port, asked).statuses[:1] == [207] for _ in range(20))
    except ConnectionError:
        return False


def _listening(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    (person,) = prepare(tmp_path / "data", "ada")
    server = Server(tmp_path / "data", TWO)
    server.start()
    try:
        workers = _workers_of(server)
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        assert _within(PATIENCE, lambda: len(set(_workers_of(server)) - set(workers)) == 1)
        assert _within(PATIENCE, lambda: _answers(server, person))
    finally:
        assert server.stop() == 0
    assert not _listening(server.port)


def test_workers_share_one_port_where_any_will_do(tmp_path: Path) -> None:
    (person,) = prepare(tmp_path / "data", "ada")
    server = Server(tmp_path / "data", TWO, 0)
    server.start()
    try:
        assert server.port
        assert _listeners(server.port) == 2
        assert _answers(server, person)
    finally:
        server.stop()


def _listeners(port: int) -> int:
    """How many sockets listen on that port of 127.0.0.1."""
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"
    return sum(wanted in line for line in Path("/proc/net/tcp").read_text().splitlines())


def test_no_worker_outlives_the_server(tmp_path: Path) -> None:
    """The parent alone is killed, as an administrator or the kernel short of memory would."""
    prepare(tmp_path / "data", "ada")
    server = Server(tmp_path / "data", TWO)
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    assert _within(PATIENCE, lambda: not _listening(server.port))


def test_a_port_is_not_shared_with_another_server(tmp_path: Path) -> None:
    """Half of the requests would go to the other institution."""
    prepare(tmp_path / "one", "ada")
    prepare(tmp_path / "two", "ada")
    with running(tmp_path / "one") as server:
        for workers in ("1", "2"):
            address = f"127.0.0.1:{server.port}"
            result = command(tmp_path / "two", "serve", "--listen", address, "--workers", workers)
            assert result.returncode != 0
            assert "server.listen" in result.stderr


@pytest.mark.one_machine
def test_a_server_that_cannot_start_says_so(tmp_path: Path) -> None:
    prepare(tmp_path / "data", "ada")
    (tmp_path / "data" / "catalog.sqlite3").write_bytes(b"no database" * 1000)
    for wal in (tmp_path / "data").glob("catalog.sqlite3-*"):
        wal.unlink()
    for workers in ("1", "2"):
        result = command(
            tmp_path / "data", "serve", "--listen", f"127.0.0.1:{free_ports(1)[0]}",
            "--workers", workers,
        )  # fmt: skip
        assert result.returncode != 0
        assert "not a database" in result.stderr
