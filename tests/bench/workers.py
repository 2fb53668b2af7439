"""What one and two worker processes carry, and what of it the load generator costs."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from tests.bench import servers
from tests.bench.load import Target, storm
from tests.storage_backends.servers import free_ports

REQUESTS, CONNECTIONS = 4000, 16
BODY = os.urandom(4096)


def throughput(folder: Path) -> None:
    """Print rates of GET and PUT of 4 KiB with 1 and 2 workers (SQLite, local blobs)."""
    print("| workers | what | requests/s | server CPU s | generator CPU s | generator's share |")
    print("|---|---|---|---|---|---|")
    for workers in (1, 2):
        (port,) = free_ports(1)
        with servers.parchemin(folder / f"workers{workers}", port, workers) as server:
            _measure(server, workers)


def _measure(server: servers.Server, workers: int) -> None:
    target = server.target
    storm(target, _puts(target, 100), CONNECTIONS, 201, 204)
    gets = [target.request("GET", f"d{n % 100}") for n in range(REQUESTS)]
    for what, requests, statuses in (
        ("GET 4 KiB", gets, (200,)),
        ("PUT 4 KiB", _puts(target, REQUESTS), (201, 204)),
    ):
        own, theirs = _own_cpu(), _tree_cpu(server.pid)
        seconds = storm(target, requests, CONNECTIONS, *statuses)
        own, theirs = _own_cpu() - own, _tree_cpu(server.pid) - theirs
        share = own / (own + theirs)
        print(f"| {workers} | {what} | {REQUESTS / seconds:.0f} | {theirs:.2f} | {own:.2f} |"
              f" {share:.0%} |", flush=True)  # fmt: skip
    time.sleep(0.1)


def _puts(target: Target, count: int) -> list[bytes]:
    return [target.request("PUT", f"d{n}", body=BODY) for n in range(count)]


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _tree_cpu(pid: int) -> float:
    """Processor seconds of a process and its children."""
    total = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    seconds = total / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return seconds + sum(_tree_cpu(int(child)) for child in children)
