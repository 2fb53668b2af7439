"""`make bench`: Parchemin beside rclone crypt and Apache mod_dav, in one run.

Prints medians and ratios and writes them into docs/performance.md, between its two marks. The
servers take turns within every round, so that a slow minute of the machine hits all of them.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import servers
from tests.bench.load import (
    MIB,
    Target,
    ask,
    get_large,
    parallel,
    put_large,
    storm,
)
from tests.bench.servers import Server

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
CONNECTIONS = 16
LARGE = "large"
"""Its type is looked for in its bytes: what that takes is in the peak, too."""
PROPFIND = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/>'
    b"<D:getcontentlength/><D:getlastmodified/><D:getetag/></D:prop></D:propfind>"
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is sent."""

    large: int
    small: int
    folder: int
    ranges: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result."""

    name: str
    unit: str
    more_is_better: bool = True


@dataclass(slots=True)
class Results:
    """Every measurement, by figure and server."""

    values: dict[Figure, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, figure: Figure, server: Server, value: float) -> None:
        """One measurement."""
        self.values.setdefault(figure, {}).setdefault(server.target.name, []).append(value)

    def lines(self, names: list[str]) -> Iterator[str]:
        """A table of medians; beside the peers, how many times better Parchemin is."""
        yield "| | " + " | ".join(names) + " |"
        yield "|---|" + "---:|" * len(names)
        for figure, values in self.values.items():
            ours = statistics.median(values[names[0]])
            cells = [f"{ours:,.0f} {figure.unit}"]
            for name in names[1:]:
                theirs = statistics.median(values[name])
                ratio = ours / theirs if figure.more_is_better else theirs / ours
                cells.append(f"{theirs:,.0f} (× {ratio:.2f})")
            yield f"| {figure.name} | " + " | ".join(cells) + " |"


Round = Callable[[Server, Results, Sizes, int], None]


def large(server: Server, results: Results, sizes: Sizes, turn: int) -> None:
    """One large document in and out, and four at once; ranges of the large one."""
    target, rate = server.target, sizes.large / 1e6
    servers.forget_peak(server.pid)
    cpu = servers.cpu_seconds(server.pid)
    seconds = parallel(lambda _: put_large(target, LARGE, sizes.large), 1)
    results.add(Figure(f"PUT {sizes.large // MIB} MiB", "MB/s"), server, rate / seconds)
    used = servers.cpu_seconds(server.pid) - cpu
    results.add(Figure("… processor time", "ms", False), server, used * 1000)
    peak = servers.peak_mib(server.pid)
    results.add(Figure("… peak memory", "MiB", False), server, peak)
    seconds = parallel(lambda _: get_large(target, LARGE, sizes.large), 1)
    results.add(Figure(f"GET {sizes.large // MIB} MiB", "MB/s"), server, rate / seconds)
    seconds = parallel(lambda _: get_large(target, LARGE, sizes.large), 4)
    results.add(Figure("4 GETs at once", "MB/s"), server, 4 * rate / seconds)
    chance = random.Random(turn)
    starts = [chance.randrange(sizes.large - 65536) for _ in range(sizes.ranges)]
    requests = (
        target.request("GET", LARGE, f"Range: bytes={at}-{at + 65535}\r\n") for at in starts
    )
    seconds = storm(target, requests, 8, 206)
    results.add(Figure("ranges of 64 KiB", "/s"), server, sizes.ranges / seconds)


def small(server: Server, results: Results, sizes: Sizes, turn: int) -> None:
    """Many small documents in and out."""
    target, body = server.target, bytes(4096)
    names = [f"small/{turn}-{number}.bin" for number in range(sizes.small)]
    cpu = servers.cpu_seconds(server.pid)
    puts = (target.request("PUT", name, body=body) for name in names)
    results.add(
        Figure("PUT 4 KiB", "/s"), server,
        sizes.small / storm(target, puts, CONNECTIONS, 201, 204),
    )  # fmt: skip
    used = (servers.cpu_seconds(server.pid) - cpu) / sizes.small
    results.add(Figure("… processor time each", "µs", False), server, used * 1e6)
    gets = (target.request("GET", name) for name in names)
    results.add(
        Figure("GET 4 KiB", "/s"), server, sizes.small / storm(target, gets, CONNECTIONS, 200)
    )


def folder(server: Server, results: Results, sizes: Sizes, turn: int) -> None:
    """Listing a long folder; the best of three, since the first one fills caches."""
    del turn
    request = server.target.request("PROPFIND", "long/", "Depth: 1\r\n", PROPFIND)
    best = min(_seconds(server.target, request) for _ in range(3))
    results.add(Figure(f"PROPFIND of {sizes.folder:,}", "ms", False), server, best * 1000)


def deletions(server: Server, results: Results, sizes: Sizes, turn: int) -> None:
    """Last, for creating files stays slow for minutes after many deletions on ext4."""
    names = (f"small/{turn}-{number}.bin" for number in range(sizes.small))
    requests = (server.target.request("DELETE", name) for name in names)
    seconds = storm(server.target, requests, CONNECTIONS, 204)
    results.add(Figure("DELETE", "/s"), server, sizes.small / seconds)


def _seconds(target: Target, request: bytes) -> float:
    start = time.perf_counter()
    ask(target, request, 207)
    return time.perf_counter() - start


def prepare(server: Server, sizes: Sizes) -> None:
    """The folders that the rounds use."""
    target = server.target
    for name in ("small/", "long/"):
        ask(target, target.request("MKCOL", name), 201)
    names = (f"long/attestation-{number:05}.pdf" for number in range(sizes.folder))
    storm(target, (target.request("PUT", name, body=b"x" * 64) for name in names), 16, 201)


def measure(running: list[Server], sizes: Sizes, rounds: int) -> Results:
    """All figures of all servers."""
    results = Results()
    for work in (large, small, folder, deletions):
        if work is small:  # so that the peak of large documents is theirs alone
            for server in running:
                prepare(server, sizes)
        for turn in range(rounds):
            order = running if turn % 2 == 0 else running[::-1]
            for server in order:
                work(server, results, sizes, turn)
                print(f"{work.__name__} {turn + 1}/{rounds} {server.target.name}", file=sys.stderr)
    return results


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large-mib", type=int, default=1024)
    parser.add_argument("--small", type=int, default=2000)
    parser.add_argument("--folder", type=int, default=10_000)
    parser.add_argument("--ranges", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--directory", help="a folder on the file system to be measured")
    options = parser.parse_args()
    sizes = Sizes(options.large_mib * MIB, options.small, options.folder, options.ranges)
    with tempfile.TemporaryDirectory(dir=options.directory) as place, ExitStack() as stack:
        root = Path(place)
        root.chmod(0o755)
        running = [
            stack.enter_context(servers.parchemin(root / "parchemin", 18801, options.workers)),
            stack.enter_context(servers.rclone_crypt(root / "rclone", 18802)),
        ]
        if servers.MODULES.is_dir():
            running.append(stack.enter_context(servers.apache(root / "apache", 18803)))
        results = measure(running, sizes, options.rounds)
    names = [server.target.name for server in running]
    table = "\n".join(results.lines(names))
    print(table)
    _write(table, options.rounds, options.workers)


def _write(table: str, rounds: int, workers: int) -> None:
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = (
        f"Medians of {rounds} rounds, {time.strftime('%Y-%m-%d', time.gmtime())}, {machine}, "
        f"{workers} worker process, {CONNECTIONS} connections for small documents. In brackets: "
        "how many times better Parchemin is."
    )
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{head}\n\n{table}\n{END}{after}")


if __name__ == "__main__":
    main()
