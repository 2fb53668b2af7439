"""What one and two worker processes carry, and what of it the load generator costs.

    chrt -r 5 python -m tests.bench.workers

At real-time priority, which the servers inherit, other work of the machine takes no processor time
from it. Both numbers of workers run in turn, several rounds, so that a slow disk meets both.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench import servers
from tests.bench.load import Target, storm
from tests.storage_backends.servers import free_ports

GETS, PUTS, CONNECTIONS, ROUNDS = 20_000, 4_000, 16, 5
BODY = os.urandom(4096)


@dataclass(frozen=True, slots=True)
class Figure:
    """One round: seconds of the clock, and processor seconds of both sides."""

    rate: float
    seconds: float
    server: float
    generator: float


def throughput(folder: Path) -> None:
    """Print rates of GET and PUT of 4 KiB with 1 and 2 workers (SQLite, local blobs)."""
    found: dict[tuple[str, int], list[Figure]] = {}
    with ExitStack() as stack:
        running = {}
        for workers in (1, 2):
            (port,) = free_ports(1)
            place = folder / f"workers{workers}"
            running[workers] = stack.enter_context(servers.parchemin(place, port, workers))
        for server in running.values():
            storm(server.target, _puts(server.target, 100), CONNECTIONS, 201, 204)
        for _ in range(ROUNDS):
            for workers, server in running.items():
                gets = [server.target.request("GET", f"d{n % 100}") for n in range(GETS)]
                puts = [server.target.request("PUT", f"d{n % 100}", body=BODY) for n in range(PUTS)]
                found.setdefault(("GET", workers), []).append(_measure(server, gets, 200))
                found.setdefault(("PUT", workers), []).append(_measure(server, puts, 201, 204))
    print("| what | workers | requests/s: median (slowest to fastest) | processors of the server"
          " | of the generator | requests for a processor second of the server |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for (method, workers), figures in sorted(found.items()):
        _print(method, workers, figures)


def _print(method: str, workers: int, figures: list[Figure]) -> None:
    rates = sorted(figure.rate for figure in figures)
    seconds = sum(figure.seconds for figure in figures)
    server = sum(figure.server for figure in figures)
    generator = sum(figure.generator for figure in figures)
    requests = sum(figure.rate * figure.seconds for figure in figures)
    print(f"| {method} 4 KiB | {workers} | {statistics.median(rates):.0f}"
          f" ({rates[0]:.0f} to {rates[-1]:.0f}) | {server / seconds:.2f}"
          f" | {generator / seconds:.2f} | {requests / server:.0f} |", flush=True)  # fmt: skip


def _measure(server: servers.Server, requests: list[bytes], *statuses: int) -> Figure:
    own, theirs = _own_cpu(), _tree_cpu(server.pid)
    seconds = storm(server.target, requests, CONNECTIONS, *statuses)
    return Figure(
        len(requests) / seconds, seconds, _tree_cpu(server.pid) - theirs, _own_cpu() - own
    )


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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="parchemin-workers-") as folder_:
        throughput(Path(folder_))
