"""What a load balancer asks: is the process alive, and can it serve?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from vault_core.api import BlobStore
from vault_core.errors import BlobNotFound, ParcheminError
from vault_core.roles import open_to
from vault_core.store.catalog import Catalog

SECONDS = 5.0
"""How long catalog and store may take to answer."""
NOWHERE = "0" * 32
"""A blob that never exists: asking for it shows that the store answers."""


class Health:
    """`/healthz` and `/readyz`; public, and they say nothing but yes or no."""

    def __init__(
        self, catalog: Catalog, blobs: BlobStore, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        """`stopping` says whether the server is about to end."""
        self._catalog = catalog
        self._blobs = blobs
        self._stopping = stopping

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready)]

    @open_to("public")
    async def alive(self, request: web.Request) -> web.Response:
        """The process answers."""
        del request
        return _said({"status": "alive"})

    @open_to("public")
    async def ready(self, request: web.Request) -> web.Response:
        """Catalog and blob store answer; else 503, which takes this node out of the balance."""
        del request
        if self._stopping():
            return _unready("The server is stopping.")
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(
                    self._catalog.fetch("SELECT 1 FROM vaults LIMIT 1"), self._ask_store()
                )
        except ParcheminError as error:
            return _unready(str(error))
        except TimeoutError:
            return _unready(f"Catalog or blob store did not answer within {SECONDS:.0f} seconds.")
        return _said({"status": "ready"})

    async def _ask_store(self) -> None:
        with suppress(BlobNotFound):
            await self._blobs.head(NOWHERE)


def _unready(reason: str) -> web.Response:
    return _said({"status": "unready", "reason": reason}, 503)


def _said(facts: dict[str, str], status: int = 200) -> web.Response:
    """Of this moment: no cache on the way may answer it again."""
    return web.json_response(facts, status=status, headers={"Cache-Control": "no-store"})
