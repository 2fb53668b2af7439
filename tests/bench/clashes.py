"""How many transactions PostgreSQL undoes while persons of a small institution write at once.

    python -m tests.bench.clashes [--persons 12] [--documents 25] [--nodes 2]

A small database has the rows of all vaults on the same few pages, so this is where serializable
transactions take different vaults for a clash. Blobs lie in memory: only the catalog is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AsyncExitStack

from tests.databases import postgresql
from tests.vault.workers import Clock, Worker, pieces, working
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.vault.vault import Vault

BODY = b"x" * 4096


async def clashes(url: str, persons: int, documents: int, nodes: int) -> None:
    """Print what each kind of work took, and what of it was undone."""
    clock, blobs = Clock(), MemoryBlobStore()
    async with AsyncExitStack() as stack:
        catalogs, workers = [], []
        for _ in range(nodes):
            catalogs.append(await PostgreSQLCatalog.open(url))
            node = working(catalogs[-1], blobs, clock)
            workers.append(await stack.enter_async_context(node))
        vaults = await _vaults(workers, persons)
        print(f"{persons} persons, {nodes} nodes; changes, changes a second, transactions undone")
        for kind in ("PUT", "PUT again", "DELETE", "delivery"):
            before, begin = sum(one.undone for one in catalogs), time.perf_counter()
            await asyncio.gather(
                *(
                    _one(kind, workers[person % nodes], vault, person, number)
                    for person, vault in enumerate(vaults)
                    for number in range(documents)
                )
            )
            rate = persons * documents / (time.perf_counter() - begin)
            undone = sum(one.undone for one in catalogs) - before
            print(f"{kind:10} {persons * documents:6} {rate:8.0f} {undone:6}", flush=True)


async def _vaults(workers: list[Worker], persons: int) -> list[Vault]:
    found = []
    for person in range(persons):
        worker = workers[person % len(workers)]
        found.append((await worker.enrol(f"person{person}"))[0])
    return found


async def _one(kind: str, worker: Worker, vault: Vault, person: int, number: int) -> None:
    if kind == "DELETE":
        await vault.delete((f"{number}",))
    elif kind == "delivery":
        await worker.deliver(f"person{person}")
    else:
        await vault.write((f"{number}",), pieces(BODY), size=len(BODY))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=12)
    parser.add_argument("--documents", type=int, default=25)
    parser.add_argument("--nodes", type=int, default=2)
    args = parser.parse_args()
    with postgresql() as server:
        asyncio.run(clashes(server.url(server.create()), args.persons, args.documents, args.nodes))
