"""The pages under load: `python -m tests.bench.pages [--documents N] [--readers N] [--rounds N]`.

One worker process of `parchemin serve` with a furnished vault and a folder of many documents,
asked by several readers at once, each page by all of them before the next. Prints a table: the
server's processor time a page, which other work on the machine hardly changes; time to first byte
at the 50th and 99th percentile; pages a second; and bytes on the wire with what the page loads the
first time (compressed as a proxy would: gzip). `--only PART` measures those pages alone.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import statistics
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession, CookieJar
from yarl import URL

from tests.bench.servers import cpu_seconds
from tests.browser.furnished import filled, furnish
from tests.processes import Server, opened, prepare, running
from tests.web.site import PASSWORD, Site

PAGES = (
    "/", "/sign-in", "/verify", "/files/", "/files/?view=grid", "/files/Many/?view=list",
    "/files/Many/?page=40", "/files/Lettre%20de%20motivation.md", "/search?q=0042",
    "/certificates", "/trash", "/account", "/account/devices", "/account/journal",
)  # fmt: skip


async def prepared(data: Path, documents: int) -> None:
    """A vault with something of everything, and one long folder."""
    async with opened(data) as institution:
        site = Site(institution, "")
        await furnish(site)
        names = [f"Many/{number:05}.txt" for number in range(documents)]
        await filled(site, ["Many/", *names])


async def first_byte(client: ClientSession, url: str, path: str) -> float:
    """Seconds until the head of the answer is there; its body is read, too."""
    start = time.perf_counter()
    async with client.get(URL(url + path, encoded=True)) as answer:
        taken = time.perf_counter() - start
        await answer.read()
        assert answer.status == 200, (path, answer.status)
    return taken


async def weight(client: ClientSession, url: str, path: str) -> int:
    """Bytes, compressed, of the page with every style sheet, script and icon that it names."""
    async with client.get(URL(url + path, encoded=True)) as answer:
        page = await answer.text()
    total = len(gzip.compress(page.encode()))
    for asset in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)):
        async with client.get(url + asset) as answer:
            total += len(gzip.compress(await answer.read(), 9))
    return total


async def measured(server: Server, readers: int, rounds: int, only: str) -> None:
    """Print the table."""
    assert server.process is not None
    url, pid = server.url.removesuffix("/dav/"), server.process.pid
    print("| page | processor | p50 | p99 | pages/s | first visit |")
    print("|---|---:|---:|---:|---:|---:|")
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
        fields = {"username": "ada", "password": PASSWORD}
        async with client.post(f"{url}/sign-in", data=fields) as answer:
            assert answer.url.path == "/files/", answer.url
        for path in PAGES:
            if only not in path:
                continue
            if path in ("/", "/sign-in"):
                async with ClientSession() as stranger:
                    await row(stranger, url, pid, path, readers, rounds)
                continue
            await row(client, url, pid, path, readers, rounds)


async def row(
    client: ClientSession, url: str, pid: int, path: str, readers: int, rounds: int
) -> None:
    """One page: some warm requests, then `readers` at once, `rounds` times each."""
    for _ in range(3):
        await first_byte(client, url, path)

    async def reader() -> list[float]:
        return [await first_byte(client, url, path) for _ in range(rounds)]

    used, start = cpu_seconds(pid), time.perf_counter()
    taken = [
        t for times in await asyncio.gather(*(reader() for _ in range(readers))) for t in times
    ]
    seconds, used = time.perf_counter() - start, cpu_seconds(pid) - used
    cuts = statistics.quantiles(taken, n=100)
    size = await weight(client, url, path)
    print(
        f"| `{path}` | {used / len(taken) * 1000:.1f} ms"
        f" | {cuts[49] * 1000:.0f} ms | {cuts[98] * 1000:.0f} ms"
        f" | {len(taken) / seconds:.0f} | {size / 1000:.0f} kB |",
        flush=True,
    )


def main() -> None:
    """Prepare, serve, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        prepare(data, env={"PARCHEMIN_PLUGINS__ENABLED": "local,bac"})
        asyncio.run(prepared(data, arguments.documents))
        with running(data) as server:
            asyncio.run(measured(server, arguments.readers, arguments.rounds, arguments.only))


if __name__ == "__main__":
    main()
